import { EventEmitter } from 'node:events'
import { inherits } from 'node:util'
import { attempt, called, connect, count, pure, recorded, touched } from '../support/serve.ts'
import type { Done, ExpressScenario, SessionModule, TestStore } from '../support/types.ts'

const DATA = { cookie: { originalMaxAge: 1000, expires: '2026-03-04T12:00:01.000Z', httpOnly: true, path: '/' }, n: 1 }

/** As modules of old define a store: a function, `call` and `inherits`. */
function oldStore(session: SessionModule): TestStore {
  function Old(this: TestStore): void {
    session.Store.call(this)
    this.sessions = Object.create(null)
  }
  inherits(Old, session.Store as unknown as new () => object)
  const members: Partial<TestStore> = {
    get(this: TestStore, id: string, done: Done) {
      const text = this.sessions[id]
      setImmediate(done, null, text && JSON.parse(text))
    },
    set(this: TestStore, id: string, value: unknown, done?: Done) {
      this.sessions[id] = JSON.stringify(value)
      setImmediate(() => done?.(null))
    },
    destroy(this: TestStore, id: string, done?: Done) {
      delete this.sessions[id]
      setImmediate(() => done?.(null))
    },
  }
  Object.assign(Old.prototype, members)
  return new (Old as unknown as new () => TestStore)()
}

const requests = ['/set', '/', '/set', { path: '/set', browser: 'b' }]

/** `body` gets a MemoryStore with one session, `a`. */
const memory = (
  name: string,
  body: (store: TestStore, note: (label: string, act: (done: Done) => unknown) => Promise<void>) => unknown,
): ExpressScenario => ({
  name: `MemoryStore: ${name}`,
  ...pure(async (session, recorder) => {
    const store = new session.MemoryStore()
    store.set('a', structuredClone(DATA))
    await body(store, (label, act) => called(recorder, label, act as (done: (...values: unknown[]) => void) => unknown))
    recorder.note('sessions', Object.getPrototypeOf(store.sessions), store.sessions)
  }),
})

