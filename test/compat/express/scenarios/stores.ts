import type { Step } from '../../harness/scenario.ts'
import { connect, count, recorded, storeOf, touched } from '../support/serve.ts'
import { theirs } from '../support/sides.ts'
import type { Done, ExpressScenario, TestStore } from '../support/types.ts'

type Method = 'get' | 'set' | 'touch' | 'destroy'

const failure = (code?: string): Error => Object.assign(new Error('boom!'), code === undefined ? {} : { code })
/** From now on, a method does this instead. The call is no longer written down. */
const from =
  (method: Method, act: (...values: unknown[]) => unknown): Step =>
  (world) => {
    Object.assign(storeOf(world), { [method]: act })
  }
const fails = (method: Method, error: unknown = failure()): Step =>
  from(method, (...values) => (values.at(-1) as Done)(error))
const throws = (method: Method): Step =>
  from(method, () => {
    throw failure()
  })

const requests: readonly Step[] = ['/set', '/', '/set', '/end', { path: '/set', browser: 'b' }]

/** A store of the published package with some methods changed, on both sides. */
const store = (
  name: string,
  change: (store: TestStore) => object,
  given: object = {},
  steps = requests,
): ExpressScenario => ({
  name: `store: ${name}`,
  app: connect((_session, recorder) => {
    const memory = new theirs.MemoryStore()
    return { ...given, store: recorded(Object.assign(memory, change(memory)), recorder) }
  }, ending),
  steps,
})

const ending: Parameters<typeof connect>[1] = (req, res, context) => {
  if (req.url !== '/end') return touched(req, res, context)
  const { session } = req
  Object.assign(req, { session: null })
  return res.end(`ended ${session?.n}`)
}

const failing = (name: string, given: object, ...steps: Step[]): ExpressScenario => ({
  name: `store errors: ${name}`,
  app: connect(given, ending),
  steps,
})

const now = (act: (...values: unknown[]) => unknown) =>
  function (this: TestStore, ...values: unknown[]): void {
    const done = values.pop() as Done
    done(null, act.apply(this, values))
  }

/** Methods for a MemoryStore that calls back at once. */
export const synchronous = () => ({
  get: now(function (this: TestStore, id) {
    const text = this.sessions[String(id)]
    return text && JSON.parse(text)
  }),
  set: now(function (this: TestStore, id, value) {
    this.sessions[String(id)] = JSON.stringify(value)
  }),
  destroy: now(function (this: TestStore, id) {
    delete this.sessions[String(id)]
  }),
  touch: now(() => {}),
})

const unset = { unset: 'destroy' }

