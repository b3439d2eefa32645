import { type Stage, type Story, topic } from '../scenario.ts'
import { modes } from './modes.ts'

/** What the published package takes and does not wait for. */
const promised: Story[] = [
  ...Object.entries(modes).flatMap(([mode, options]) =>
    Object.entries({ true: true, false: false }).map(([verdict, answer]) => ({
      name: `valid answers a promise of ${verdict}, ${mode}`,
      options: (stage: Stage) => ({ ...options(stage), valid: async () => answer }),
      steps: ['/set', '/untouched', '/read', '/set', '/read', '/null'],
    })),
  ),
  {
    name: 'genid answers a promise',
    options: ({ store, genid }) => ({ store, genid: async () => genid() }),
    steps: ['/set', '/read', { path: '/set', browser: 'b' }, '/read', '/regenerate', '/null'],
  },
  {
    name: 'externalKey.get answers a promise',
    options: ({ store, genid }) => ({
      store,
      genid,
      externalKey: {
        get: async (ctx: { get(name: string): string }) => ctx.get('x-token'),
        set: (ctx: { set(name: string, value: string): void }, key: string) => ctx.set('x-token', key),
      },
    }),
    steps: ['/set', { path: '/read', headers: { 'x-token': 'id1' } }],
  },
  {
    name: 'externalKey.set answers a promise',
    options: ({ store, genid, note }) => ({
      store,
      genid,
      externalKey: {
        get: (ctx: { get(name: string): string }) => ctx.get('x-token'),
        async set(ctx: { set(name: string, value: string): void }, key: string) {
          await null
          note('set, later')
          ctx.set('x-token', key)
        },
      },
    }),
    steps: ['/set', { path: '/read', headers: { 'x-token': 'id1' } }],
  },
]

/** Stores from the days of co: their methods answer a generator, which nobody runs. */
const generators: Story[] = [
  {
    name: 'a store of generator functions',
    options: ({ store, genid }) => ({
      genid,
      store: {
        *get(key: string): Generator {
          return yield store.get(key, undefined, {})
        },
        *set(key: string, data: object): Generator {
          yield store.set(key, data, undefined, {})
        },
        *destroy(key: string): Generator {
          yield store.destroy(key, {})
        },
      },
    }),
    steps: ['/set', '/read', '/set', '/null'],
  },
  {
    name: 'a ContextStore of generator functions',
    options: ({ genid }) => ({
      genid,
      ContextStore: class {
        *get(): Generator {}
        *set(): Generator {}
        *destroy(): Generator {}
      },
    }),
    steps: ['/set', '/read'],
  },
]

export const asynchronous: readonly Story[] = topic('asynchronous', [...promised, ...generators])
