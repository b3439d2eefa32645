import { type RecordingStore, type Stage, type StoreCall, type Story, topic } from '../scenario.ts'
import { stored } from './modes.ts'

const walk = ['/untouched', '/read', '/set', '/untouched', '/read', '/set', '/regenerate', '/read', '/null', '/read']

/** A store in another shape: what the contract asks for is three methods, whatever they stand on. */
const shapes: Readonly<Record<string, (stage: Stage) => unknown>> = {
  'an object with random ids': ({ store }) => ({ store }),
  'an object with a prefix': ({ store }) => ({ store, prefix: 'sess:' }),
  'a prefix and a genid': ({ store, genid }) => ({ store, prefix: 'sess:', genid }),
  'an instance of a class': ({ store, genid }) => {
    class Store {
      readonly inner = store
      get(...args: Parameters<RecordingStore['get']>): unknown {
        return this.inner.get(...args)
      }
      set(...args: Parameters<RecordingStore['set']>): unknown {
        return this.inner.set(...args)
      }
      destroy(...args: Parameters<RecordingStore['destroy']>): unknown {
        return this.inner.destroy(...args)
      }
    }
    return { store: new Store(), genid }
  },
  'methods that are not asynchronous': ({ note, genid }) => {
    const entries = new Map<string, object>()
    const store = {
      get: (key: string) => entries.get(key),
      set: (key: string, data: object) => void entries.set(key, { ...data }),
      destroy: (key: string) => {
        note('destroy', key)
        return entries.delete(key)
      },
    }
    return { store, genid }
  },
  'a ContextStore': ({ store, genid, note }) => ({ genid, ContextStore: contextStore(store, note) }),
  'a ContextStore and a store': ({ store, genid, note }) => ({
    genid,
    store: { get: () => note('never'), set: () => note('never'), destroy: () => note('never') },
    ContextStore: contextStore(store, note),
  }),
  'a ContextStore that is a function': ({ store, genid, note }) => {
    const Class = contextStore(store, note)
    function Old(this: object, ctx: never): object {
      return new Class(ctx)
    }
    Old.prototype.get = () => {}
    Old.prototype.set = () => {}
    Old.prototype.destroy = () => {}
    return { genid, ContextStore: Old }
  },
  'a ContextStore whose methods are inherited': ({ store, genid, note }) => ({
    genid,
    ContextStore: class extends contextStore(store, note) {},
  }),
  'a ContextStore without destroy': () => ({
    ContextStore: class {
      get(): void {}
      set(): void {}
    },
  }),
  'a ContextStore with methods of the instance': () => ({
    ContextStore: class {
      get = (): void => {}
      set = (): void => {}
      destroy = (): void => {}
    },
  }),
  'a ContextStore that is an object': ({ store }) => ({ ContextStore: store }),
  'a ContextStore whose constructor throws': ({ genid }) => ({
    genid,
    ContextStore: class {
      constructor() {
        throw new Error('no store today')
      }
      get(): void {}
      set(): void {}
      destroy(): void {}
    },
  }),
  'rolling with maxAge': ({ store, genid }) => ({ store, genid, rolling: true, maxAge: 60_000 }),
  'maxAge session': ({ store, genid }) => ({ store, genid, maxAge: 'session' }),
}

function contextStore(store: RecordingStore, note: Stage['note']) {
  return class {
    readonly ctx: { path: string }
    constructor(ctx: { path: string }) {
      this.ctx = ctx
      note('new ContextStore', ctx.path)
    }
    get(key: string, maxAge: unknown, call: StoreCall): unknown {
      note('its context', call.ctx === this.ctx)
      return store.get(key, maxAge, call)
    }
    set(key: string, data: object, maxAge: unknown, call: StoreCall): unknown {
      note('its context', call.ctx === this.ctx)
      return store.set(key, data, maxAge, call)
    }
    destroy(key: string, call: StoreCall): unknown {
      note('its context', call.ctx === this.ctx)
      return store.destroy(key, call)
    }
  }
}

