import { createSecretKey } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { attempt, connect, count, pure, recorded, SECRET, touched } from '../support/serve.ts'
import type { ExpressScenario, SessionModule } from '../support/types.ts'

/** Notes what making the middleware with these options answers or throws. */
const made = (label: string, ...given: object[]): ExpressScenario => ({
  name: `options: ${label}`,
  ...pure((session, recorder) => {
    for (const each of given) {
      attempt(
        recorder,
        label,
        () => typeof session({ secret: SECRET, resave: false, saveUninitialized: false, ...each }),
      )
    }
  }),
})

const key = Buffer.from('a key of bytes')

/** The same requests on one option. */
const named = (name: string, options: object): ExpressScenario => ({
  name: `options: ${name}`,
  app: connect(options),
  steps: ['/', '/set', '/', '/set'],
})

/** Two servers on one store, with secrets of their own. The second is under `/second`. */
const rotated = (name: string, first: unknown, second: unknown, more: object = {}): ExpressScenario => ({
  name: `secrets: ${name}`,
  app: (session, recorder) => {
    const store = recorded(new session.MemoryStore(), recorder)
    let ids = 0
    const genid = () => `sid-${++ids}`
    const [one, two] = [first, second].map((secret) => connect({ secret, store, genid, ...more })(session, recorder))
    return async (req, res) => {
      const listener = await (req.url?.startsWith('/second') ? two : one)
      listener?.(req, res)
    }
  },
  steps: ['/set', '/second', '/second/set', '/second', '/', '/set'],
})

