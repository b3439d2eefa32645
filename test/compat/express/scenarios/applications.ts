import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express5, { type Express, type Request, type Response } from 'express'
import type { Step } from '../../harness/scenario.ts'
import { answer, connect, count, type Handler, options, touched } from '../support/serve.ts'
import { express4, packages } from '../support/sides.ts'
import type { ExpressScenario, Req, TestSession } from '../support/types.ts'

/** What applications do around their sessions, and with them. */
const does = (
  name: string,
  act: Handler,
  steps: readonly Step[] = ['/set', '/act', '/', '/act', '/'],
  given: object = {},
): ExpressScenario => ({
  name: `application: ${name}`,
  app: connect(given, (req, res, context) =>
    req.url === '/act' ? act(req, res, context) : touched(req, res, context),
  ),
  steps,
})

const fresh: readonly Step[] = ['/act', '/', { path: '/act', browser: 'b' }]
const COOKIE = { originalMaxAge: null, expires: null, httpOnly: true, path: '/' }

const sessionOf = (req: unknown): TestSession => (req as Req).session
const files = mkdtempSync(join(tmpdir(), 'holdfast-static-'))
writeFileSync(join(files, 'page.txt'), 'a page of text')

const served = (
  name: string,
  version: string,
  build: (app: Express, given: Parameters<ExpressScenario['app']>) => void,
  steps: readonly Step[],
): ExpressScenario => {
  const express = version === 'Express 5' ? express5 : express4
  return {
    name: `${version}: ${name}`,
    app: (session, recorder) => {
      const app = express()
      app.disable('etag')
      build(app, [session, recorder])
      return app
    },
    steps,
  }
}

