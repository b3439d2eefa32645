import type { IncomingMessage, ServerResponse } from 'node:http'
import express5 from 'express'
import type { Recorder } from '../../harness/recorder.ts'
import { answer, connect, count, options, recorded, storeOf, touched } from '../support/serve.ts'
import { express4, packages } from '../support/sides.ts'
import type { ExpressScenario, Middleware, Req, SessionModule } from '../support/types.ts'

const versions = { 'Express 5': express5, 'Express 4': express4 }

/** Middlewares one after the other, then the usual handler. */
const chain = (
  name: string,
  build: (session: SessionModule, recorder: Recorder) => Middleware[],
  steps: ExpressScenario['steps'],
): ExpressScenario => ({
  name: `together: ${name}`,
  app: (session, recorder) => {
    const middlewares = build(session, recorder)
    return (req, res) => {
      const next = (i: number, error?: unknown): unknown => {
        const middleware = middlewares[i]
        if (error === undefined && middleware) return middleware(req, res, (failure) => next(i + 1, failure))
        return answer(error, res, recorder, () => touched(req as Req, res, { recorder, session }))
      }
      next(0)
    }
  },
  steps,
})

const sequence = ['/set', '/', '/other/set', '/set', '/other']

/** What a WebSocket server does with its upgrade requests: a response that is no response. */
const withoutResponse = (name: string, act: (req: Req, done: (value: unknown) => void) => void): ExpressScenario => ({
  name: `no response: ${name}`,
  app: (session, recorder) => {
    const middleware = session(options(session, recorder))
    return (req, res) => {
      if (req.url !== '/upgrade') return middleware(req, res, () => touched(req as Req, res, { recorder, session }))
      return middleware(req, {} as ServerResponse, (error) => {
        recorder.note('opened', error, (req as Req).session, (req as Req).sessionID)
        act(req as Req, (value) => res.end(String(value)))
      })
    }
  },
  steps: ['/set', '/upgrade', '/', { path: '/upgrade', browser: 'b' }],
})