export const options: readonly ExpressScenario[] = [
  made('genid must be a function', { genid: 'bogus!' }, { genid: 1 }, { genid: {} }, { genid: null }, { genid: false }),
  made('unset must be known', { unset: 'bogus!' }, { unset: 1 }, { unset: '' }, { unset: null }, { unset: 'keep' }),
  made('secret arrays are not empty', { secret: [] }, { secret: [''] }, { secret: '' }, { secret: undefined }),
  made('a store has to emit', { store: {} }, { store: { get() {} } }, { store: new EventEmitter() }),
  made('cookie options are not checked early', { cookie: 'x' }, { cookie: 1 }, { cookie: { maxAge: 'x' } }),
  made('null is no better than nothing', { cookie: null, name: null, key: null, genid: undefined, store: null }),
  {
    name: 'options: no options at all',
    app: (session, recorder) => {
      const middlewares = [session(), session(undefined), session({})]
      return (req, res) => {
        let left = middlewares.length
        for (const middleware of middlewares) {
          middleware(req, res, (error) => {
            recorder.error(error)
            if (--left === 0) res.end('done')
          })
        }
      }
    },
    steps: ['/'],
  },
  {
    name: 'options: resave and saveUninitialized are true when they are not given',
    app: connect({ resave: undefined, saveUninitialized: undefined }),
    steps: ['/', '/', '/set', '/'],
  },
  {
    name: 'options: falsy and truthy values that are not booleans',
    app: connect({ resave: 0, saveUninitialized: 'yes', rolling: 1, cookie: { maxAge: 1000 } }),
    steps: ['/', '/', '/set', '/'],
  },
  {
    name: 'options: null for resave',
    app: connect({ resave: null, saveUninitialized: null }),
    steps: ['/', '/set', '/'],
  },
  named('name', { name: 'sid' }),
  named('key, the old alias', { key: 'sid' }),
  named('name wins over key', { name: 'sid', key: 'other' }),
  named('an empty name is the default', { name: '', key: '' }),
  named('a name as an object has it', { name: 'toString' }),
  named('a name that has to be escaped is refused', { name: 'a b' }),
  named('a secret of bytes', { secret: key }),
  named('a secret that is a KeyObject', { secret: createSecretKey(key) }),
  named('a secret that is a Uint8Array', { secret: new Uint8Array(key) }),
  named('a secret that is a number', { secret: 5 }),
  named('a list of secrets', { secret: ['first', 'second'] }),
  named('a list with bytes in it', { secret: [key, SECRET] }),
  named('the default id', { genid: undefined }),
  named('an id with every kind of character', { genid: () => 'a.b/c+d=e%f g;h,i"j\\kü€' }),
  named('an id that is empty', { genid: () => '' }),
  named('an id that is a number', { genid: () => 7 }),
  named('an id that is no id', { genid: () => undefined }),
  {
    name: 'options: genid gets the request, and its error is thrown or passed on',
    app: connect((_session, recorder) => ({
      genid: (req: { url: string }) => {
        recorder.note('genid', req.url)
        if (req.url === '/fail') throw new Error('no id')
        return req.url
      },
    })),
    steps: ['/set', { path: '/other/set', browser: 'b' }, { path: '/fail', cookie: 'connect.sid=s%3Ax.y' }, '/fail'],
  },
  {
    name: 'options: genid fails for a session that is not in the store',
    app: connect((_session, recorder) => ({
      genid: (req: { url: string }) => {
        recorder.note('genid', req.url)
        if (req.url === '/fail') throw new Error('no id')
        return 'first'
      },
    })),
    steps: ['/set', ({ recorder }) => (recorder.shared.store as { clear(): void }).clear(), '/fail'],
  },
  {
    name: 'options: known signatures',
    app: connect({ genid: (req: { url: string }) => req.url.slice(1), saveUninitialized: true }),
    steps: ['apple', '%25', '/foo'].map((id, i) => ({ path: `/${id}`, browser: String(i) })),
  },
  {
    name: 'secrets: none, neither as an option nor in the request',
    app: connect({ secret: undefined }),
    steps: ['/', { path: '/', cookie: 'connect.sid=s%3Asid.x' }],
  },
  {
    name: 'secrets: req.secret stands in for a missing option',
    app: connect({ secret: undefined, saveUninitialized: true }, touched, (req) => {
      req.secret = req.url === '/other' ? 'other' : SECRET
    }),
    steps: ['/', '/set', '/other', '/'],
  },
  {
    name: 'secrets: the option wins over req.secret',
    app: connect({ saveUninitialized: true }, touched, (req) => {
      req.secret = 'other'
    }),
    steps: ['/', '/set', '/'],
  },
  rotated('a new one first, the old one still known', 'old', ['new', 'old']),
  rotated('a new one first, with maxAge', 'old', ['new', 'old'], { cookie: { maxAge: 60_000 } }),
  rotated('a new one first, rolling', 'old', ['new', 'old'], { rolling: true }),
  rotated('a new one first, resave', 'old', ['new', 'old'], { resave: true }),
  rotated('the old one is gone', ['old', 'older'], 'new'),
  rotated('signed with the first only', ['first', 'second'], 'second'),
  rotated('read with any', 'third', ['first', 'second', 'third']),
  {
    name: 'options: a session belongs to its request',
    app: connect({}, (req, res, { recorder }) => {
      recorder.note('own', Object.getOwnPropertyNames(req.session), Object.keys(req.session))
      recorder.note('id', req.sessionID, req.session.id, req.session.req === req)
      const descriptors = Object.getOwnPropertyDescriptors(req.session)
      for (const name of ['id', 'req']) {
        const { writable, enumerable, configurable } = descriptors[name] ?? {}
        recorder.note(name, writable, enumerable, configurable)
      }
      const { store } = recorder.shared
      recorder.note(
        'store',
        req.sessionStore === store,
        Object.keys(req).filter((name) => name.startsWith('session')),
      )
      const names: string[] = []
      for (const name in req.session) names.push(name)
      recorder.note('in', names)
      res.end(String(count(req.session)))
    }),
    steps: ['/', '/'],
  },
  {
    name: 'options: the module',
    ...pure((session: SessionModule, recorder) => {
      recorder.note('type', typeof session, session.name, session.length)
      recorder.note('keys', Object.keys(session).sort())
      const { Store, MemoryStore, Cookie, Session } = session
      for (const each of [Store, MemoryStore, Cookie, Session])
        recorder.note('constructor', (each as { name: string }).name)
      recorder.note('middleware', session({ secret: SECRET, resave: false, saveUninitialized: false }).length)
      recorder.note('bound', typeof session.bind(null, { secret: SECRET, resave: false, saveUninitialized: false })())
    }),
  },
]