export const applications: readonly ExpressScenario[] = [
  does('a session made of stored data', (req, res) => {
    req.sessionStore.createSession(req, { cookie: { ...COOKIE }, imported: 1 })
    res.end('made')
  }),
  does(
    'a session made of stored data, in place of a new one',
    (req, res) => {
      req.sessionStore.createSession(req, { cookie: { ...COOKIE }, imported: 1 })
      res.end('made')
    },
    fresh,
  ),
  does('a session made of stored data and saved', (req, res, { recorder }) => {
    req.sessionStore.createSession(req, { cookie: { ...COOKIE }, imported: 1 })
    req.session.save((error) => {
      recorder.note('saved', error)
      res.end('made')
    })
  }),
  does(
    'the id comes from a header',
    (req, res, { recorder }) => {
      const id = 'sid-1'
      req.sessionID = id
      req.sessionStore.get(id, (error, value) => {
        recorder.note('found', error, value)
        if (value) req.sessionStore.createSession(req, value)
        else req.sessionStore.generate(req)
        count(req.session)
        res.end(`${req.sessionID} ${req.session.id}`)
      })
    },
    ['/set', { path: '/act', browser: 'b' }, '/', { path: '/', browser: 'b' }],
  ),
  does('a new session by generate()', (req, res) => {
    req.sessionStore.generate(req)
    req.session.generated = 1
    res.end(req.sessionID)
  }),
  does('a new session by generate(), untouched', (req, res) => {
    req.sessionStore.generate(req)
    res.end(req.sessionID)
  }),
  does(
    'all of the old session is copied to the new one',
    (req, res) => {
      const old = { ...req.session }
      req.session.regenerate(() => {
        Object.assign(req.session, old)
        count(req.session)
        res.end('copied')
      })
    },
    undefined,
    { cookie: { maxAge: 60_000 } },
  ),
  does('the old session is ended by its id', (req, res, { recorder }) => {
    const { id } = req.session
    req.sessionStore.destroy(id, (error) => {
      recorder.note('destroyed', error)
      res.end('ended')
    })
  }),
  does('its own record is written past the session', (req, res) => {
    req.sessionStore.set(req.sessionID, { cookie: COOKIE, n: 50 }, () => res.end('written'))
  }),
  does('saves that nobody waits for', (req, res) => {
    req.session.one = 1
    req.session.save()
    req.session.two = 2
    req.session.save()
    res.end('saved')
  }),
  does(
    'saves that nobody waits for, of a new session',
    (req, res) => {
      req.session.one = 1
      req.session.save()
      req.session.two = 2
      req.session.save()
      res.end('saved')
    },
    fresh,
  ),
  does('a save after the response', (req, res, { recorder }) => {
    const { session } = req
    res.on('finish', () => {
      session.after = 1
      session.save((...values) => recorder.note('saved', ...values))
    })
    res.end('ended')
  }),
  does('a destroy after the response', (req, res, { recorder }) => {
    res.on('finish', () => req.session.destroy((...values) => recorder.note('destroyed', ...values)))
    res.end('ended')
  }),
  does('a regenerate after the response', (req, res, { recorder }) => {
    res.on('finish', () =>
      req.session.regenerate((...values) => {
        req.session.late = 1
        recorder.note('regenerated', ...values)
      }),
    )
    res.end('ended')
  }),
  does('a destroy that nobody waits for', (req, res) => {
    req.session.destroy()
    res.end('ended')
  }),
  does('a regenerate that nobody waits for', (req, res) => {
    req.session.regenerate(() => {})
    res.end('ended')
  }),
  does('a redirect after a save', (req, res) => {
    req.session.user = 'ann'
    req.session.save(() => {
      res.statusCode = 303
      res.setHeader('Location', '/')
      res.end()
    })
  }),
  does('server-sent events', (req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' })
    res.write('data: 1\n\n')
    setImmediate(() => {
      count(req.session)
      res.write('data: 2\n\n')
      setImmediate(() => res.end('data: 3\n\n'))
    })
  }),
  does(
    'the request is piped into the response',
    (req, res) => {
      count(req.session)
      req.pipe(res)
    },
    ['/set', { path: '/act', method: 'POST', body: 'a body '.repeat(5000) }, '/'],
  ),
  {
    name: 'application: the headers have left before the session comes',
    app: connect({ cookie: { maxAge: 60_000 } }, touched, (req, res) => {
      if (req.headers['x-early']) res.flushHeaders()
    }),
    steps: ['/set', { path: '/', headers: { 'x-early': '1' } }, { path: '/set', headers: { 'x-early': '1' } }, '/'],
  },
  {
    name: 'application: who listens for headers, before and behind',
    app: (session, recorder) => {
      const middleware = session(options(session, recorder, { cookie: { maxAge: 60_000 } }))
      return (req, res) => {
        packages.onHeaders(res, function (this: typeof res) {
          recorder.note('before', this.getHeader('Set-Cookie'), this.statusCode)
          this.setHeader('X-Before', '1')
        })
        middleware(req, res, () => {
          packages.onHeaders(res, function (this: typeof res) {
            recorder.note('behind', this.getHeader('Set-Cookie'))
            this.setHeader('X-Behind', '1')
          })
          touched(req as Req, res, { recorder, session })
        })
      }
    },
    steps: ['/', '/set', '/', '/set'],
  },
  ...['Express 5', 'Express 4'].flatMap((version): ExpressScenario[] => [
    served(
      'files',
      version,
      (app, [session, recorder]) => {
        app.use((req, _res, next) => next(void (req.headers['x-skip'] && Object.assign(req, { session: {} }))))
        app.use(
          session(options(session, recorder as never, { rolling: true, saveUninitialized: true }) as object) as never,
        )
        app.use(
          (express5 as unknown as { static(path: string, options: object): never }).static(files, {
            etag: false,
            lastModified: false,
          }),
        )
        app.get('/sent', (_req: Request, res: Response) =>
          res.sendFile(join(files, 'page.txt'), { lastModified: false, etag: false } as object),
        )
        app.get('/download', (_req: Request, res: Response) =>
          res.download(join(files, 'page.txt'), 'page.txt', { lastModified: false, etag: false } as object),
        )
      },
      [
        '/page.txt',
        '/page.txt',
        { path: '/page.txt', headers: { range: 'bytes=2-5' } },
        { path: '/page.txt', method: 'HEAD' },
        { path: '/page.txt', headers: { range: 'bytes=200-' } },
        '/sent',
        '/download',
        '/nothing',
        { path: '/page.txt', headers: { 'x-skip': '1' } },
      ],
    ),
    served(
      'errors without a handler for them',
      version,
      (app, [session, recorder]) => {
        app.use(session(options(session, recorder as never)) as never)
        app.get('/throw', (req: Request) => {
          count(sessionOf(req))
          throw Object.assign(new Error('a failing route'), {
            stack: 'no stack',
            status: 418,
            headers: { 'X-Error': '1' },
          })
        })
        app.get('/later', (req: Request, _res: Response, next: (error?: unknown) => void) => {
          count(sessionOf(req))
          setImmediate(next, Object.assign(new Error('a failing route'), { stack: 'no stack' }))
        })
        app.get('/half', (req: Request, res: Response) => {
          count(sessionOf(req))
          res.write('half')
          setImmediate(() => res.end(' and half'))
        })
        app.get('/own', (req: Request, res: Response) => {
          count(sessionOf(req))
          res.status(503).format({ text: () => res.send('text'), json: () => res.json({ json: 1 }) })
        })
      },
      [
        '/throw',
        '/throw',
        '/later',
        '/half',
        { path: '/own', headers: { accept: 'application/json' } },
        '/own',
        '/nothing',
      ],
    ),
    served(
      'a router with a session of its own',
      version,
      (app, [session, recorder]) => {
        const express = version === 'Express 5' ? express5 : express4
        const router = express.Router()
        router.use(session(options(session, recorder as never, { name: 'router.sid' })) as never)
        router.get('/set', (req: Request, res: Response) => void res.json(count(sessionOf(req))))
        app.use('/part', router)
        app.use((req: Request, res: Response) => void res.json(typeof sessionOf(req)))
        app.use((error: Error, _req: Request, res: Response, _next: unknown) => answer(error, res, recorder, () => {}))
      },
      ['/', '/part/set', '/part/set', '/part/else', '/'],
    ),
  ]),
]
