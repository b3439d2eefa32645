import { shown } from '../../harness/recorder.ts'
import type { Step } from '../../harness/scenario.ts'
import { attempt, connect, ended, type Handler, storeOf, touched } from '../support/serve.ts'
import type { ExpressScenario, Req, TestSession } from '../support/types.ts'

/** First `before` fills a new session, then each `change` runs on a loaded one: is it a modification? */
const modified = (
  name: string,
  before: (session: TestSession) => unknown,
  ...changes: ((session: TestSession) => unknown)[]
): ExpressScenario => ({
  name: `data: ${name}`,
  app: connect({ cookie: { maxAge: 60_000 } }, (req, res, { recorder }) => {
    const act = [before, ...changes][Number(req.url?.slice(1))]
    attempt(recorder, 'did', () => act?.(req.session))
    ended(recorder, res, shown(req.session))
  }),
  steps: [before, ...changes].map((_, i) => `/${i}`),
})

/** What the handler does to `req.session` itself. */
const replaced = (name: string, act: (req: Req) => unknown, given: object = {}): ExpressScenario => {
  const handler: Handler = (req, res, context) => {
    if (req.url !== '/act') return touched(req, res, context)
    attempt(context.recorder, 'did', () => act(req))
    return ended(context.recorder, res, `${typeof req.session} ${typeof req.sessionID}`)
  }
  const steps: readonly Step[] = ['/act', '/set', '/act', '/', '/set']
  return { name: `req.session: ${name}`, app: connect(given, handler), steps }
}

/** What stands in the store and what the next request makes of it. */
const stored = (name: string, ...values: unknown[]): ExpressScenario => ({
  name: `stored: ${name}`,
  app: connect({}),
  steps: [
    '/set',
    ...values.flatMap((value): Step[] => [
      (world) => {
        storeOf(world).sessions['sid-1'] = typeof value === 'string' ? value : JSON.stringify(value)
      },
      '/',
      '/set',
    ]),
  ],
})

const cookie = { originalMaxAge: null, expires: null, httpOnly: true, path: '/' }
const unset = { unset: 'destroy' }
const anyway = { saveUninitialized: true, resave: true, rolling: true }

