import { createHmac } from 'node:crypto'
import express5 from 'express'
import type { Step } from '../../harness/scenario.ts'
import { connect, count, options, SECRET, touched } from '../support/serve.ts'
import { cookieParser } from '../support/sides.ts'
import type { ExpressScenario } from '../support/types.ts'

const signed = (id: string, secret = SECRET): string =>
  `s:${id}.${createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '')}`
const cookieOf = (id: string, secret?: string): string => `connect.sid=${encodeURIComponent(signed(id, secret))}`
const good = cookieOf('sid-1')

/** A session `sid-1` is there; then come requests with these Cookie headers. */
const found = (name: string, ...headers: string[]): ExpressScenario => ({
  name: `lookup: ${name}`,
  app: connect({ saveUninitialized: true }),
  steps: ['/set', ...headers.map((cookie): Step => ({ path: '/set', cookie, browser: 'b' }))],
})

const last = good.slice(-1)
const forged = `${good.slice(0, -1)}${last === 'A' ? 'B' : 'A'}`

/** The application has parsed the cookies before us, and the header is not what it was. */
const parsed = (
  name: string,
  header: string | undefined,
  secret: string | undefined,
  steps: readonly Step[],
): ExpressScenario => ({
  name: `cookie-parser: ${name}`,
  app: (session, recorder) => {
    const app = express5()
    app.use(cookieParser(secret))
    app.use((req, _res, next) => {
      if (header === undefined) delete req.headers.cookie
      else if (header !== 'kept') req.headers.cookie = header
      next()
    })
    app.use(session(options(session, recorder)))
    app.use((req, res) => {
      res.end(String(count((req as unknown as { session: Parameters<typeof count>[0] }).session)))
    })
    return app
  },
  steps,
})

const own: readonly Step[] = ['/', '/', { path: '/', cookie: 'connect.sid=sid-1' }, { path: '/', cookie: forged }]

export const lookup: readonly ExpressScenario[] = [
  found('the only cookie', good),
  found('among others', `a=1; ${good}; b=2`, `a=1;${good};b=2`, `connect.sid2=1; xconnect.sid=2; ${good}`),
  found('spaces around it', ` connect.sid = ${good.slice(12)} `, `a; ${good}`, `;;${good};`),
  found('not escaped', `connect.sid=${signed('sid-1')}`),
  found('quoted', `connect.sid="${good.slice(12)}"`, `connect.sid="${signed('sid-1')}"`),
  found('in other letters', good.replace('connect', 'Connect'), good.replace('s%3A', 'S%3A')),
  found('forged', forged),
  found(
    'cut off',
    good.slice(0, -1),
    'connect.sid=s%3Asid-1.',
    'connect.sid=s%3Asid-1',
    'connect.sid=s%3A',
    'connect.sid=s',
  ),
  found('longer than it should be', `${good}A`, `${good}%3D`),
  found('not signed', 'connect.sid=sid-1', 'connect.sid=', 'connect.sid', 'connect.sid=j%3A%7B%7D'),
  found('signed for another id', `connect.sid=s%3Asid-2.${good.split('.').at(-1)}`),
  found('signed with another secret', cookieOf('sid-1', 'other')),
  found('an id with dots', cookieOf('a.b.c'), cookieOf('.'), cookieOf('')),
  found('escapes that are broken', 'connect.sid=%E0%A4%A', `connect.sid=%zz; ${good}`),
  found('an id that is not there', cookieOf('unknown'), cookieOf('__proto__'), cookieOf('constructor')),
  found('two, the good one first', `${good}; connect.sid=stale`),
  found('two, the good one last', `connect.sid=stale; ${good}`, `${forged}; ${good}`),
  found('two that are signed, the first is not there', `${cookieOf('gone')}; ${good}`),
  found('two of the same', `${good}; ${good}`),
  found('a line end in the id', cookieOf('sid-1\n'), cookieOf('sid-1\r\nSet-Cookie: x=1')),
  {
    name: 'lookup: an id that is not in the store is not taken over',
    app: connect({}),
    steps: [
      { path: '/set', cookie: cookieOf('chosen') },
      { path: '/', cookie: cookieOf('chosen') },
      '/',
      ({ recorder }) => (recorder.shared.store as { clear(): void }).clear(),
      '/',
      '/set',
    ],
  },
  parsed('req.cookies stands in for the header', 'other=1', undefined, own),
  parsed('req.signedCookies stands in for the header', undefined, SECRET, own),
  parsed('signed with a secret that cookie-parser does not have', undefined, 'other', own),
  parsed('the header is there as well', 'kept', SECRET, own),
  parsed('the header has one that is forged', forged, SECRET, own),
  parsed('the header has one that is not signed', 'connect.sid=x', undefined, own),
  {
    name: 'cookie-parser: req.cookies and req.signedCookies as anything',
    app: connect({}, touched, (req) => {
      const { 'x-cookies': cookies, 'x-signed': signedCookies } = req.headers
      if (cookies) req.cookies = JSON.parse(String(cookies))
      if (signedCookies) req.signedCookies = JSON.parse(String(signedCookies))
    }),
    steps: [
      '/set',
      ...[
        {},
        { 'connect.sid': false },
        { 'connect.sid': '' },
        { 'connect.sid': 'sid-1' },
        { 'connect.sid': 'sid-9' },
      ].map((value): Step => ({ path: '/', cookie: false, headers: { 'x-signed': JSON.stringify(value) } })),
      ...[{}, { 'connect.sid': signed('sid-1') }, { 'connect.sid': good }, { 'connect.sid': 's:' }].map(
        (value): Step => ({ path: '/', cookie: false, headers: { 'x-cookies': JSON.stringify(value) } }),
      ),
      {
        path: '/',
        cookie: 'connect.sid=x',
        headers: { 'x-cookies': JSON.stringify({ 'connect.sid': signed('sid-1') }), 'x-signed': '{}' },
      },
    ],
  },
]
