import type { Step } from '../../harness/scenario.ts'
import { called, connect, count, type Handler, storeOf } from '../support/serve.ts'
import type { Done, ExpressScenario, Req } from '../support/types.ts'

/** The handler of `/set` counts, every other path runs `act`, which ends the response. */
const acting = (name: string, act: Handler, steps: readonly Step[], given: object = {}): ExpressScenario => ({
  name: `methods: ${name}`,
  app: connect(given, (req, res, context) => {
    if (req.url !== '/set') return act(req, res, context)
    count(req.session)
    return res.end('set')
  }),
  steps,
})

/** Ends with what the request's session is now, and notes what the callback got. */
const ends = (req: Req, res: Parameters<Handler>[1], context: Parameters<Handler>[2], label: string): Done => {
  return (...values) => {
    context.recorder.note(label, ...values)
    res.end(JSON.stringify([req.session ?? 'none', req.sessionID, req.session?.id === req.sessionID]))
  }
}

const usual: readonly Step[] = ['/act', '/act', '/set', '/act', '/set']
const loaded: readonly Step[] = ['/set', '/act', '/set', '/act']

const failing =
  (method: 'get' | 'set' | 'destroy'): Step =>
  (world) => {
    Object.assign(storeOf(world), { [method]: (...values: unknown[]) => (values.at(-1) as Done)(new Error('boom!')) })
  }

const configurations: Readonly<Record<string, object>> = {
  'nothing saved without need': {},
  'saved anyway': { saveUninitialized: true, resave: true },
  'with maxAge, rolling': { cookie: { maxAge: 60_000 }, rolling: true },
}