export const data: readonly ExpressScenario[] = [
  modified(
    'the order of keys',
    (s) => Object.assign(s, { a: 1, b: 2 }),
    (s) => {
      const { a } = s
      Reflect.deleteProperty(s, 'a')
      s.a = a
    },
  ),
  modified(
    'the order of keys within',
    (s) => (s.in = { a: 1, b: 2 }),
    (s) => (s.in = { b: 2, a: 1 }),
  ),
  modified(
    'the same again',
    (s) => (s.a = { b: [1, 2] }),
    (s) => (s.a = { b: [1, 2] }),
    (s) => (s.a = JSON.parse('{"b":[1,2]}')),
  ),
  modified(
    'there and back',
    (s) => (s.a = 1),
    (s) => {
      s.a = 2
      s.a = 1
    },
  ),
  modified(
    'undefined',
    (s) => (s.a = undefined),
    (s) => (s.b = undefined),
    (s) => (s.c = { d: undefined }),
  ),
  modified(
    'deleting',
    (s) => Object.assign(s, { a: 1, b: 2 }),
    (s) => Reflect.deleteProperty(s, 'a'),
    (s) => Reflect.deleteProperty(s, 'x'),
  ),
  modified(
    'a cookie within',
    (s) => (s.user = { cookie: 1 }),
    (s) => ((s.user as { cookie: number }).cookie = 2),
  ),
  modified(
    'cookies in a list',
    (s) => (s.list = [{ cookie: 1 }]),
    (s) => (s.list = [{ cookie: 2 }]),
  ),
  modified(
    'its own cookie',
    (s) => (s.a = 1),
    (s) => (s.cookie.path = '/x'),
    (s) => (s.cookie.color = 'red'),
    (s) => (s.cookie.sameSite = 'lax'),
  ),
  modified(
    'Dates',
    (s) => (s.at = new Date(0)),
    (s) => (s.at = new Date(0)),
    (s) => (s.at = '1970-01-01T00:00:00.000Z'),
    (s) => (s.at = new Date(1)),
  ),
  modified(
    'a toJSON of a value',
    (s) => (s.v = { toJSON: () => 'text' }),
    (s) => (s.v = 'text'),
    (s) => (s.v = { toJSON: (key: string) => key }),
  ),
  modified(
    'a toJSON of the session',
    (s) => (s.a = 1),
    (s) => (s.toJSON = () => ({ b: 1 })),
    (s) => (s.a = 2),
  ),
  modified(
    'numbers',
    (s) => (s.n = Number.NaN),
    (s) => (s.n = null),
    (s) => (s.n = -0),
    (s) => (s.n = 0),
    (s) => (s.n = 1e21),
  ),
  modified(
    'symbols and functions',
    (s) => Object.assign(s, { f: () => {}, [Symbol('s')]: 1, y: Symbol('y') }),
    (s) => (s.f = 1),
  ),
  modified(
    'Map, Set, bytes',
    (s) => Object.assign(s, { m: new Map([[1, 2]]), s: new Set([1]), b: Buffer.from('b'), u: new Uint8Array(2) }),
    () => {},
  ),
  modified(
    'classes and prototypes',
    (s) => (s.o = Object.create({ inherited: 1 }, { own: { value: 2, enumerable: true } })),
    () => {},
  ),
  modified(
    'getters',
    (s) => Object.defineProperty(s, 'g', { get: () => 5, enumerable: true, configurable: true }),
    (s) => s.g,
  ),
  modified(
    'members that are not enumerable',
    (s) => Object.defineProperty(s, 'hidden', { value: 1, enumerable: false }),
    (s) => Object.defineProperty(s, 'a', { value: 1 }),
  ),
  modified(
    'text of every kind',
    (s) => (s.t = 'ä€😀\u0000\u2028"\\'),
    (s) => (s.t = '\ud800'),
    (s) => (s.kéy = 1),
    (s) => (s[''] = 2),
  ),
  modified(
    'a key called __proto__',
    (s) =>
      Object.defineProperty(s, '__proto__', { value: { a: 1 }, enumerable: true, configurable: true, writable: true }),
    () => {},
  ),
  modified(
    'numbers as keys',
    (s) => Object.assign(s, { b: 1, 2: 2, 1: 1 }),
    (s) => (s['0'] = 0),
  ),
  modified(
    'lists',
    (s) => (s.l = [1, undefined, () => {}, [2]]),
    (s) => (s.l as unknown[]).push(3),
    (s) => ((s.l as unknown[]).length = 0),
  ),
  modified(
    'reserved names',
    (s) => Object.assign(s, { touch: 1 }),
    () => {},
  ),
  modified(
    'methods that are overwritten',
    (s) => (s.reload = 'mine' as never),
    (s) => (s.regenerate = 1 as never),
    () => {},
  ),
  modified(
    'read only',
    (s) => (s.a = { b: 1 }),
    (s) => (s.a as { b: number }).b,
    (s) => Object.keys(s),
    (s) => ({ ...s }),
    (s) => JSON.stringify(s),
  ),
  modified(
    'frozen',
    (s) => (s.a = 1),
    (s) => Object.isFrozen(Object.freeze(s)),
  ),
  modified(
    'in and of',
    (s) => Object.assign(s, { a: 1 }),
    (s) => ['a' in s, 'b' in s, 'save' in s, 'id' in s, 'cookie' in s, Object.entries(s).map(([key]) => key)],
  ),
  modified(
    'BigInt',
    (s) => (s.a = 1),
    (s) => (s.big = 1n),
    () => {},
  ),
  modified(
    'a circle',
    (s) => (s.a = 1),
    (s) => (s.circle = s),
    () => {},
  ),
  modified(
    'the cookie is no cookie',
    (s) => (s.a = 1),
    (s) => (s.cookie = null as never),
    () => {},
  ),

  replaced('deleted', (req) => Reflect.deleteProperty(req, 'session')),
  replaced('null', (req) => Object.assign(req, { session: null }) === req),
  replaced('undefined', (req) => Object.assign(req, { session: undefined }) === req),
  replaced('false', (req) => Object.assign(req, { session: false }) === req),
  replaced('deleted, unset: destroy', (req) => Reflect.deleteProperty(req, 'session'), unset),
  replaced('null, unset: destroy', (req) => Object.assign(req, { session: null }) === req, unset),
  replaced('undefined, unset: destroy', (req) => Object.assign(req, { session: undefined }) === req, unset),
  replaced('false, unset: destroy', (req) => Object.assign(req, { session: false }) === req, unset),
  replaced('null, saved anyway', (req) => Object.assign(req, { session: null }) === req, anyway),
  replaced('null, saved anyway, unset: destroy', (req) => Object.assign(req, { session: null }) === req, {
    ...anyway,
    ...unset,
  }),
  replaced('a plain object', (req) => Object.assign(req, { session: { n: 50 } }) === req),
  replaced('text', (req) => Object.assign(req, { session: 'text' }) === req),
  replaced('itself', (req) => Object.assign(req, { session: req.session }) === req),
  replaced(
    'an id that is no text',
    (req) => Object.assign(req, { sessionID: () => {} }) === req && (req.session.x = 1),
  ),
  replaced(
    'an id that is undefined',
    (req) => Object.assign(req, { sessionID: undefined }) === req && (req.session.x = 1),
  ),
  replaced(
    'an id that is null, and no session',
    (req) => Object.assign(req, { sessionID: null, session: null }) === req,
    unset,
  ),
  replaced('another id', (req) => Object.assign(req, { sessionID: 'another' }) === req && (req.session.x = 1)),
  replaced('another id, untouched', (req) => Object.assign(req, { sessionID: 'another' }) === req),
  replaced('another id, saved anyway', (req) => Object.assign(req, { sessionID: 'another' }) === req, anyway),
  replaced('what kind of member it is', (req) => {
    const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(req, 'session') ?? {}
    return [writable, enumerable, configurable, 'session' in req, Object.keys(req).slice(-3)]
  }),

  stored('names that are reserved', {
    cookie,
    id: 'x',
    req: 'y',
    save: 'nope',
    touch: 1,
    constructor: 2,
    toString: 3,
    n: 1,
  }),
  stored('no cookie', { n: 1 }, { cookie: null, n: 1 }, { cookie: 5, n: 1 }),
  stored(
    'a cookie of few members',
    { cookie: {}, n: 1 },
    { cookie: { expires: null }, n: 1 },
    { cookie: { maxAge: 500 }, n: 1 },
  ),
  stored('a cookie of many members', {
    cookie: { ...cookie, color: 'red', secure: false, sameSite: 'lax', domain: 'a.b', priority: 'low' },
    n: 1,
  }),
  stored('a cookie that is Secure', { cookie: { ...cookie, secure: true }, n: 1 }),
  stored('an expires far away', {
    cookie: { ...cookie, expires: '2999-01-01T00:00:00.000Z', originalMaxAge: 5000 },
    n: 1,
  }),
  stored('an expires that is a number', { cookie: { ...cookie, expires: 1_900_000_000_000 }, n: 1 }),
  stored('an expires that is no instant', { cookie: { ...cookie, expires: 'tomorrow' }, n: 1 }),
  stored('an expires in the past', { cookie: { ...cookie, expires: '2020-01-01T00:00:00.000Z' }, n: 1 }),
  stored('a maxAge without an expires', { cookie: { ...cookie, originalMaxAge: 5000 }, n: 1 }),
  stored('a key called __proto__', `{"cookie":${JSON.stringify(cookie)},"__proto__":{"admin":true},"n":1}`),
  stored('keys in another order', { n: 1, cookie }, { a: 1, cookie, n: 1 }),
  stored('a list', [1, 2]),
  stored('text and numbers', '"text"', '5', 'true', 'null'),
  stored('text that is no JSON', '{'),
]
