import { type Stage, type Story, table, topic } from '../scenario.ts'
import { inBothModes } from './modes.ts'

/** Functions by their name: each side has defaults of its own. */
const described = (options: object): unknown =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, typeof value === 'function' ? 'a function' : value]),
  )

const change =
  (changes: object) =>
  ({ options }: Stage): void =>
    void Object.assign(options, changes)

const mutations: Story[] = table(
  inBothModes({
    'options that change between requests': () => ({}),
  }),
  {
    steps: [
      '/set',
      change({ maxAge: 5000 }),
      '/set',
      '/read',
      change({ rolling: true }),
      '/read',
      change({ httpOnly: false, sameSite: 'strict', domain: 'other.test' }),
      '/set',
      change({ key: 'renamed' }),
      '/read',
      '/set',
      change({ autoCommit: false }),
      '/set',
      '/read',
      change({ autoCommit: true, signed: false }),
      '/set',
      '/read',
      change({ valid: () => false }),
      '/read',
      change({
        valid: undefined,
        beforeSave: (_: unknown, session: { hooked?: boolean }) => void (session.hooked = true),
      }),
      '/set',
      '/read',
    ],
  },
)

const switching: Story[] = [
  {
    name: 'a store that is taken away afterwards',
    options: ({ store, genid }) => ({ store, genid }),
    steps: ['/set', change({ store: undefined }), '/read', '/set', '/read'],
  },
  {
    name: 'a store that comes afterwards',
    options: ({ genid }) => ({ genid }),
    steps: ['/set', (stage) => change({ store: stage.store })(stage), '/read', '/set', '/read'],
  },
  {
    name: 'another store',
    options: ({ store, genid }) => ({ store, genid }),
    steps: [
      '/set',
      (stage) =>
        change({ store: { get: () => ({ other: true }), set: () => stage.note('other'), destroy() {} } })(stage),
      '/read',
      '/set',
    ],
  },
  {
    name: 'encode and decode that change',
    steps: [
      change({
        encode: (data: unknown) => encodeURIComponent(JSON.stringify(data)),
        decode: (text: string) => JSON.parse(decodeURIComponent(text)),
      }),
      '/set',
      '/read',
    ],
  },
]

const filled: Story[] = table(
  {
    'nothing given': () => ({}),
    'a prefix': () => ({ prefix: 'p' }),
    'all given': ({ store, genid }) => ({
      key: 'k',
      maxAge: 5,
      signed: false,
      rolling: true,
      store,
      genid,
      path: '/x',
    }),
    'undefined given': () => ({
      signed: undefined,
      httpOnly: undefined,
      overwrite: undefined,
      autoCommit: undefined,
      rolling: undefined,
      renew: undefined,
    }),
    'sameSite undefined': () => ({ sameSite: undefined, secure: undefined, maxAge: undefined }),
    'the old maxage': () => ({ maxage: 5 }),
  },
  {
    steps: [
      ({ note, options, store }) => note('options', Object.keys(options), described(options), options.store === store),
      '/set',
      '/read',
    ],
  },
)

const frozen: Story[] = [
  { name: 'frozen options', options: () => Object.freeze({}), steps: ['/set'] },
  { name: 'frozen options, all given', options: () => Object.freeze({ key: 'k', maxAge: 5 }), steps: ['/set'] },
  { name: 'sealed options', options: () => Object.seal({ key: 'k' }), steps: ['/set'] },
  {
    name: 'options that inherit',
    options: () => Object.create({ key: 'inherited', maxAge: 5000 }),
    steps: ['/set', '/read'],
  },
  {
    name: 'one object for two applications',
    mount(app, session, stage) {
      app.use(session(stage.options, app))
      const other = {}
      stage.note('keys', Object.keys(stage.options))
      session(stage.options, { use() {}, context: other })
      stage.note('keys', Object.keys(stage.options), Object.getOwnPropertyNames(other))
    },
    steps: ['/set'],
  },
]

const perRequest: Story[] = table(inBothModes({ 'options of one request': () => ({ maxAge: 60_000 }) }), {
  routes: {
    '/tenant': (ctx) => {
      ctx.sessionOptions.domain = 'tenant.test'
      ctx.session.n = 1
    },
    '/other-key': (ctx) => {
      ctx.sessionOptions.key = 'other'
      ctx.session.n = 2
    },
    '/other-age': (ctx) => {
      ctx.sessionOptions.maxAge = 1000
      ctx.session.n = 3
    },
    '/no-commit': (ctx) => {
      ctx.sessionOptions.autoCommit = false
      ctx.session.n = 4
    },
    '/unsigned': (ctx) => {
      ctx.sessionOptions.signed = false
      ctx.session.n = 5
    },
    '/rolling': (ctx) => {
      ctx.sessionOptions.rolling = true
      return String(ctx.session.n)
    },
    '/encode': (ctx) => {
      ctx.sessionOptions.encode = () => 'own-encoding'
      ctx.session.n = 6
    },
    '/hook': (ctx, { note }) => {
      ctx.sessionOptions.beforeSave = () => note('of this request')
      ctx.session.n = 7
    },
    '/identity': (ctx, stage) => {
      const { sessionOptions } = ctx
      stage.note('same', sessionOptions === ctx.sessionOptions, sessionOptions === stage.options)
      stage.note('content', described(sessionOptions), sessionOptions.store === stage.options.store)
    },
    '/replace': (ctx, { note }) => {
      try {
        ;(ctx as { sessionOptions: unknown }).sessionOptions = {}
      } catch (error) {
        note('throws', error)
      }
    },
  },
  steps: [
    '/tenant',
    '/read',
    '/other-key',
    '/read',
    '/other-age',
    1001,
    '/read',
    '/no-commit',
    '/unsigned',
    '/rolling',
    '/encode',
    '/hook',
    '/identity',
    '/replace',
    '/set',
    '/read',
  ],
})

export const live: readonly Story[] = topic('options', [
  ...mutations,
  ...switching,
  ...filled,
  ...frozen,
  ...perRequest,
])
