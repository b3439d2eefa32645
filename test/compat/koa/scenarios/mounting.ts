import { createRequire } from 'node:module'
import { seen } from '../routes.ts'
import { type Story, topic } from '../scenario.ts'
import type { App, Middleware } from '../sides.ts'
import { inBothModes, modes } from './modes.ts'

const under = createRequire(import.meta.url)('koa-mount') as (path: string, what: unknown) => Middleware

const everywhere = (name: string, rest: (mode: string) => Omit<Story, 'name'>): Story[] =>
  Object.keys(modes).map((mode) => ({ ...rest(mode), name: `${name}, ${mode}` }))

const mounted: Story[] = everywhere('under a path by koa-mount', (mode) => ({
  options: (stage) => modes[mode]?.(stage),
  mount: (app, session, { options }) => void app.use(under('/shop', session(options, app))),
  routes: {
    '/shop/set': (ctx) => void (ctx.session.n = 1),
    '/shop/read': (ctx, { note }) => note('sees', seen(ctx)),
    '/outside': (ctx, { note }) => {
      note('sees', seen(ctx))
      ctx.session.outside = true
    },
  },
  steps: ['/shop/set', '/shop/read', '/outside', '/shop/read', '/outside'],
}))

const inner: Story[] = everywhere('in an application that is mounted', (mode) => ({
  options: (stage) => modes[mode]?.(stage),
  mount(app, session, { options, note }) {
    const part = new (app.constructor as new () => App)()
    part.keys = app.keys
    part.use(session(options, part))
    part.use((ctx) => {
      ctx.session.n = (ctx.session.n ?? 0) + 1
      ctx.body = String(ctx.session.n)
      note('session of the outer', typeof ctx.app.context)
    })
    app.use(under('/part', part))
  },
  routes: { '/outer': (ctx, { note }) => note('outer', typeof ctx.session) },
  steps: ['/part', '/part', '/outer'],
}))

const twice: Story[] = [
  ...everywhere('twice with the same options', (mode) => ({
    options: (stage) => modes[mode]?.(stage),
    mount(app, session, { options }) {
      app.use(session(options, app))
      app.use(session(options, app))
    },
    steps: ['/untouched', '/set', '/read', '/set', '/null', '/throw'],
  })),
  ...everywhere('one middleware used twice', (mode) => ({
    options: (stage) => modes[mode]?.(stage),
    mount(app, session, { options }) {
      const middleware = session(options, app)
      app.use(middleware)
      app.use(middleware)
    },
    steps: ['/untouched', '/set', '/read', '/set', '/null', '/throw'],
  })),
  ...everywhere('twice with other options', (mode) => ({
    options: (stage) => ({ ...modes[mode]?.(stage), maxAge: 5000 }),
    mount(app, session, { options }) {
      app.use(session(options, app))
      app.use(session({ key: 'second', maxAge: 9000, autoCommit: false }, app))
    },
    steps: ['/set', '/read', '/null'],
  })),
]

const early: Story[] = everywhere('touched before the middleware', (mode) => ({
  options: (stage) => ({ ...modes[mode]?.(stage), ...(mode === 'store' ? {} : {}) }),
  before:
    ({ note }) =>
    async (ctx, next) => {
      if (ctx.query.early === 'read') note('early', seen(ctx))
      if (ctx.query.early === 'write') ctx.session.early = true
      if (ctx.query.early === 'assign') ctx.session = { early: 'assigned' }
      if (ctx.query.early === 'null') ctx.session = null
      if (ctx.query.early === 'options') ctx.sessionOptions.maxAge = 3000
      await next()
      if (ctx.query.late === 'write') ctx.session.late = true
      if (ctx.query.late === 'save') {
        ctx.session.late = true
        await ctx.session.save()
      }
    },
  steps: ['read', 'write', 'assign', 'null', 'options']
    .flatMap((early) => ['/set', `/read?early=${early}`, '/read'])
    .concat(['/set?late=write', '/read', '/set?late=save', '/read']),
}))

const context: Story[] = everywhere('the context of the application', (mode) => ({
  options: (stage) => modes[mode]?.(stage),
  mount(app, session, { options, note }) {
    app.use(session(options, app))
    for (const name of ['session', 'sessionOptions']) {
      const { get, set, ...rest } = Object.getOwnPropertyDescriptor(app.context, name) ?? {}
      note(name, typeof get, typeof set, rest)
    }
    note('enumerable', Object.keys(app.context).includes('session'))
    note('others', 'session' in new (app.constructor as new () => App)().context)
  },
  steps: ['/set'],
}))

const mocked: Story = {
  name: 'a session that a test puts in its place',
  mount(app, session, { options }) {
    app.use(session(options, app))
    Object.defineProperty(app.context, 'session', { value: { foo: 'bar' }, configurable: true, writable: true })
  },
  routes: { '/mock': (ctx) => ctx.session },
  steps: ['/mock'],
}

const taken: Story[] = [
  {
    name: 'a context that has a session of its own',
    mount(app, session, { options }) {
      Object.defineProperty(app.context, 'session', { value: 'mine', configurable: true })
      app.use(session(options, app))
    },
    steps: ['/set', '/read'],
  },
  {
    name: 'a context whose sessionOptions are taken',
    mount(app, session, { options }) {
      Object.defineProperty(app.context, 'sessionOptions', { value: 'mine' })
      app.use(session(options, app))
    },
    steps: ['/set'],
  },
]

const order: Story[] = Object.entries(inBothModes({ 'when it is committed': () => ({}) })).map(([name, options]) => ({
  name,
  options,
  before:
    ({ note }) =>
    async (ctx, next) => {
      await next()
      note('after', ctx.status, ctx.body, (ctx.res.getHeader('set-cookie') as string[] | undefined)?.length)
    },
  steps: ['/set', '/read', '/null'],
}))

export const mounting: readonly Story[] = topic('mounting', [
  ...mounted,
  ...inner,
  ...twice,
  ...early,
  ...context,
  mocked,
  ...taken,
  ...order,
])
