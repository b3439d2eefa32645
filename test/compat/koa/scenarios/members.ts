import { inspect } from 'node:util'
import { type Story, table, topic } from '../scenario.ts'
import { inBothModes } from './modes.ts'

const shape: Story[] = table(inBothModes({ 'what a session shows': () => ({}) }), {
  routes: {
    '/shape': (ctx, { note }) => {
      const { session } = ctx
      note('class', session.constructor.name, typeof session)
      note('keys', Object.keys(session))
      note('spread', { ...session })
      note('inspect', inspect(session), session[inspect.custom]())
      note('json', JSON.stringify(session))
      note('in', 'n' in session, 'save' in session, 'maxAge' in session, 'nothing' in session)
      note('types', ...['save', 'regenerate', 'manuallyCommit', 'commit', 'toJSON'].map((name) => typeof session[name]))
      note('arity', ...['save', 'regenerate', 'manuallyCommit', 'commit', 'toJSON'].map((name) => session[name].length))
      note('same', ctx.session === session)
    },
    '/hidden': (ctx, { note }) => {
      Object.assign(ctx.session, { _secret: 1, call: () => 1, isNew: 'mine', visible: undefined, [Symbol('s')]: 1 })
      note('json', ctx.session.toJSON(), ctx.session.length, ctx.session.populated, ctx.session._secret)
    },
    '/inherited': (ctx, { note }) => {
      Object.setPrototypeOf(
        ctx.session,
        Object.create(Object.getPrototypeOf(ctx.session), { p: { value: 1, enumerable: true } }),
      )
      note('json', ctx.session.toJSON(), ctx.session.p)
    },
  },
  steps: ['/shape', '/set', '/shape', '/hidden', '/read', '/shape', '/inherited', '/read'],
})

const locked: Story[] = table(inBothModes({ 'members that cannot be set': () => ({}) }), {
  routes: {
    '/lock': (ctx, { note }) => {
      for (const name of ['length', 'populated', 'externalKey']) {
        try {
          ctx.session[name] = 5
          note(name, ctx.session[name])
        } catch (error) {
          note(name, error)
        }
      }
    },
    '/shadow': (ctx, { note }) => {
      ctx.session.manuallyCommit = 'mine'
      ctx.session.regenerate = 1
      note('json', ctx.session.toJSON(), typeof ctx.session.manuallyCommit)
    },
  },
  steps: ['/lock', '/read', '/set', '/lock', '/shadow', '/read'],
})

const callbacks: Story[] = table(inBothModes({ 'saving with callbacks': () => ({}) }), {
  routes: Object.fromEntries(
    ['save', 'regenerate', 'commit'].flatMap((method) => [
      [
        `/${method}-callback`,
        (ctx, { note }) =>
          new Promise<void>((resolve) => {
            ctx.session.n = method
            const answer = ctx.session[method]((...args: unknown[]) => {
              note('called back', ...args)
              resolve()
            })
            note('answers', answer)
          }),
      ],
      [
        `/${method}-promise`,
        async (ctx, { note }) => {
          ctx.session.m = method
          const answer = ctx.session[method]()
          note('answers', answer instanceof Promise, await answer)
        },
      ],
    ]),
  ),
  steps: [
    '/save-promise',
    '/commit-promise',
    '/regenerate-promise',
    '/save-callback',
    '/commit-callback',
    '/regenerate-callback',
    '/read',
  ],
})

const commits: Story[] = table(inBothModes({ 'commit with options': () => ({ autoCommit: false }) }), {
  routes: {
    '/plain': (ctx) => ctx.session.commit(),
    '/save': (ctx) => ctx.session.commit({ save: true }),
    '/regenerate': (ctx) => ctx.session.commit({ regenerate: true }),
    '/both': (ctx) => ctx.session.commit({ save: true, regenerate: true }),
    '/callback': (ctx, { note }) =>
      new Promise<void>((resolve) => {
        ctx.session.commit({ save: true }, (...args: unknown[]) => {
          note('called back', ...args)
          resolve()
        })
      }),
    '/nothing-to-commit': (ctx, { note }) => {
      ctx.session = null
      try {
        return ctx.session.manuallyCommit()
      } catch (error) {
        note('throws', error)
      }
    },
    '/manually': (ctx) => {
      ctx.session.n = 1
      return ctx.session.manuallyCommit()
    },
  },
  steps: ['/plain', '/save', '/plain', '/regenerate', '/both', '/callback', '/nothing-to-commit', '/manually', '/read'],
})

const later: Story[] = table(inBothModes({ 'a regenerate and what follows': () => ({}) }), {
  routes: {
    '/login': async (ctx, { note }) => {
      ctx.session.old = true
      await ctx.session.regenerate()
      ctx.session.user = 'u'
      note('json', ctx.session.toJSON())
    },
    '/passport': (ctx) =>
      new Promise<void>((resolve, reject) => {
        ctx.session.regenerate((error: unknown) => {
          if (error) return reject(error)
          ctx.session.user = 'p'
          ctx.session.save((failure: unknown) => (failure ? reject(failure) : resolve()))
        })
      }),
    '/twice': async (ctx) => {
      await ctx.session.regenerate()
      await ctx.session.regenerate()
    },
    '/regenerate-null': async (ctx) => {
      await ctx.session.regenerate()
      ctx.session = null
    },
    '/which': (ctx, { note }) => note('json', ctx.session.toJSON()),
  },
  steps: ['/login', '/which', '/passport', '/which', '/twice', '/which', '/regenerate-null', '/which'],
})

const keys: Story = {
  name: 'the external key after a regenerate',
  options: ({ store, genid }) => ({ store, genid }),
  routes: {
    '/key': async (ctx, { note }) => {
      ctx.session.n = 1
      note('before', ctx.session.externalKey)
      await ctx.session.regenerate()
      note('after', ctx.session.externalKey)
    },
  },
  steps: ['/key', '/read'],
}

export const members: readonly Story[] = topic('members', [
  ...shape,
  ...locked,
  ...callbacks,
  ...commits,
  ...later,
  keys,
])