/** What a store may hand back. */
const answers: readonly Story[] = (
  [
    ['undefined', undefined],
    ['null', null],
    ['false', false],
    ['empty text', ''],
    ['zero', 0],
    ['an empty object', {}],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 })],
    ['an object that inherits', Object.assign(Object.create({ inherited: 1 }), { a: 1 })],
    ['a frozen object', Object.freeze({ a: 1, deep: Object.freeze({ b: 1 }) })],
    ['a date inside', { at: new Date(0) }],
    ['a function inside', { call: () => 1, a: 1 }],
  ] as const
).map(([name, answer]) => ({
  name: `get answers ${name}`,
  options: ({ store, genid }) => ({ genid, signed: false, store: { ...store, get: async () => answer } }),
  steps: ['/read', '/set', '/empty', '/add'].map((path) => ({ path, cookie: 'koa.sess=k' })),
}))

const arguments_: Story[] = [
  {
    name: 'how many arguments, and the object given to set',
    options: ({ note, genid }) => {
      const record =
        (name: string) =>
        (...args: unknown[]): undefined => {
          const last = args.at(-1) as StoreCall
          note(name, args.length, Object.keys(last), args.slice(0, -1))
        }
      return { genid, store: { get: record('get'), set: record('set'), destroy: record('destroy') } }
    },
    steps: walk,
  },
  {
    name: 'the object given to set is a copy',
    options: ({ genid, note }) => {
      const entries = new Map<string, Record<string, unknown>>()
      return {
        genid,
        store: {
          get: (key: string) => entries.get(key),
          set(key: string, data: Record<string, unknown>) {
            note('plain', Object.getPrototypeOf(data) === Object.prototype, data)
            entries.set(key, data)
            data.byStore = true
          },
          destroy() {},
        },
      }
    },
    steps: ['/set', '/read', '/set', '/read'],
  },
  {
    name: 'values that JSON does not know',
    options: ({ genid, note }) => {
      const entries = new Map<string, object>()
      return {
        genid,
        store: {
          get: (key: string) => entries.get(key),
          set(key: string, data: object) {
            note('set', data)
            entries.set(key, data)
          },
          destroy() {},
        },
      }
    },
    routes: {
      '/values': (ctx) =>
        void Object.assign(ctx.session, { at: new Date(0), none: undefined, map: new Map([[1, 2]]), nan: Number.NaN }),
      '/bigint': (ctx) => void (ctx.session.big = 1n),
      '/circular': (ctx) => {
        const circle: Record<string, unknown> = {}
        circle.self = circle
        ctx.session.circle = circle
      },
    },
    steps: ['/values', '/read', '/values', '/read', '/bigint', '/circular', '/read'],
  },
  {
    name: 'an id that nobody gave out',
    options: ({ store, genid }) => ({ store, genid, signed: false }),
    steps: [{ path: '/set', cookie: 'koa.sess=attacker' }, '/read', { path: '/null', cookie: 'koa.sess=attacker' }],
  },
  {
    name: 'two browsers',
    options: ({ store, genid }) => ({ store, genid }),
    steps: [
      '/set',
      { path: '/set', browser: 'b' },
      '/set',
      { path: '/null', browser: 'b' },
      '/read',
      { path: '/read', browser: 'b' },
    ],
  },
  {
    name: 'a session that is destroyed by another browser',
    options: ({ store, genid }) => ({ store, genid, signed: false }),
    steps: [stored({ n: 1 }), { path: '/null', cookie: 'koa.sess=k' }, { path: '/set', cookie: 'koa.sess=k' }, '/read'],
  },
]

export const stores: readonly Story[] = topic('store', [
  ...Object.entries(shapes).map(([name, options]) => ({ name, options, steps: walk })),
  ...answers,
  ...arguments_,
])