export const stores: readonly ExpressScenario[] = [
  store("the published package's own", () => ({})),
  store('calls back at once', synchronous),
  store('calls back at once, unset: destroy', synchronous, unset),
  store('calls back at once, saved anyway', synchronous, { saveUninitialized: true, resave: true, rolling: true }),
  store('touch is no function', () => ({ touch: 'no' })),
  store('answers null', (memory) => ({
    get: (id: string, done: Done) =>
      theirs.MemoryStore.prototype.get.call(memory, id, (error: unknown, value: unknown) => done(error, value ?? null)),
  })),
  store('answers false', () => ({ get: (_id: string, done: Done) => done(null, false) })),
  store('answers text', () => ({ get: (_id: string, done: Done) => done(null, 'text') })),
  store('answers a session without a cookie', () => ({ get: (_id: string, done: Done) => done(null, { foo: 'bar' }) })),
  store('answers a session with an empty cookie', () => ({
    get: (_id: string, done: Done) => done(null, { cookie: {}, n: 5 }),
  })),
  store('answers Dates', () => ({
    get: (_id: string, done: Done) =>
      done(null, { cookie: { expires: new Date(Date.now() + 500), originalMaxAge: 1000 }, n: 5 }),
  })),
  store('answers the very object that it keeps', () => {
    const kept = new Map<unknown, unknown>()
    return { get: now((id) => kept.get(id)), set: now((id, value) => void kept.set(id, value)) }
  }),
  store('answers promises, and calls back too', (memory) => ({
    get: (id: string, done: Done) =>
      new Promise<void>((resolve) =>
        theirs.MemoryStore.prototype.get.call(memory, id, (...values: unknown[]) => resolve(done(...values))),
      ),
  })),
  store('all is said in the session: more than its members', (memory) => ({
    get: (id: string, done: Done) =>
      theirs.MemoryStore.prototype.get.call(memory, id, (error: unknown, value: unknown) =>
        done(error, value && { lastModified: 'x', __proto__: { inherited: 1 }, ...value }),
      ),
  })),
  {
    name: 'store: methods are looked up when they are called',
    app: connect({}, ending),
    steps: [
      '/set',
      ...(['get', 'set', 'touch', 'destroy'] as const).map(
        (method): Step =>
          (world) => {
            const old = storeOf(world)[method]
            Object.assign(storeOf(world), {
              [method](this: unknown, ...values: unknown[]) {
                world.recorder.note('replaced', method, values.length, this === storeOf(world))
                return (old as Done).apply(this, values as [])
              },
            })
          },
      ),
      '/',
      '/set',
      '/end',
    ],
  },
  {
    name: 'store: whether it can touch is asked once',
    app: connect((session, recorder) => {
      const memory = new session.MemoryStore()
      Object.assign(memory, { touch: undefined })
      return { store: recorded(memory, recorder) }
    }),
    steps: [
      '/set',
      (world) => {
        Object.assign(storeOf(world), {
          touch: (_id: string, _session: unknown, done: Done) => done(world.recorder.note('touched')),
        })
      },
      '/',
    ],
  },
  {
    name: 'store: what is handed to it',
    app: connect((session, recorder) => {
      const memory = new session.MemoryStore()
      const { get, set, touch } = memory
      Object.assign(memory, {
        get: (...values: unknown[]) => {
          recorder.note('get', values.length, typeof values[1])
          return get.apply(memory, values as Parameters<typeof get>)
        },
        set: (...values: unknown[]) => {
          const given = values[1] as { cookie: unknown; id: unknown }
          recorder.note(
            'set',
            values.length,
            given instanceof session.Session,
            given.cookie instanceof session.Cookie,
            given.id,
          )
          return set.apply(memory, values as Parameters<typeof set>)
        },
        touch: (...values: unknown[]) => {
          const given = values[1] as { cookie: unknown; id: unknown }
          recorder.note(
            'touch',
            values.length,
            given instanceof session.Session,
            given.cookie instanceof session.Cookie,
            given.id,
          )
          return touch.apply(memory, values as Parameters<typeof touch>)
        },
      })
      return { store: memory, cookie: { maxAge: 1000 } }
    }),
    steps: ['/set', '/', '/set'],
  },

  failing('get', {}, '/set', fails('get'), '/', '/set', { path: '/set', browser: 'b' }),
  failing('get, ENOENT', {}, '/set', fails('get', failure('ENOENT')), '/', '/set'),
  failing('get, another code', {}, '/set', fails('get', failure('ECONNREFUSED')), '/'),
  failing('get, an error that is text', {}, '/set', fails('get', 'no'), '/'),
  failing('get throws', {}, '/set', throws('get'), '/'),
  failing(
    'get throws later',
    {},
    '/set',
    from('get', (_id, done) => setImmediate(() => (done as Done)(failure()))),
    '/',
  ),
  failing('set', {}, fails('set'), '/set', '/', '/set'),
  failing('set, saved anyway', { saveUninitialized: true, resave: true }, fails('set'), '/', '/set'),
  failing('set of a loaded session', {}, '/set', fails('set'), '/set', '/'),
  failing('set of a loaded session, with maxAge', { cookie: { maxAge: 1000 } }, '/set', fails('set'), '/set', '/'),
  failing('set of a loaded session, rolling', { rolling: true }, '/set', fails('set'), '/set', '/'),
  failing('set throws', {}, throws('set'), '/set', '/'),
  failing('touch', {}, '/set', fails('touch'), '/', '/'),
  failing('touch, rolling', { rolling: true }, '/set', fails('touch'), '/'),
  failing('touch throws', {}, '/set', throws('touch'), '/'),
  failing('destroy', unset, '/set', fails('destroy'), '/end', '/', '/set', '/'),
  failing('destroy of a new session', unset, fails('destroy'), '/end'),
  failing('destroy throws', unset, '/set', throws('destroy'), '/end'),
  failing(
    'set calls back twice',
    {},
    from('set', (_id, _session, done) => [(done as Done)(), (done as Done)()]),
    '/set',
    '/',
  ),
  failing(
    'set calls back twice, the second time with an error',
    {},
    from('set', (_id, _session, done) => [(done as Done)(), (done as Done)(failure())]),
    '/set',
  ),
  failing(
    'touch calls back twice',
    {},
    '/set',
    from('touch', (_id, _session, done) => [(done as Done)(), (done as Done)()]),
    '/',
  ),
  failing(
    'get never calls back',
    {},
    '/set',
    from('get', () => {}),
    { path: '/', patience: 400 },
  ),
  failing(
    'set never calls back',
    {},
    from('set', () => {}),
    { path: '/set', patience: 400 },
  ),
  failing(
    'touch never calls back',
    {},
    '/set',
    from('touch', () => {}),
    { path: '/', patience: 400 },
  ),
  failing(
    'destroy never calls back',
    unset,
    '/set',
    from('destroy', () => {}),
    { path: '/end', patience: 400 },
  ),
  {
    name: 'store errors: save within the handler, and at the end again',
    app: connect({}, (req, res, { recorder }) => {
      count(req.session)
      req.session.save((...values) => {
        recorder.note('saved', ...values)
        res.end('done')
      })
    }),
    steps: [fails('set'), '/', '/'],
  },
]
