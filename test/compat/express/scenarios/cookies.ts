import type { Step } from '../../harness/scenario.ts'
import { connect, type Handler, touched } from '../support/serve.ts'
import type { ExpressScenario } from '../support/types.ts'

const usual: readonly Step[] = ['/', '/set', '/', '/set']
const https: Step = { path: '/set', headers: { 'x-forwarded-proto': 'https' } }

const cookie = (name: string, given: unknown, steps: readonly Step[] = usual, more: object = {}): ExpressScenario => ({
  name: `cookie: ${name}`,
  app: connect({ cookie: given, ...more }),
  steps,
})

/** What the application does to its cookie in the handler. */
const changed = (name: string, change: (session: { cookie: Record<string, unknown> }) => void): ExpressScenario => {
  const handler: Handler = (req, res, context) => {
    change(req.session)
    return touched(req, res, context)
  }
  return { name: `cookie: ${name}`, app: connect({ saveUninitialized: true }, handler), steps: ['/', '/', '/set'] }
}

/** How the request says that it came over TLS. */
const secured = (name: string, options: object, given: object = { secure: true }): ExpressScenario => ({
  name: `secure: ${name}`,
  app: connect({ cookie: given, ...options }, touched, (req) => {
    const { 'x-secure': secure, 'x-encrypted': encrypted } = req.headers
    if (secure !== undefined) Object.assign(req, { secure: JSON.parse(String(secure)) })
    if (encrypted !== undefined) Object.assign(req.socket, { encrypted: true })
  }),
  steps: [
    { path: '/set', browser: 'encrypted', headers: { 'x-encrypted': '1' } },
    { path: '/set', browser: 'forwarded', headers: { 'x-forwarded-proto': 'https' } },
    { path: '/', browser: 'forwarded', headers: { 'x-forwarded-proto': 'https' } },
    { path: '/set', browser: 'forwarded twice', headers: { 'x-forwarded-proto': 'HTTPS , http' } },
    { path: '/set', browser: 'express', headers: { 'x-secure': 'true' } },
  ],
})

/** Where a Secure cookie cannot be sent. */
const unsecured = (name: string, options: object, headers: Record<string, string>): ExpressScenario => ({
  ...secured(name, options),
  steps: [
    { path: '/', headers },
    { path: '/set', headers },
  ],
})

