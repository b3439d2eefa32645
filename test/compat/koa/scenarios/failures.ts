import { type Stage, type Story, topic } from '../scenario.ts'
import { modes, sealed } from './modes.ts'

const failure = (): never => {
  throw Object.assign(new Error('the store is down'), { code: 'EDOWN' })
}

const failing =
  (method: 'get' | 'set' | 'destroy', fail: () => unknown) =>
  ({ store, genid }: Stage): object => ({ genid, store: { ...store, [method]: fail } })

const walk = [
  '/untouched',
  '/set',
  { path: '/untouched', cookie: 'koa.sess=k; koa.sess.sig=C6Yg3kaf4SSVSeInXVRcYMc1qFw' },
  '/null',
  '/regenerate',
  '/read',
]

const ofStore: Story[] = (['get', 'set', 'destroy'] as const).flatMap((method) => [
  { name: `${method} rejects`, options: failing(method, async () => failure()), steps: walk },
  { name: `${method} throws`, options: failing(method, failure), steps: walk },
  { name: `${method} rejects with text`, options: failing(method, () => Promise.reject('words')), steps: walk },
  {
    name: `${method} rejects and the application fails, too`,
    options: failing(method, async () => failure()),
    routes: {
      '/null': (ctx) => {
        ctx.session = null
        throw new Error('after null')
      },
    },
    steps: ['/throw', '/null'],
  },
])

const catching: Story['before'] = ({ note }) => {
  return async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      note('caught', error)
      ctx.status = 503
      ctx.body = 'caught'
    }
  }
}

const caught: Story[] = Object.entries(modes).flatMap(([mode, options]) => [
  { name: `a failure downstream, ${mode}`, options, steps: ['/throw', '/read', '/set', '/throw', '/read'] },
  {
    name: `a failure downstream that is caught upstream, ${mode}`,
    options,
    before: catching,
    steps: ['/throw', '/read', '/throw', '/read'],
  },
  {
    name: `a thrown status, ${mode}`,
    options,
    routes: {
      '/forbidden': (ctx) => {
        ctx.session.n = 'forbidden'
        ctx.throw(403, 'not for you')
      },
    },
    steps: ['/forbidden', '/read'],
  },
  {
    name: `beforeSave throws, ${mode}`,
    options: (stage) => ({
      ...options(stage),
      beforeSave: () => {
        throw new Error('not now')
      },
    }),
    steps: ['/set', '/read', '/null'],
  },
  {
    name: `valid throws, ${mode}`,
    options: (stage) => ({
      ...options(stage),
      valid: () => {
        throw new Error('cannot tell')
      },
    }),
    steps: ['/set', '/untouched', '/read'],
  },
  {
    name: `a failed save whose callback is told, ${mode}`,
    options: (stage) => ({
      ...options(stage),
      encode: failure,
      ...(mode === 'store' ? { store: { ...stage.store, set: async () => failure() } } : {}),
      autoCommit: false,
    }),
    routes: {
      '/told': (ctx, { note }) =>
        new Promise<void>((resolve) =>
          ctx.session.save((...args: unknown[]) => {
            note('told', ...args)
            resolve()
          }),
        ),
      '/rejected': async (ctx, { note }) => note('rejected', await ctx.session.save().catch((error: unknown) => error)),
    },
    steps: ['/told', '/rejected'],
  },
])

const caughtStore: Story[] = (['get', 'set', 'destroy'] as const).map((method) => ({
  name: `${method} rejects and it is caught upstream`,
  options: failing(method, async () => failure()),
  before: catching,
  steps: walk,
}))

const decoders: Readonly<Record<string, () => unknown>> = {
  'a SyntaxError': () => JSON.parse('{'),
  'another error': () => {
    throw new Error('decode failed')
  },
  'a TypeError': () => {
    throw new TypeError('decode failed')
  },
  text: () => {
    throw 'words'
  },
  nothing: () => undefined,
}

const coding: Story[] = [
  ...Object.entries(decoders).flatMap(([name, decode]) => [
    {
      name: `decode throws or answers ${name}`,
      options: () => ({ decode, signed: false }),
      steps: ['/untouched', '/read', '/set', '/null'].map((path) => ({ path, cookie: sealed({ a: 1 }) })),
    },
    {
      name: `decode throws or answers ${name}, signed`,
      options: () => ({ decode }),
      steps: ['/set', '/read', '/read'],
    },
  ]),
  { name: 'encode throws', options: () => ({ encode: failure }), steps: ['/untouched', '/set', '/throw', '/null'] },
  { name: 'encode answers nothing', options: () => ({ encode: () => undefined }), steps: ['/set', '/read'] },
  { name: 'encode answers a number', options: () => ({ encode: () => 5 }), steps: ['/set', '/read'] },
  {
    name: 'encode answers what no cookie may hold',
    options: () => ({ encode: () => 'a;b c' }),
    steps: ['/set', '/read'],
  },
  { name: 'encode undefined', options: () => ({ encode: undefined }), steps: ['/set', '/read'] },
  { name: 'decode undefined', options: () => ({ decode: undefined }), steps: ['/set', '/read'] },
  {
    name: 'values that JSON does not know',
    routes: {
      '/bigint': (ctx) => void (ctx.session.big = 1n),
      '/date': (ctx) => void (ctx.session.at = new Date(0)),
    },
    steps: ['/date', '/read', '/bigint', '/read'],
  },
  {
    name: 'more than a browser takes',
    routes: { '/much': (ctx) => void (ctx.session.much = 'x'.repeat(5000)) },
    steps: ['/much', '/read'],
  },
  {
    name: 'genid throws',
    options: ({ store }) => ({ store, genid: failure }),
    steps: ['/untouched', '/set'],
  },
]

export const failures: readonly Story[] = topic('failure', [...ofStore, ...caughtStore, ...caught, ...coding])