export const storeBase: readonly ExpressScenario[] = [
  {
    name: 'Store: inherited the old way',
    app: connect((session, recorder) => ({ store: recorded(oldStore(session), recorder) })),
    steps: requests,
  },
  {
    name: 'Store: extended as a class',
    app: connect((session, recorder) => {
      class Own extends session.Store {
        readonly kept = new Map<string, string>()
        override get(id: string, done: Done) {
          const text = this.kept.get(id)
          done(null, text && JSON.parse(text))
        }
        override set(id: string, value: unknown, done?: Done) {
          this.kept.set(id, JSON.stringify(value))
          done?.()
        }
        override destroy(id: string, done?: Done) {
          this.kept.delete(id)
          done?.()
        }
      }
      return { store: recorded(new Own(), recorder) }
    }, touched),
    steps: requests,
  },
  {
    name: 'Store: an emitter that has nothing of ours',
    app: connect((_session, recorder) => {
      const kept = new Map<string, string>()
      const store = Object.assign(new EventEmitter(), {
        get: (id: string, done: Done) => done(null, kept.has(id) ? JSON.parse(kept.get(id) as string) : undefined),
        set: (id: string, value: unknown, done: Done) => done(void kept.set(id, JSON.stringify(value))),
        destroy: (id: string, done: Done) => done(void kept.delete(id)),
      })
      return { store: recorded(store, recorder), saveUninitialized: true }
    }, touched),
    steps: requests,
  },
  {
    name: 'Store: its members',
    ...pure(({ Store, MemoryStore }, recorder) => {
      const store = new Store()
      recorder.note('is a', store instanceof EventEmitter, store instanceof Store, new MemoryStore() instanceof Store)
      recorder.note(
        'own',
        Object.keys(store).filter((name) => !name.startsWith('_')),
      )
      recorder.note('prototype', Object.getOwnPropertyNames(Store.prototype).sort())
      for (const name of ['regenerate', 'load', 'createSession', 'generate', 'get'] as const) {
        recorder.note(name, typeof store[name], (store[name] as { length?: number } | undefined)?.length)
      }
      const plain = {} as TestStore
      attempt(recorder, 'called', () => typeof Store.call(plain))
    }),
  },
  {
    name: 'Store: createSession',
    ...pure((session, recorder) => {
      const store = new session.MemoryStore()
      const stored: Record<string, () => unknown> = {
        'a usual one': () => structuredClone(DATA),
        'a Date': () => ({ ...DATA, cookie: { ...DATA.cookie, expires: new Date(Date.now() + 5000) } }),
        'no maxAge': () => ({ cookie: { originalMaxAge: null, expires: null, path: '/' }, a: 1 }),
        'another originalMaxAge': () => ({ cookie: { ...DATA.cookie, originalMaxAge: 77 } }),
        'no originalMaxAge': () => ({ cookie: { expires: '2026-03-04T12:00:05.000Z' } }),
        'no instant': () => ({ cookie: { expires: 'never' } }),
        'no cookie': () => ({ a: 1 }),
        'a cookie that is null': () => ({ cookie: null }),
        'a cookie that is text': () => ({ cookie: 'x' }),
        'members that are reserved': () => ({
          ...DATA,
          id: 'x',
          req: 1,
          save: 2,
          touch: 3,
          constructor: 4,
          toString: 5,
          hasOwnProperty: 6,
        }),
        null: () => null,
        text: () => 'x',
      }
      for (const [name, make] of Object.entries(stored)) {
        attempt(recorder, name, () => {
          const req: { sessionID: string; sessionStore: TestStore; session?: unknown } = {
            sessionID: 'a',
            sessionStore: store,
          }
          const made = store.createSession(req, make())
          return [
            made === req.session,
            made instanceof session.Session,
            made.id,
            made.cookie instanceof session.Cookie,
            made.cookie.maxAge,
            made,
          ]
        })
      }
    }),
  },
  {
    name: 'Store: load',
    ...pure(async (session, recorder) => {
      const store = new session.MemoryStore()
      store.set('a', structuredClone(DATA))
      await new Promise<void>((resolve) => {
        store.load('a', (error, value) => {
          const loaded = value as ReturnType<TestStore['createSession']>
          recorder.note('loaded', error, loaded, loaded.id, loaded instanceof session.Session)
          loaded.n = 2
          loaded.touch()
          loaded.save((...values) => {
            recorder.note('saved', values.length, store.sessions)
            resolve()
          })
        })
      })
      await called(recorder, 'missing', (done) => store.load('b', done))
      store.get = (_id, done) => done(new Error('boom!'))
      await called(recorder, 'failing', (done) => store.load('a', done))
    }),
  },
  {
    name: 'Store: regenerate and generate',
    app: connect({}, (req, res, { recorder }) => {
      const { sessionStore: store } = req
      const before = req.session
      count(before)
      recorder.note('generate', Object.hasOwn(store, 'generate'), typeof store.generate, store.generate.length)
      store.regenerate(req, (...values) => {
        recorder.note('regenerated', values.length, req.sessionID, req.session !== before, req.session)
        count(req.session)
        res.end('done')
      })
    }),
    steps: ['/', '/'],
  },
  {
    name: 'Store: generate for a request of its own',
    app: connect({ cookie: { maxAge: 1000, sameSite: 'lax' } }, (req, res, { recorder }) => {
      const other = { headers: {}, sessionStore: req.sessionStore } as {
        session?: unknown
        sessionID?: string
        headers: object
      }
      req.sessionStore.generate(other)
      recorder.note('generated', other.sessionID, other.session)
      res.end('done')
    }),
    steps: ['/'],
  },
  {
    name: 'Store: disconnect and connect',
    app: connect({ saveUninitialized: true }, (req, res, { recorder }) => {
      recorder.note('session', typeof req.session, typeof req.sessionID, typeof req.sessionStore)
      if (req.url === '/down') req.sessionStore.emit('disconnect')
      res.end('done')
    }),
    steps: [
      '/',
      ({ recorder }) => (recorder.shared.store as TestStore).emit('disconnect'),
      '/',
      { path: '/', browser: 'b' },
      ({ recorder }) => (recorder.shared.store as TestStore).emit('connect'),
      '/',
      '/down',
      '/',
      ({ recorder }) => {
        const store = recorder.shared.store as TestStore
        recorder.note('listeners', store.listenerCount('connect'), store.listenerCount('disconnect'))
      },
    ],
  },
  {
    name: 'Session: made by hand',
    ...pure(({ Session, Cookie }, recorder) => {
      const req = {
        sessionID: 'a',
        sessionStore: { set: (...values: unknown[]) => recorder.note('set', ...values.slice(0, 2), typeof values[2]) },
      }
      const cookie = new Cookie({ maxAge: 1000 })
      for (const data of [undefined, null, 'text', { cookie, a: 1, touch: 1 }, Object.create({ inherited: 1 })]) {
        attempt(recorder, 'made', () => {
          const session = new Session(req, data)
          return [session.id, session.req === req, Object.keys(session), session]
        })
      }
      attempt(recorder, 'save', () => new Session(req, { cookie }).save() instanceof Session)
      attempt(recorder, 'touch', () => new Session(req, { cookie }).touch().cookie.maxAge)
      attempt(recorder, 'no cookie', () => new Session(req).touch())
      attempt(recorder, 'no request', () => new Session(undefined))
    }),
  },

  memory('get, set, destroy', async (store, note) => {
    await note('get', (done) => store.get('a', done))
    await note('get nothing', (done) => store.get('b', done))
    await note('get a name of Object', (done) => store.get('toString', done))
    await note('set', (done) => store.set('b', { cookie: {}, at: new Date(), no: undefined }, done))
    await note('get', (done) => store.get('b', done))
    await note('destroy', (done) => store.destroy('a', done))
    await note('destroy nothing', (done) => store.destroy('a', done))
    await note('get', (done) => store.get('a', done))
  }),
  memory('all, length, clear', async (store, note) => {
    store.set('b', { cookie: { expires: null } })
    await note('all', (done) => store.all(done))
    await note('length', (done) => store.length(done))
    await note('clear', (done) => store.clear(done))
    await note('all', (done) => store.all(done))
    await note('length', (done) => store.length(done))
    store.clear()
    store.all()
    store.destroy('a')
  }),
  memory('touch', async (store, note) => {
    await note('touch', (done) => store.touch('a', { cookie: { expires: null, path: '/new' }, n: 99 }, done))
    await note('get', (done) => store.get('a', done))
    await note('touch nothing', (done) => store.touch('b', { cookie: {} }, done))
    store.touch('a', { cookie: { path: '/again' } })
    await note('get', (done) => store.get('a', done))
  }),
  memory('what is over', async (store, note) => {
    store.set('over', { cookie: { expires: new Date(Date.now() - 1) } })
    store.set('now', { cookie: { expires: new Date() } })
    store.set('soon', { cookie: { expires: new Date(Date.now() + 1) } })
    store.set('number', { cookie: { expires: Date.now() - 1 } })
    store.set('without', { n: 1 })
    await note('length', (done) => store.length(done))
    for (const id of ['over', 'now', 'soon', 'number', 'without']) await note(id, (done) => store.get(id, done))
    await note('touch what is over', (done) => store.touch('over', { cookie: {} }, done))
    await note('all', (done) => store.all(done))
  }),
  memory('the same text twice is two objects', async (store, note) => {
    await note('changed', (done) =>
      store.get('a', (error, value) => {
        Object.assign(value as object, { n: 100 })
        done(error, value)
      }),
    )
    await note('as it was', (done) => store.get('a', done))
  }),
]