export const cookies: readonly ExpressScenario[] = [
  cookie('all attributes', { domain: 'example.com', path: '/', httpOnly: false, sameSite: 'lax', priority: 'high' }),
  cookie('partitioned', { partitioned: true }),
  cookie('partitioned: false', { partitioned: false }),
  ...[true, false, 'strict', 'none', 'Lax', 'bogus'].map((sameSite) => cookie(`sameSite ${sameSite}`, { sameSite })),
  ...['low', 'Medium', 'HIGH', 'bogus'].map((priority) => cookie(`priority ${priority}`, { priority })),
  ...['', ' ', 'a;b', '.example.com', null].map((domain) => cookie(`domain ${JSON.stringify(domain)}`, { domain })),
  ...[0, -1, 1, 1500, 3_000_000_000, 1.5, Number.NaN, '60000', true, null, false].map((maxAge) =>
    cookie(`maxAge ${JSON.stringify(maxAge)}${Number.isNaN(maxAge) ? ' (not a number)' : ''}`, { maxAge }),
  ),
  {
    name: 'cookie: maxAge as a Date',
    app: (session, recorder) => connect({ cookie: { maxAge: new Date(Date.now() + 5000) } })(session, recorder),
    steps: [...usual, ({ advance }) => advance(3000), '/', '/set', ({ advance }) => advance(3000), '/', '/set'],
  },
  {
    name: 'cookie: expires as a Date',
    app: (session, recorder) => connect({ cookie: { expires: new Date(Date.now() + 5000) } })(session, recorder),
    steps: [...usual, ({ advance }) => advance(3000), '/', '/set', ({ advance }) => advance(3000), '/', '/set'],
  },
  {
    name: 'cookie: the later one of maxAge and expires wins',
    app: async (session, recorder) => {
      const expires = new Date(Date.now() + 5000)
      const one = await connect({ cookie: { expires, maxAge: 1000 } })(session, recorder)
      const two = await connect({ cookie: { maxAge: 1000, expires } })(session, recorder)
      return (req, res) => (req.url === '/one/set' ? one : two)(req, res)
    },
    steps: [{ path: '/one/set' }, { path: '/two/set', browser: 'b' }],
  },
  cookie('an expires that is no instant', { expires: new Date(Number.NaN) }),
  cookie('an expires that is text', { expires: 'tomorrow' }),
  cookie('expires: false', { expires: false }),
  cookie('originalMaxAge of its own', { originalMaxAge: 5000 }),
  cookie('members that it does not know, and one called data', { color: 'red', data: { path: '/x' }, encode: 1 }),
  cookie('members of a prototype', Object.create({ path: '/set', httpOnly: false })),
  cookie('null', null),
  cookie('text', 'x'),
  cookie('httpOnly and secure that are not booleans', { httpOnly: 0, secure: 0 }),
  cookie('a function', () => ({ maxAge: 5000, sameSite: 'lax' })),
  cookie('a function that answers nothing', () => undefined),
  cookie('a function that throws', () => {
    throw new Error('no cookie')
  }),
  {
    name: 'cookie: a function is asked with the request, each time',
    app: connect((_session, recorder) => ({
      cookie: (req: { url: string }) => {
        recorder.note('cookie', req.url)
        return { path: req.url.startsWith('/a') ? '/a' : '/', maxAge: 1000 }
      },
    })),
    steps: ['/a/set', '/a', '/b', '/b/set', { path: '/a/set', browser: 'b' }],
  },
  changed('httpOnly taken away', ({ cookie }) => Object.assign(cookie, { httpOnly: false })),
  changed('expires long ago', ({ cookie }) => Object.assign(cookie, { expires: new Date(0) })),
  changed('expires null', ({ cookie }) => Object.assign(cookie, { expires: null })),
  changed('an expires of the session that is no instant', ({ cookie }) =>
    Object.assign(cookie, { expires: new Date(Number.NaN) }),
  ),
  changed('a path that is refused', ({ cookie }) => Object.assign(cookie, { path: 'a;b' })),
  changed('a maxAge that is refused', ({ cookie }) => Object.assign(cookie, { maxAge: 'x' })),
  changed('the cookie is taken away', (session) => Reflect.deleteProperty(session, 'cookie')),
  changed('a plain object instead of the cookie', (session) => Object.assign(session, { cookie: { path: '/plain' } })),
  changed('secure afterwards', ({ cookie }) => Object.assign(cookie, { secure: true })),
  {
    name: 'cookie: a longer one for one session (remember me)',
    app: connect({ cookie: { maxAge: 1000 }, rolling: true }, (req, res, context) => {
      if (req.url === '/set') req.session.cookie.maxAge = 3_000_000_000
      return touched(req, res, context)
    }),
    steps: ['/set', ({ advance }) => advance(100_000), '/', '/set'],
  },

  secured('no proxy option: req.secure counts', {}),
  secured('proxy: true', { proxy: true }),
  secured('proxy: false', { proxy: false }),
  secured('proxy: null', { proxy: null }),
  secured('secure auto, no proxy option', {}, { secure: 'auto' }),
  secured('secure auto, proxy: true', { proxy: true }, { secure: 'auto' }),
  secured('secure auto, proxy: false', { proxy: false }, { secure: 'auto' }),
  secured('sameSite auto, proxy: true', { proxy: true }, { secure: 'auto', sameSite: 'auto' }),
  secured('sameSite auto alone', { proxy: true }, { sameSite: 'auto' }),
  secured('auto within a function', { proxy: true }, () => ({ secure: 'auto', sameSite: 'auto', maxAge: 1000 })),
  unsecured('plain HTTP', {}, {}),
  unsecured('plain HTTP, everything is saved', { saveUninitialized: true }, {}),
  unsecured('a proxy that is not trusted', { proxy: false }, { 'x-forwarded-proto': 'https' }),
  unsecured('a proxy that says http first', { proxy: true }, { 'x-forwarded-proto': 'http, https' }),
  unsecured('a proxy that says nothing', { proxy: true }, {}),
  unsecured('a req.secure that is not true', {}, { 'x-secure': '1' }),
  {
    name: 'secure: auto is decided once, when the session is made',
    app: connect({ proxy: true, cookie: { secure: 'auto' }, rolling: true }),
    steps: ['/set', https, { path: '/', headers: { 'x-forwarded-proto': 'https' } }, '/'],
  },
  {
    name: 'secure: a loaded session with a Secure cookie over plain HTTP',
    app: connect({ proxy: true, cookie: { secure: true, maxAge: 5000 } }),
    steps: [https, '/', '/set', https],
  },
]
