import { shown } from '../../harness/recorder.ts'
import { attempt, pure } from '../support/serve.ts'
import type { ExpressScenario, TestCookie } from '../support/types.ts'

const MEMBERS = [
  'path',
  'maxAge',
  'httpOnly',
  'expires',
  'originalMaxAge',
  'secure',
  'sameSite',
  'domain',
  'partitioned',
  'priority',
]

/** Everything that can be seen of a cookie. */
const seen = (cookie: TestCookie): string[] => [
  `keys ${Object.keys(cookie).join()}`,
  `own ${Object.getOwnPropertyNames(cookie).join()}`,
  ...MEMBERS.map((name) => `${name} ${shown(cookie[name])}`),
  `data ${Object.keys(cookie.data).join()} ${shown(cookie.data)}`,
  `JSON ${shown(cookie)}`,
]

const made = (name: string, ...given: (() => unknown)[]): ExpressScenario => ({
  name: `Cookie: ${name}`,
  ...pure(({ Cookie }, recorder) => {
    for (const each of given) {
      attempt(recorder, name, () => {
        const cookie = new Cookie(each())
        const lines = seen(cookie)
        return [...lines, `serialized ${cookie.serialize('name', 'a value')}`]
      })
    }
  }),
})

const changed = (name: string, ...changes: ((cookie: TestCookie) => unknown)[]): ExpressScenario => ({
  name: `Cookie: ${name}`,
  ...pure(({ Cookie }, recorder) => {
    const cookie = new Cookie({ maxAge: 1000 })
    for (const change of changes) {
      attempt(recorder, name, () => change(cookie))
      attempt(recorder, 'now', () => seen(cookie))
      attempt(recorder, 'serialized', () => cookie.serialize('name', 'value'))
    }
  }),
})

const later = () => new Date(Date.now() + 5000)

export const cookieObject: readonly ExpressScenario[] = [
  made(
    'nothing',
    () => undefined,
    () => null,
    () => ({}),
    () => false,
    () => 0,
    () => '',
  ),
  made(
    'no object',
    () => 'x',
    () => 1,
    () => true,
    () => () => {},
    () => [],
  ),
  made('every attribute', () => ({
    path: '/x',
    httpOnly: false,
    secure: true,
    domain: 'example.com',
    sameSite: true,
    priority: 'low',
    partitioned: true,
  })),
  ...[0, 1, -1, 1.5, 3e9, 9e15, Number.NaN, Number.POSITIVE_INFINITY, '1', true, false, null, undefined, {}, 1n].map(
    (maxAge) => made(`maxAge ${shown(maxAge)} ${typeof maxAge}`, () => ({ maxAge })),
  ),
  made('maxAge as a Date', () => ({ maxAge: later() })),
  ...[null, undefined, false, true, 0, 5, '', 'tomorrow', '2026-03-04T12:00:10.000Z', {}].map((expires) =>
    made(`expires ${shown(expires)} ${typeof expires}`, () => ({ expires })),
  ),
  made(
    'expires as a Date',
    () => ({ expires: later() }),
    () => ({ expires: new Date(0) }),
    () => ({ expires: new Date(Number.NaN) }),
  ),
  made(
    'the order of keys',
    () => ({ expires: later(), maxAge: 1000 }),
    () => ({ maxAge: 1000, expires: later() }),
    () => ({ maxAge: 1000, originalMaxAge: 7 }),
    () => ({ originalMaxAge: 7, maxAge: 1000 }),
    () => ({ originalMaxAge: 7 }),
    () => ({ originalMaxAge: null, expires: later() }),
  ),
  made(
    'other members',
    () => ({ color: 'red', data: 1, serialize: undefined }),
    () => ({ color: 'red', data: { path: '/y' } }),
  ),
  made('what a prototype has', () => Object.create({ path: '/p', maxAge: 100, data: 1 })),
  made(
    'another cookie',
    () => ({ _expires: later() }),
    () => ({ toJSON: 5 }),
  ),
  made(
    'what cannot be serialized',
    () => ({ path: 'a;b' }),
    () => ({ domain: 'a;b' }),
    () => ({ sameSite: 'x' }),
    () => ({ priority: 'x' }),
  ),
  {
    name: 'Cookie: a copy of a cookie',
    ...pure(({ Cookie }, recorder) => {
      const one = new Cookie({ maxAge: 1000, path: '/one', color: 'red' })
      attempt(recorder, 'copy', () => seen(new Cookie(one)))
      attempt(recorder, 'from JSON', () => seen(new Cookie(JSON.parse(JSON.stringify(one)))))
      attempt(recorder, 'from data', () => seen(new Cookie(one.data)))
    }),
  },
  changed(
    'maxAge afterwards',
    (cookie) => (cookie.maxAge = 5000),
    (cookie) => (cookie.maxAge = 0),
    (cookie) => (cookie.maxAge = 'x'),
    (cookie) => (cookie.maxAge = null),
    (cookie) => (cookie.maxAge = later()),
    (cookie) => (cookie.maxAge = undefined),
    (cookie) => (cookie.maxAge = false),
    (cookie) => (cookie.maxAge = ''),
    (cookie) => (cookie.maxAge = {}),
    (cookie) => (cookie.maxAge = Number.NaN),
  ),
  changed(
    'expires afterwards',
    (cookie) => (cookie.expires = later()),
    (cookie) => (cookie.expires = null),
    (cookie) => (cookie.expires = false),
    (cookie) => (cookie.expires = '2026-03-04T12:00:10.000Z'),
    (cookie) => (cookie.expires = undefined),
    (cookie) => (cookie.expires = 5),
  ),
  changed(
    'the rest afterwards',
    (cookie) => (cookie.originalMaxAge = 9),
    (cookie) => (cookie.path = '/new'),
    (cookie) => (cookie.path = undefined),
    (cookie) => (cookie.httpOnly = 0),
    (cookie) => (cookie.secure = 'auto'),
    (cookie) => (cookie.sameSite = 'auto'),
    (cookie) => Reflect.deleteProperty(cookie, 'httpOnly'),
    (cookie) => Reflect.set(cookie, 'data', 1),
  ),
  {
    name: 'Cookie: time passes',
    ...pure(({ Cookie }, recorder) => {
      recorder.shared.cookie = new Cookie({ maxAge: 1000 })
      recorder.note('now', seen(recorder.shared.cookie as TestCookie))
    }),
    steps: [
      ({ recorder }) => (recorder.shared.body as () => void)(),
      ({ advance, recorder }) => {
        advance(400)
        recorder.note('later', seen(recorder.shared.cookie as TestCookie))
      },
      ({ advance, recorder }) => {
        advance(1400)
        recorder.note('too late', seen(recorder.shared.cookie as TestCookie))
      },
    ],
  },
  {
    name: 'Cookie: its prototype',
    ...pure(({ Cookie }, recorder) => {
      const cookie = new Cookie()
      recorder.note('is a', cookie instanceof Cookie)
      for (const name of ['expires', 'maxAge', 'data']) {
        const { get, set } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(cookie), name) ?? {}
        recorder.note(name, typeof get, typeof set)
      }
      const { serialize } = cookie
      attempt(recorder, 'serialize elsewhere', () =>
        serialize.call({ data: { path: '/other' } } as unknown as TestCookie, 'a', 'b'),
      )
      attempt(recorder, 'a bad name', () => cookie.serialize('a b', 'c'))
      attempt(recorder, 'what is escaped', () => cookie.serialize('a', 'ä; b=c,"d"'))
      attempt(recorder, 'fresh data each time', () => {
        const { data } = cookie
        return data === cookie.data
      })
    }),
  },
]