export const composition: readonly ExpressScenario[] = [
  chain(
    'two on one store',
    (session, recorder) => {
      const store = recorded(new session.MemoryStore(), recorder)
      return [{ name: 'one' }, { name: 'two' }].map((given) => session(options(session, recorder, { ...given, store })))
    },
    sequence,
  ),
  chain(
    'the same one twice',
    (session, recorder) => {
      const middleware = session(options(session, recorder))
      return [middleware, middleware]
    },
    sequence,
  ),
  chain(
    'one for each part of the site',
    (session, recorder) => {
      const store = recorded(new session.MemoryStore(), recorder)
      return ['/other', '/'].map((path) =>
        session(options(session, recorder, { cookie: { path }, name: `at${path.length}`, store })),
      )
    },
    sequence,
  ),
  chain(
    "two share a store: the last one's cookie is for both",
    (session, recorder) => {
      const store = recorded(new session.MemoryStore(), recorder)
      const [first] = [{ maxAge: 1000 }, { maxAge: 5000, sameSite: 'lax' }].map((cookie) =>
        session(options(session, recorder, { cookie, store })),
      )
      return [first as Middleware]
    },
    ['/set', '/', '/set'],
  ),
  chain(
    'req.session is there already',
    (session, recorder) => [
      (req, _res, next) => next(void Object.assign(req, { session: { n: 7 } })),
      session(options(session, recorder)),
    ],
    sequence,
  ),
  chain(
    'req.session is null already',
    (session, recorder) => [
      (req, _res, next) => next(void Object.assign(req, { session: null })),
      session(options(session, recorder)),
    ],
    sequence,
  ),
  chain(
    'req.sessionID is there already',
    (session, recorder) => [
      (req, _res, next) => next(void Object.assign(req, { sessionID: 'mine' })),
      session(options(session, recorder)),
    ],
    sequence,
  ),
  {
    name: 'together: a handler that throws',
    app: connect({}, (req, res, { recorder }) => {
      if (req.url !== '/throw') return touched(req, res, { recorder } as never)
      count(req.session)
      throw new Error('a failing handler')
    }),
    steps: ['/throw', '/set', '/throw', '/'],
  },
  {
    name: 'together: memorystore',
    app: connect((session, recorder) => {
      const MemoryStore = packages.memorystore(session)
      return { store: recorded(new MemoryStore({ checkPeriod: 0 }), recorder), cookie: { maxAge: 60_000 } }
    }),
    steps: ['/set', '/', '/set', (world) => storeOf(world).destroy('sid-1', () => {}), '/', '/set'],
  },
  withoutResponse('only looked at', (req, done) => done(req.session.n)),
  withoutResponse('saved', (req, done) => {
    count(req.session)
    req.session.save((error) => done(error ?? 'saved'))
  }),
  withoutResponse('reloaded', (req, done) => {
    req.session.reload((error) => done(error ?? req.session.n))
  }),
  withoutResponse('destroyed', (req, done) => {
    req.session.destroy((error) => done(error ?? 'destroyed'))
  }),
  {
    name: 'no response: a request that is made up',
    app: (session, recorder) => {
      const middleware = session(options(session, recorder))
      return (req, res) => {
        if (req.url !== '/made-up') return middleware(req, res, () => touched(req as Req, res, { recorder, session }))
        const request = { url: '/', headers: { cookie: req.headers.cookie } } as IncomingMessage
        return middleware(request, {} as ServerResponse, (error) => {
          recorder.note('opened', error, (request as Req).session, (request as Req).sessionID)
          res.end('done')
        })
      }
    },
    steps: ['/set', '/made-up', { path: '/made-up', browser: 'b' }],
  },
  ...Object.entries(versions).flatMap(([version, express]): ExpressScenario[] => [
    {
      name: `${version}: passport signs in and out`,
      app: (session, recorder) => {
        const { Passport, Strategy } = packages
        const passport = new Passport()
        passport.use(new Strategy((name, _password, done) => done(null, name === 'ann' ? { id: name } : false)))
        passport.serializeUser((user, done) => done(null, user.id))
        passport.deserializeUser((id, done) => done(null, { id }))
        const app = express()
        app.use(express.urlencoded({ extended: false }))
        app.use(session(options(session, recorder)))
        app.use(passport.initialize())
        app.use(passport.session())
        app.get('/cart', (req, res) => {
          count((req as unknown as Req).session)
          res.send('cart')
        })
        app.post('/in', passport.authenticate('local', { failureRedirect: '/no' }), (_req, res) => res.redirect('/me'))
        app.post(
          '/in-keep',
          passport.authenticate('local', { keepSessionInfo: true }),
          (_req, res) => void res.send('in'),
        )
        app.get(
          '/me',
          (req, res) => void res.json([(req as { user?: unknown }).user ?? 'nobody', (req as unknown as Req).session]),
        )
        app.post('/out', (req, res, next) => {
          ;(req as unknown as { logout(done: (error?: unknown) => void): void }).logout((error) =>
            error ? next(error) : res.redirect('/me'),
          )
        })
        return app
      },
      steps: [
        '/me',
        '/cart',
        sent('/in', 'username=ann&password=x'),
        '/me',
        sent('/out', ''),
        '/me',
        '/cart',
        sent('/in-keep', 'username=ann&password=x'),
        '/me',
        sent('/in', 'username=bob&password=x'),
        { path: '/me', browser: 'b' },
        { ...sent('/in', 'username=ann&password=x'), browser: 'b' },
      ],
    },
    {
      name: `${version}: connect-flash`,
      app: (session, recorder) => {
        const app = express()
        app.use(session(options(session, recorder)))
        app.use(packages.flash())
        const flashOf = (req: unknown) => req as { flash(...values: string[]): unknown }
        app.get('/warn', (req, res) => {
          flashOf(req).flash('info', 'one')
          flashOf(req).flash('info', 'two')
          res.redirect('/')
        })
        app.get('/', (req, res) => void res.json(flashOf(req).flash()))
        return app
      },
      steps: ['/', '/warn', '/', '/'],
    },
    ...['before', 'after'].map(
      (place): ExpressScenario => ({
        name: `${version}: compression ${place} the session`,
        app: (session, recorder) => {
          const middlewares = [packages.compression({ threshold: 0 }), session(options(session, recorder))]
          const app = express()
          for (const each of place === 'before' ? middlewares : middlewares.toReversed()) app.use(each)
          app.get('/flush', (req, res) => {
            count((req as unknown as Req).session)
            res.write('one ')
            ;(res as unknown as { flush(): void }).flush()
            res.end('two')
          })
          app.use((req, res) => {
            count((req as unknown as Req).session)
            res.send('compressed '.repeat(100))
          })
          return app
        },
        steps: ['/', '/', '/flush', { path: '/flush', browser: 'b' }],
      }),
    ),
  ]),
]

function sent(path: string, body: string) {
  return { path, method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } }
}
