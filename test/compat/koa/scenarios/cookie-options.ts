import Keygrip from 'keygrip'
import { type Story, table, topic } from '../scenario.ts'

const visits = ['/set', '/read', '/set', '/null'] as const
const https = { path: '/set', headers: { 'x-forwarded-proto': 'https' } }

/** What ends up in the attributes of the cookie, and in which order. */
const attributes = table(
  {
    'no options': () => ({}),
    'all attributes at once': () => ({
      path: '/',
      domain: 'example.test',
      priority: 'high',
      sameSite: 'lax',
      httpOnly: true,
      maxAge: 60_000,
    }),
    domain: () => ({ domain: 'example.test' }),
    expires: () => ({ expires: new Date(Date.UTC(2040, 0, 1)) }),
    'expires and maxAge': () => ({ expires: new Date(Date.UTC(2040, 0, 1)), maxAge: 1000 }),
    priority: () => ({ priority: 'low' }),
    'priority of another name': () => ({ priority: 'urgent' }),
    'httpOnly false': () => ({ httpOnly: false }),
    'sameSite lax': () => ({ sameSite: 'lax' }),
    'sameSite strict': () => ({ sameSite: 'strict' }),
    'sameSite None in capitals': () => ({ sameSite: 'None' }),
    'sameSite of another name': () => ({ sameSite: 'bogus' }),
    partitioned: () => ({ partitioned: true }),
    'a key': () => ({ key: 'sid' }),
    'a key with a colon': () => ({ key: 'koa:sess' }),
    'an empty key': () => ({ key: '' }),
    'a key that is no cookie name': () => ({ key: 'a b;c' }),
    'the key undefined': () => ({ key: undefined }),
    'overwrite false': () => ({ overwrite: false }),
    'signed false': () => ({ signed: false }),
    'secure true over http': () => ({ secure: true }),
    'secure false': () => ({ secure: false }),
    'an option that nobody knows': () => ({ whatever: 1 }),
  },
  { steps: visits },
)

const paths: Story[] = [
  {
    name: 'a path other than the root',
    options: () => ({ path: '/admin' }),
    routes: { '/admin/set': (ctx) => void (ctx.session.n = 1), '/admin/read': (ctx) => ctx.session.toJSON() },
    steps: ['/admin/set', '/admin/read', '/read'],
  },
  {
    name: 'secure by the connection, behind a proxy',
    before:
      ({ app }) =>
      (_, next) => {
        app.proxy = true
        return next()
      },
    steps: ['/set', https, '/read'],
  },
  {
    name: 'secure true behind a proxy',
    options: () => ({ secure: true }),
    before:
      ({ app }) =>
      (_, next) => {
        app.proxy = true
        return next()
      },
    steps: [https, '/set'],
  },
  {
    name: 'secureProxy',
    options: () => ({ secure: true, secureProxy: true }),
    steps: ['/set', '/read'],
  },
  {
    name: 'overwrite false and two saves',
    options: () => ({ overwrite: false, signed: false }),
    steps: ['/set-save', '/read'],
  },
]

const signatures: Story[] = [
  { name: 'no keys and a write', keys: null, steps: ['/untouched', '/read', '/set'] },
  {
    name: 'no keys and a cookie that is signed',
    keys: null,
    steps: [{ path: '/read', cookie: 'koa.sess=e30=; koa.sess.sig=x' }],
  },
  { name: 'no keys and signed false', keys: null, options: () => ({ signed: false }), steps: visits },
  {
    name: 'keys that are a Keygrip of another algorithm',
    keys: new Keygrip(['one', 'two'], 'sha256', 'hex'),
    steps: visits,
  },
  {
    name: 'a wrong signature',
    steps: ['/set', { path: '/read', cookie: 'koa.sess=eyJuIjo5fQ==; koa.sess.sig=a9Tlgn-xQef_4FY803EyoDS1yAg' }],
  },
  { name: 'no signature', steps: [{ path: '/read', cookie: 'koa.sess=eyJuIjo5fQ==' }] },
  {
    name: 'a signature by an older key',
    keys: ['new', 'a'],
    steps: [{ path: '/read', cookie: signed('a', { n: 9 }) }, '/read'],
  },
  {
    name: 'a signature by a key that is gone',
    keys: ['new'],
    steps: [{ path: '/read', cookie: signed('a', { n: 9 }) }, '/read'],
  },
  {
    name: 'keys that change between two requests',
    steps: [
      '/set',
      ({ app }) => void (app.keys = ['c', 'a']),
      '/read',
      '/set',
      ({ app }) => void (app.keys = ['c']),
      '/read',
    ],
  },
]

function signed(key: string, data: object): string {
  const value = `koa.sess=${Buffer.from(JSON.stringify(data)).toString('base64')}`
  return `${value}; koa.sess.sig=${new Keygrip([key]).sign(value)}`
}

export const cookieOptions: readonly Story[] = topic('the cookie', [...attributes, ...paths, ...signatures])
