import { type Stage, type Story, table, topic } from '../scenario.ts'
import { inBothModes, modes } from './modes.ts'

const beforeSave: Story[] = table(
  inBothModes({
    'beforeSave sees when it saves': ({ note }) => ({
      beforeSave(ctx: { path: string; session: unknown }, session: { toJSON(): unknown }) {
        note('beforeSave', ctx.path, session === ctx.session, session.toJSON())
      },
    }),
    'beforeSave changes the data': ({ note }) => ({
      beforeSave(_: unknown, session: { by?: number; n?: number }) {
        note('beforeSave')
        session.by = (session.by ?? 0) + 1
      },
    }),
    'beforeSave empties the session': () => ({
      beforeSave(_: unknown, session: { n?: number }) {
        delete session.n
      },
    }),
    'beforeSave is not waited for': ({ note }) => ({
      async beforeSave(_: unknown, session: { late?: number }) {
        await null
        session.late = 1
        note('beforeSave, later')
      },
    }),
  }),
  { steps: ['/untouched', '/touched', '/set', '/read', '/set', '/same', '/empty', '/null', '/set', '/throw', '/read'] },
)

const ids: Story[] = [
  {
    name: 'genid gets the context',
    options: ({ store, note }) => ({
      store,
      genid(this: unknown, ...args: { path: string }[]) {
        note('genid', args.length, args[0]?.path)
        return `made-for-${args[0]?.path.slice(1)}`
      },
    }),
    steps: ['/untouched', '/set', '/read', '/regenerate', '/read'],
  },
  {
    name: 'genid in cookie mode is not called',
    options: ({ genid }) => ({ genid, prefix: 'p:' }),
    steps: ['/set', '/read', '/regenerate', '/null'],
  },
  {
    name: 'a prefix',
    options: ({ store }) => ({ store, prefix: 'app:' }),
    steps: ['/set', '/read', '/regenerate', '/null'],
  },
  { name: 'an empty prefix', options: ({ store }) => ({ store, prefix: '' }), steps: ['/set', '/read'] },
  {
    name: 'genid answers what no cookie may hold',
    options: ({ store }) => ({ store, genid: () => 'a;b' }),
    steps: ['/set', '/read'],
  },
  {
    name: 'genid answers empty text',
    options: ({ store }) => ({ store, genid: () => '' }),
    steps: ['/set', '/read', '/null'],
  },
  {
    name: 'genid answers nothing',
    options: ({ store }) => ({ store, genid: () => undefined }),
    steps: ['/set', '/read'],
  },
  {
    name: 'genid answers a number',
    options: ({ store }) => ({ store, genid: () => 7 }),
    steps: ['/set', '/read', '/null'],
  },
]

const headerKey =
  (more: object = {}) =>
  ({ store, genid, note }: Stage): object => ({
    store,
    genid,
    externalKey: {
      get(ctx: { get(name: string): string }) {
        note('externalKey.get', ctx.get('x-token'))
        return ctx.get('x-token')
      },
      set(ctx: { set(name: string, value: string): void }, key: string) {
        note('externalKey.set', key)
        ctx.set('x-token', key)
      },
      ...more,
    },
  })

const tokens = ['/untouched', '/set', '/read', '/set', '/null', '/regenerate', '/throw'].flatMap((path) => [
  path,
  { path, headers: { 'x-token': 'id2' } },
])

const external: Story[] = [
  { name: 'an externalKey in a header', options: headerKey(), steps: tokens },
  {
    name: 'an externalKey and no store',
    options: (stage) => ({ ...headerKey()(stage), store: undefined }),
    steps: tokens,
  },
  { name: 'externalKey.get answers null', options: headerKey({ get: () => null }), steps: ['/set', '/read'] },
  {
    name: 'externalKey.get throws',
    options: headerKey({
      get() {
        throw new Error('no key')
      },
    }),
    steps: ['/untouched', '/set'],
  },
  {
    name: 'externalKey.set throws',
    options: headerKey({
      set() {
        throw new Error('no key')
      },
    }),
    steps: ['/untouched', '/set', '/throw'],
  },
  {
    name: 'externalKey and rolling',
    options: (stage) => ({ ...headerKey()(stage), rolling: true }),
    steps: tokens.slice(0, 6),
  },
]

const codecs: Story[] = table(
  {
    'encode and decode of its own': ({ note }) => ({
      encode(data: unknown) {
        note('encode', data)
        return encodeURIComponent(JSON.stringify({ wrapped: data }))
      },
      decode(text: string) {
        note('decode', text)
        return JSON.parse(decodeURIComponent(text)).wrapped
      },
    }),
    'encode and decode with a store': ({ note, store, genid }) => ({
      store,
      genid,
      encode: () => note('never'),
      decode: () => note('never'),
    }),
    'decode answers an array': () => ({ decode: () => ['x'] }),
    'decode answers text': () => ({ decode: () => 'text' }),
    'decode answers a promise': () => ({ decode: async () => ({ a: 1 }) }),
  },
  { steps: ['/untouched', '/set', '/read', '/same', '/set', '/read'] },
)

const manual: Story[] = Object.entries(modes).flatMap(([mode, options]) => [
  {
    name: `autoCommit false and nobody commits, ${mode}`,
    options: (stage) => ({ ...options(stage), autoCommit: false }),
    steps: ['/set', '/read', '/null', '/throw'],
  },
  {
    name: `autoCommit false and a commit by hand, ${mode}`,
    options: (stage) => ({ ...options(stage), autoCommit: false }),
    routes: {
      '/unsaved': async (ctx) => {
        await ctx.session.manuallyCommit()
        ctx.session.unsaved = true
      },
    },
    steps: ['/manual', '/unsaved', '/set-manual', '/manual', '/read', '/unsaved', '/read', '/save', '/read'],
  },
])

export const hooks: readonly Story[] = topic('hook', [...beforeSave, ...ids, ...external, ...codecs, ...manual])
