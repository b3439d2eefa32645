import { createServer, IncomingMessage, type RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import express from 'express'
import { afterEach, describe, expect, it } from 'vitest'
import { session } from '../../src/adapters/express.ts'
import { createSessions, type Store } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import type { ServedAdapter } from '../../src/testing/adapter-suite.ts'
import { listening } from './bindings/listening.ts'

const require = createRequire(import.meta.url)
const secrets = 'a secret for tests that is long enough for it'
const quiet = { secrets, logger: {} }

const open: ServedAdapter[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})
const serve = async (listener: RequestListener): Promise<string> => {
  const server = await listening(createServer(listener))
  open.push(server)
  return server.origin
}

const broken: Store = {
  ...memoryStore(),
  async insert() {
    throw new Error('The connection is lost.')
  },
}

describe('holdfast/express', () => {
  it('takes an engine as well as options', async () => {
    const sessions = createSessions<{ views: number }>(quiet)
    const app = express()
    app.use(session(sessions))
    app.get('/', (req, res) => res.json({ views: (req.session as { views?: number }).views ?? 0 }))
    expect(await (await fetch(await serve(app))).json()).toEqual({ views: 0 })
    await sessions.close()
  })

  it("defines its accessor once, on the application's own request prototype and never on Node's", async () => {
    const app = express()
    app.use(session(quiet))
    const own: boolean[] = []
    app.use((req, res) => {
      own.push(Object.hasOwn(req, 'session'), Object.hasOwn(app.request, 'session'))
      res.end()
    })
    await fetch(await serve(app))
    expect(own).toEqual([false, true])
    expect('session' in IncomingMessage.prototype).toBe(false)
    expect('session' in express.request).toBe(false)

    const seen: boolean[] = []
    const bare = session(quiet)
    await fetch(
      await serve((req, res) => {
        bare(req, res, () => {
          seen.push(Object.hasOwn(req, 'session'))
          res.end()
        })
      }),
    )
    expect(seen).toEqual([true])
    expect('session' in IncomingMessage.prototype).toBe(false)
  })

  it('does not parse the session of a request that does not read it', async () => {
    const store = memoryStore()
    const app = express()
    app.use(session({ ...quiet, store }))
    app.get('/in', (req, res) => {
      Object.assign(req.session, { user: 'ann' })
      res.end()
    })
    app.get('/', (_req, res) => void res.end('hello'))
    const origin = await serve(app)
    const cookie = (await fetch(`${origin}/in`)).headers.get('set-cookie')?.split(';')[0] as string
    const { parse } = JSON
    const parsed: string[] = []
    JSON.parse = (...args: Parameters<typeof parse>) => {
      parsed.push(args[0])
      return parse(...args)
    }
    try {
      expect(await (await fetch(origin, { headers: { cookie } })).text()).toBe('hello')
    } finally {
      JSON.parse = parse
    }
    expect(parsed.filter((text) => text.includes('ann'))).toEqual([])
  })

  it('says so when another middleware has the property, on the request or on its prototype', async () => {
    const before = express()
    before.set('env', 'test')
    before.use((req, _res, next) => {
      Object.defineProperty(req, 'session', { value: {}, writable: true })
      next()
    })
    before.use(session(quiet))
    const prototype = express()
    prototype.set('env', 'test')
    Object.defineProperty(prototype.request, 'session', { value: {}, writable: true, configurable: true })
    prototype.use(session(quiet))
    for (const app of [before, prototype]) {
      const errors: unknown[] = []
      app.use(((error, _req, res, _next) => {
        errors.push(error)
        res.status(500).end()
      }) as express.ErrorRequestHandler)
      expect((await fetch(await serve(app))).status).toBe(500)
      expect(errors).toEqual([expect.objectContaining({ code: 'ERR_SESSION_OPTION', option: 'property' })])
      expect(String(errors[0])).toContain('"session"')
    }
  })

  it('refuses two engines under one name, and is no second session when it is used twice', async () => {
    const app = express()
    app.set('env', 'test')
    const once = session(quiet)
    app.use(once, once)
    app.get('/', (_req, res) => void res.end('fine'))
    app.use('/other', session(quiet), (_req, res) => void res.end('fine'))
    const origin = await serve(app)
    expect((await fetch(origin)).status).toBe(200)
    expect((await fetch(`${origin}/other`)).status).toBe(500)
  })

  it('works in a router and in a mounted application', async () => {
    const app = express()
    const inner = express()
    inner.use(session(quiet))
    inner.get('/who', (req, res) => res.json({ path: req.originalUrl, id: typeof req.session.id }))
    app.use('/inner', inner)
    const router = express.Router()
    router.use(session(quiet))
    router.get('/who', (req, res) => res.json({ path: req.originalUrl, id: typeof req.session.id }))
    app.use('/router', router)
    const origin = await serve(app)
    for (const path of ['/inner/who', '/router/who']) {
      expect(await (await fetch(origin + path)).json()).toEqual({ path, id: 'string' })
    }
  })

  it('leaves the name to others on requests that did not come through it', async () => {
    const app = express()
    app.use('/ours', session(quiet), (req, res) => res.json(typeof req.session.id))
    app.use('/theirs', (req, res) => {
      const theirs = req as unknown as { session: unknown }
      const before = theirs.session
      theirs.session = { mine: true }
      res.json([before ?? null, theirs.session])
    })
    const origin = await serve(app)
    expect(await (await fetch(`${origin}/ours`)).json()).toBe('string')
    expect(await (await fetch(`${origin}/theirs`)).json()).toEqual([null, { mine: true }])
  })

  it('T128 believes X-Forwarded-Proto as far as Express\'s "trust proxy" goes', async () => {
    for (const trusted of [false, true]) {
      const app = express()
      app.set('trust proxy', trusted)
      app.use(session(quiet))
      app.get('/', (req, res) => {
        Object.assign(req.session, { user: 'ann' })
        res.end()
      })
      const answer = await fetch(await serve(app), { headers: { 'x-forwarded-proto': 'https' } })
      expect(answer.headers.get('set-cookie')?.includes('; Secure')).toBe(trusted)
    }
  })

  it("what a handler throws after an asynchronous open is the framework's, not a promise's", async () => {
    const slow: Store = { ...memoryStore(), get: async () => undefined }
    const app = express()
    app.set('env', 'test')
    app.use(session({ ...quiet, store: slow }))
    app.get('/', () => {
      throw new Error('the handler failed')
    })
    const origin = await serve(app)
    expect((await fetch(origin)).status).toBe(500)
  })

  it('answers itself where the framework takes one call of next only, as Restify does', async () => {
    const use = session({ ...quiet, store: broken })
    const origin = await serve((req, res) => {
      Object.assign(req, { connectionState: () => '', startHandlerTimer: () => {} })
      let called = false
      use(req, res, () => {
        if (called) return
        called = true
        Object.assign((req as unknown as { session: object }).session, { user: 'ann' })
        res.end('fine')
      })
    })
    const answer = await fetch(origin)
    expect([answer.status, await answer.text()]).toEqual([503, 'ERR_SESSION_STORE\n'])
  })

  it("an error handler that throws, like Polka's own for every error with a code, ends no process", async () => {
    const warnings: unknown[] = []
    const note = (warning: Error) => warnings.push((warning as NodeJS.ErrnoException).code)
    process.on('warning', note)
    const app = require('polka')()
    app.use(session({ ...quiet, store: broken }))
    app.get('/', (req: express.Request, res: express.Response) => {
      Object.assign(req.session, { user: 'ann' })
      res.end('fine')
    })
    const answer = await fetch(await serve(app.handler))
    expect([answer.status, await answer.text()]).toEqual([503, 'ERR_SESSION_STORE\n'])
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', note)
    expect(warnings).toEqual(['ERR_HTTP_INVALID_STATUS_CODE'])
  })
})
