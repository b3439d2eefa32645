import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Stage, Story } from '../scenario.ts'
import { topic } from '../scenario.ts'
import type { Ctx, Middleware } from '../sides.ts'
import { inBothModes, modes } from './modes.ts'

/** How many cookie lines the response has by now. */
const lines = (ctx: Ctx): number => ((ctx.res.getHeader('set-cookie') as string[] | undefined) ?? []).length

const timing: Story[] = Object.entries(inBothModes({ 'saves that nobody waits for': () => ({}) })).map(
  ([name, options]) => ({
    name,
    options,
    routes: {
      '/not-awaited': (ctx, { note }) => {
        ctx.session.n = 1
        void ctx.session.save()
        note('lines at once', lines(ctx))
      },
      '/changed-after': (ctx) => {
        ctx.session.n = 2
        void ctx.session.save()
        ctx.session.after = true
      },
      '/at-once': async (ctx, { note }) => {
        ctx.session.n = 3
        await Promise.all([ctx.session.save(), ctx.session.save()])
        note('lines', lines(ctx))
      },
      '/save-and-null': (ctx) => {
        ctx.session.n = 4
        void ctx.session.save()
        ctx.session = null
      },
      '/committed-twice': async (ctx) => {
        ctx.session.n = 5
        await ctx.session.manuallyCommit()
        await ctx.session.manuallyCommit()
      },
    },
    steps: [
      '/not-awaited',
      '/read',
      '/changed-after',
      '/read',
      '/at-once',
      '/read',
      '/committed-twice',
      '/save-and-null',
      '/read',
    ],
  }),
)

const replacing: Story[] = Object.entries(modes).flatMap(([mode, options]) =>
  [['an object', { by: 'beforeSave' }] as const, ['null', null] as const].map(([name, value]) => ({
    name: `beforeSave puts ${name} into the context, ${mode}`,
    options: (stage: Stage) => ({
      ...options(stage),
      beforeSave: (ctx: { session: unknown }) => {
        ctx.session = value
      },
    }),
    steps: ['/set', '/read', '/set', '/read'],
  })),
)

const keeping: Story[] = [
  {
    name: 'a store that hands out the objects that it keeps',
    options: ({ genid, note }) => {
      const entries = new Map<string, object>([['k', { list: [1], deep: { n: 1 } }]])
      return {
        genid,
        signed: false,
        store: {
          get: (key: string) => entries.get(key),
          set(key: string, data: object) {
            note('set', key, data)
            entries.set(key, data)
          },
          destroy: (key: string) => entries.delete(key),
        },
      }
    },
    routes: {
      '/push': (ctx) => void ctx.session.list.push(2),
      '/deep': (ctx) => void (ctx.session.deep.n += 1),
    },
    steps: ['/push', '/deep', '/read', '/push'].map((path) => ({ path, cookie: 'koa.sess=k' })),
  },
  {
    name: 'a store that answers thenables',
    options: ({ genid, store }) => {
      const late = (value: Promise<unknown>): PromiseLike<unknown> => ({ then: value.then.bind(value) }) as never
      return {
        genid,
        store: {
          get: (...args: Parameters<typeof store.get>) => late(store.get(...args)),
          set: (...args: Parameters<typeof store.set>) => late(store.set(...args)),
          destroy: (...args: Parameters<typeof store.destroy>) => late(store.destroy(...args)),
        },
      }
    },
    steps: ['/set', '/read', '/set', '/regenerate', '/null'],
  },
  {
    name: 'another store for one request',
    options: ({ store, genid }) => ({ store, genid }),
    routes: {
      '/elsewhere': (ctx, { note }) => {
        ctx.sessionOptions.store = { get() {}, set: () => note('elsewhere'), destroy() {} }
        ctx.session.n = 'elsewhere'
      },
    },
    steps: ['/set', '/elsewhere', '/read'],
  },
]

const insiders: Story[] = Object.entries(
  inBothModes({ 'what insiders do': () => ({ renew: true, maxAge: 10_000 }) }),
).map(([name, options]) => ({
  name,
  options,
  routes: {
    '/require-save': (ctx) => void (ctx.session._requireSave = true),
    '/expire-soon': (ctx) => void (ctx.session._expire = Date.now() + 1),
    '/save-old': async (ctx) => {
      const before = ctx.session
      ctx.session = { x: 1 }
      before.y = 2
      await before.save()
    },
    '/save-after-null': async (ctx) => {
      const before = ctx.session
      ctx.session = null
      await before.save()
    },
    '/unicode': (ctx) => void (ctx.session.text = 'ä 漢 😀 \u2028 \ud800 "\\'),
    '/undefined': (ctx) => void (ctx.session.none = undefined),
    '/nested': (ctx) => void (ctx.session.deep = { at: { all: [{ levels: [1, [2, [3]]] }] } }),
    '/nested-change': (ctx) => void ctx.session.deep.at.all.push('new'),
  },
  steps: [
    '/undefined',
    '/read',
    '/set',
    '/require-save',
    '/expire-soon',
    '/undefined',
    '/unicode',
    '/read',
    '/nested',
    '/nested-change',
    '/read',
    '/save-old',
    '/read',
    '/save-after-null',
    '/read',
  ],
}))

/** As for a WebSocket: a context of its own, and a response that is never sent. */
const byHand: Story[] = Object.entries(inBothModes({ 'a context made by hand': () => ({}) })).map(([name, options]) => {
  let middleware: Middleware
  return {
    name,
    options,
    mount(app, session, stage) {
      middleware = session(stage.options, app)
      app.use(middleware)
    },
    steps: [
      '/set',
      async ({ app, note }, { jar }) => {
        const req = new IncomingMessage(new Socket())
        Object.assign(req, { url: '/ws', method: 'GET', headers: { host: 'localhost', cookie: jar().header() } })
        const make = app as unknown as { createContext(req: IncomingMessage, res: ServerResponse): Ctx }
        const ctx = make.createContext(req, new ServerResponse(req))
        await middleware(ctx, async () => {
          note('sees', ctx.session.toJSON(), ctx.session.isNew)
          ctx.session.socket = true
        })
        note('lines', lines(ctx))
      },
      '/read',
    ],
  }
})

/** As unit tests make them: no request, no response, nothing but what the middleware cannot do without. */
const bare: Story[] = Object.entries(inBothModes({ 'a context that has hardly anything': () => ({}) })).map(
  ([name, options]) => {
    let middleware: Middleware
    return {
      name,
      options,
      mount(app, session, stage) {
        middleware = session(stage.options, app)
      },
      steps: [
        async ({ app, note, options: { key } }) => {
          const jar = new Map<string, string>()
          const cookies = {
            get: (cookie: string) => jar.get(cookie),
            set: (cookie: string, value: string) => {
              note('sets', cookie, value)
              jar.set(cookie, value)
            },
          }
          const made = (): Ctx => Object.create(app.context, { app: { value: app }, cookies: { value: cookies } })
          for (const act of ['set', 'see', 'save', 'see', 'regenerate', 'see', 'null', 'see']) {
            const ctx = made()
            await middleware(ctx, async () => {
              note(act, String(key), ctx.session.toJSON())
              if (act === 'set') ctx.session.n = 1
              if (act === 'save') await ctx.session.save()
              if (act === 'regenerate') await ctx.session.regenerate()
              if (act === 'null') ctx.session = null
            })
          }
        },
      ],
    }
  },
)

export const odd: readonly Story[] = topic('odd', [
  ...timing,
  ...replacing,
  ...keeping,
  ...insiders,
  ...byHand,
  ...bare,
])
