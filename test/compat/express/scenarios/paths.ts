import express5 from 'express'
import type { Step } from '../../harness/scenario.ts'
import { answer, connect, options, touched } from '../support/serve.ts'
import { express4 } from '../support/sides.ts'
import type { ExpressScenario, Req } from '../support/types.ts'

/** Each path is asked by a browser of its own. */
const asked = (...paths: string[]): readonly Step[] => paths.map((path) => ({ path, browser: path }))

const within = (name: string, path: unknown, ...paths: string[]): ExpressScenario => ({
  name: `path: ${name}`,
  app: connect({ cookie: { path }, saveUninitialized: true }, (req, res, context) => {
    context.recorder.note('seen', req.url, typeof req.session, typeof req.sessionID, typeof req.sessionStore)
    return touched(req, res, context)
  }),
  steps: asked(...paths),
})

const changedUrl = (name: string, path: string, change: (req: Req) => void, ...paths: string[]): ExpressScenario => ({
  name: `path: ${name}`,
  app: connect({ cookie: { path }, saveUninitialized: true }, (req, res) => res.end(typeof req.session), change),
  steps: asked(...paths),
})

const versions = { 'Express 5': express5, 'Express 4': express4 }

export const paths: readonly ExpressScenario[] = [
  within('the whole site', '/', '/', '/a', '/?q=/b', '//x'),
  within(
    'a path and what is below it',
    '/foo/bar',
    '/',
    '/foo',
    '/foo/bar',
    '/foo/bar/',
    '/foo/bar/baz?x=/',
    '/FOO/bar',
  ),
  within('a path with a slash at its end', '/foo/', '/foo', '/foo/', '/foo/bar'),
  within('a path of the same beginning', '/admin', '/administrator', '/admin2/x'),
  within('a query and escapes', '/foo', '/foo?x', '/foo%2Fbar', '/%66oo', '/foo;v=1'),
  within('a path that does not begin with a slash', 'foo', '/foo', '/'),
  within('an empty path', '', '/', '/foo'),
  within('a path that is false', false, '/', '/foo'),
  within(
    'an address with a host in it',
    '/foo',
    'http://localhost/foo/bar',
    'http://localhost/',
    'http://localhost/bar?/foo',
  ),
  changedUrl('an empty url', '/', (req) => Object.assign(req, { url: '' }), '/'),
  changedUrl('no url', '/', (req) => Object.assign(req, { url: undefined }), '/'),
  changedUrl(
    'a url that another middleware has cut',
    '/foo/bar',
    (req) => {
      if (!req.url?.startsWith('/foo')) return
      Object.assign(req, { originalUrl: req.url, url: req.url.slice(4) })
    },
    '/foo/bar',
    '/foo/foo/bar',
    '/bar',
  ),
  changedUrl('an originalUrl that is no text', '/', (req) => Object.assign(req, { originalUrl: 5 }), '/x'),
  ...Object.entries(versions).flatMap(([version, express]): ExpressScenario[] => [
    {
      name: `${version}: mounted below a path`,
      app: (session, recorder) => {
        const app = express()
        const given = { cookie: { path: '/shop' }, saveUninitialized: true }
        app.use('/shop', session(options(session, recorder, given)))
        app.use((req, res) => void res.send(`${req.url} ${typeof (req as unknown as Req).session}`))
        return app
      },
      steps: asked('/shop', '/shop/cart', '/shop/shop', '/other'),
    },
    {
      name: `${version}: the usual application`,
      app: (session, recorder) => {
        const app = express()
        app.set('trust proxy', true)
        app.use(session(options(session, recorder, { cookie: { secure: 'auto', sameSite: 'auto', maxAge: 60_000 } })))
        app.get('/json', (req, res) => void res.json((req as unknown as Req).session))
        app.get('/redirect', (req, res) => {
          ;(req as unknown as Req).session.n = 1
          res.redirect('/json')
        })
        app.get('/status', (req, res) => {
          ;(req as unknown as Req).session.n = 2
          res.sendStatus(204)
        })
        app.get('/fail', (req) => {
          ;(req as unknown as Req).session.n = 3
          throw new Error('a failing route')
        })
        app.get('/cleared', (req, res) => {
          ;(req as unknown as Req).session.n = 4
          res.cookie('own', 'x', { maxAge: 1000 }).clearCookie('old').send('cookies')
        })
        app.use((error: Error, _req: unknown, res: unknown, _next: unknown) =>
          answer(error, res as Parameters<typeof answer>[1], recorder, () => {}),
        )
        return app
      },
      steps: [
        '/json',
        '/redirect',
        '/json',
        '/status',
        '/fail',
        '/json',
        '/cleared',
        '/nowhere',
        { path: '/redirect', browser: 'tls', headers: { 'x-forwarded-proto': 'https' } },
        { path: '/json', browser: 'tls', headers: { 'x-forwarded-proto': 'https' } },
        { path: '/json', method: 'HEAD' },
        { path: '/json', method: 'OPTIONS' },
        { path: '/json', headers: { 'if-none-match': '*' } },
      ],
    },
  ]),
]