export const methods: readonly ExpressScenario[] = [
  ...Object.entries(configurations).flatMap(([name, given]) => [
    acting(
      `regenerate, ${name}`,
      (req, res, c) => req.session.regenerate(ends(req, res, c, 'regenerated')),
      usual,
      given,
    ),
    acting(
      `regenerate and change, ${name}`,
      (req, res, c) => {
        const { session } = req
        session.regenerate((...values) => {
          req.session.old = session.n
          c.recorder.note('another', req.session !== session, session.id)
          ends(req, res, c, 'regenerated')(...values)
        })
      },
      usual,
      given,
    ),
    acting(
      `regenerate and save, ${name}`,
      (req, res, c) =>
        req.session.regenerate(() => {
          req.session.user = 'ann'
          req.session.save(ends(req, res, c, 'saved'))
        }),
      usual,
      given,
    ),
    acting(`destroy, ${name}`, (req, res, c) => req.session.destroy(ends(req, res, c, 'destroyed')), usual, given),
    acting(`reload, ${name}`, (req, res, c) => req.session.reload(ends(req, res, c, 'reloaded')), usual, given),
    acting(
      `reload drops changes, ${name}`,
      (req, res, c) => {
        const { session } = req
        session.n = 100
        session.reload((...values) => {
          c.recorder.note('another', req.session !== session)
          ends(req, res, c, 'reloaded')(...values)
        })
      },
      usual,
      given,
    ),
    acting(`save, ${name}`, (req, res, c) => req.session.save(ends(req, res, c, 'saved')), usual, given),
    acting(
      `change and save, ${name}`,
      (req, res, c) => {
        count(req.session)
        req.session.save(ends(req, res, c, 'saved'))
      },
      usual,
      given,
    ),
    acting(
      `save and change, ${name}`,
      (req, res, c) => {
        count(req.session)
        req.session.save((...values) => {
          count(req.session)
          ends(req, res, c, 'saved')(...values)
        })
      },
      usual,
      given,
    ),
    acting(
      `save twice, ${name}`,
      (req, res, c) => {
        count(req.session)
        req.session.save(() => req.session.save(ends(req, res, c, 'saved')))
      },
      usual,
      given,
    ),
    acting(
      `reload, change and save, ${name}`,
      (req, res, c) =>
        req.session.reload(() => {
          count(req.session)
          req.session.save(ends(req, res, c, 'saved'))
        }),
      usual,
      given,
    ),
    acting(
      `regenerate twice, ${name}`,
      (req, res, c) =>
        req.session.regenerate(() => {
          req.session.one = 1
          req.session.regenerate(ends(req, res, c, 'regenerated'))
        }),
      usual,
      given,
    ),
    acting(
      `destroy and regenerate, ${name}`,
      (req, res, c) => {
        const { session } = req
        session.destroy(() => session.regenerate(ends(req, res, c, 'regenerated')))
      },
      usual,
      given,
    ),
    acting(
      `save the destroyed one, ${name}`,
      (req, res, c) => {
        const { session } = req
        session.destroy(() => session.save(ends(req, res, c, 'saved')))
      },
      loaded,
      given,
    ),
  ]),
  acting(
    'all answer the session',
    (req, res, { recorder }) => {
      const { session } = req
      const answers = [session.touch(), session.resetMaxAge(), session.save(), session.reload(() => {})]
      recorder.note('itself', ...answers.map((each) => each === session))
      session.regenerate(() => {
        recorder.note('destroyed', req.session.destroy(() => res.end('done')) !== session)
      })
    },
    loaded,
  ),
  acting(
    'without callbacks',
    (req, res, { recorder }) => {
      recorder.note('saved', count(req.session), req.session.save() === req.session)
      res.end('saved')
    },
    loaded,
  ),
  acting(
    'destroy without a callback',
    (req, res) => {
      req.session.destroy()
      res.end(`${typeof req.session} ${'session' in req} ${req.sessionID}`)
    },
    loaded,
  ),
  acting(
    'regenerate without a callback fails later',
    (req, res, { recorder }) => {
      try {
        req.session.regenerate((...values) => res.end(String(values.length)))
      } catch (error) {
        recorder.note('thrown', error)
      }
    },
    loaded,
  ),
  acting(
    'what is called with how many arguments',
    (req, res, { recorder }) => {
      const seen =
        (label: string, then: () => void) =>
        (...values: unknown[]) => {
          recorder.note(label, values.length, ...values)
          then()
        }
      const { session } = req
      session.save(
        seen('save', () =>
          session.reload(seen('reload', () => req.session.regenerate(seen('regenerate', () => res.end('done'))))),
        ),
      )
    },
    loaded,
  ),
  acting(
    'members of the session',
    (req, res, { recorder }) => {
      const prototype = Object.getPrototypeOf(req.session) as object
      recorder.note('prototype', Object.getOwnPropertyNames(prototype).sort())
      for (const name of ['save', 'reload', 'destroy', 'regenerate', 'touch', 'resetMaxAge']) {
        const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(prototype, name) ?? {}
        recorder.note(name, writable, enumerable, configurable, typeof req.session[name])
      }
      recorder.note('instance', req.session instanceof (prototype.constructor as new () => unknown))
      res.end('done')
    },
    ['/act'],
  ),
  acting(
    'an id cannot be changed',
    (req, res, { recorder }) => {
      recorder.note('set', Reflect.set(req.session, 'id', 'x'), Reflect.set(req.session, 'req', 1), req.session.id)
      count(req.session)
      res.end('done')
    },
    loaded,
  ),
  acting(
    'methods that the application replaces',
    (req, res, { recorder }) => {
      const { save } = req.session
      req.session.save = function (this: typeof req.session, done?: Done) {
        recorder.note('own save')
        return save.call(this, done)
      }
      res.end(String(count(req.session)))
    },
    loaded,
  ),
  acting(
    'touch and resetMaxAge',
    (req, res, { recorder }) => {
      req.session.cookie.maxAge = 500
      recorder.note('short', req.session.cookie.maxAge, req.session.cookie.originalMaxAge)
      req.session.cookie.originalMaxAge = 9000
      recorder.note('touched', req.session.touch().cookie.maxAge)
      req.session.cookie.expires = new Date(Date.now() + 77)
      recorder.note('reset', req.session.resetMaxAge().cookie.maxAge)
      res.end('done')
    },
    ['/set', ({ advance }) => advance(100), '/act', ({ advance }) => advance(10), '/act', '/set'],
    { cookie: { maxAge: 1000 } },
  ),
  acting('a reload of what is gone', (req, res, c) => req.session.reload(ends(req, res, c, 'reloaded')), [
    '/set',
    '/act',
    (world) => {
      const { get } = storeOf(world)
      let calls = 0
      Object.assign(storeOf(world), {
        get: (id: string, done: Done) => (++calls > 1 ? done(null, null) : get.call(storeOf(world), id, done)),
      })
    },
    '/act',
  ]),
  acting(
    'many reloads of what is gone',
    (req, res, { recorder }) => {
      let left = 20
      recorder.shared.reload = () => {
        if (--left === 0) res.end('done')
        else req.session.reload(recorder.shared.reload as Done)
      }
      ;(req.sessionStore as { clear(done: () => void): void }).clear(recorder.shared.reload as () => void)
    },
    ['/set', '/act'],
  ),
  ...(['get', 'set', 'destroy'] as const).flatMap((method) => {
    const acts: Record<string, Handler> = {
      regenerate: (req, res, c) => req.session.regenerate(ends(req, res, c, 'regenerated')),
      destroy: (req, res, c) => req.session.destroy(ends(req, res, c, 'destroyed')),
      reload: (req, res, c) => req.session.reload(ends(req, res, c, 'reloaded')),
      save: (req, res, c) => req.session.save(ends(req, res, c, 'saved')),
    }
    return Object.entries(acts).map(([act, handler]) =>
      acting(`${act} while the store's ${method} fails`, handler, [
        '/set',
        failing(method),
        '/act',
        { path: '/act', browser: 'new' },
      ]),
    )
  }),
  {
    name: 'methods: reload takes what another request has saved',
    app: connect({}, (req, res, c) => {
      if (req.url !== '/slow') return res.end(String(count(req.session)))
      c.recorder.shared.go = () => req.session.reload(ends(req, res, c, 'reloaded'))
      return (c.recorder.shared.waiting as () => void)()
    }),
    steps: [
      '/',
      async ({ recorder, request }) => {
        const waiting = new Promise<void>((resolve) => {
          recorder.shared.waiting = resolve
        })
        const slow = request('/slow')
        await waiting
        await request('/')
        ;(recorder.shared.go as () => void)()
        await slow
      },
      '/',
    ],
  },
  {
    name: 'methods: what the store holds after all',
    app: connect({ cookie: { maxAge: 1000 } }, (req, res) => {
      if (req.url === '/out') return req.session.destroy(() => res.end('out'))
      return res.end(String(count(req.session)))
    }),
    steps: [
      '/',
      (world) => called(world.recorder, 'all', (done) => storeOf(world).all(done)),
      '/out',
      (world) => called(world.recorder, 'all', (done) => storeOf(world).all(done)),
    ],
  },
]
