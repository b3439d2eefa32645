import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import fastifyCookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
// @ts-expect-error: it has no types of its own
import cookieSession from 'cookie-session'
// @ts-expect-error: it has no types of its own
import expressSession from 'express-session'
import fastify from 'fastify'
import { sealData, unsealData } from 'iron-session'
import Koa from 'koa'
import koaSession from 'koa-session'
import { describe, expect, it, onTestFinished } from 'vitest'
import { session as native } from '../../src/adapters/node.ts'
import { formerExpressSessions } from '../../src/compat/former/express.ts'
import { formerKoaSessions } from '../../src/compat/former/koa.ts'
import { createSessions, type FormerSessions, type SessionEvent } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { browser } from '../../src/testing/internal/browser.ts'
import { SECRET } from '../support/engine.ts'

async function listen(listener: (req: never, res: never) => void): Promise<string> {
  const server = createServer(listener as never).listen(0)
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Servers that were restarted with the native engine: two processes' worth on one store. */
async function restarted(moveFrom: FormerSessions) {
  const store = memoryStore()
  const events: SessionEvent[] = []
  const start = async (): Promise<string> => {
    const sessions = createSessions<Record<string, unknown>>({ secrets: SECRET, store, moveFrom, logger: {} })
    sessions.on('*', (event) => events.push(event))
    return listen(
      native(sessions)(async (req, res) => {
        const { session } = req as unknown as { session: Record<string, unknown> & { destroy(): Promise<void> } }
        if (req.url === '/out') await session.destroy()
        else if (req.url === '/write') session.n = Number(session.n ?? 0) + 1
        res.end(JSON.stringify({ ...session }))
      }) as never,
    )
  }
  return { origins: [await start(), await start()] as const, events, store }
}

const cookies = (jar: { header(path: string): string | undefined }): string => jar.header('/') ?? ''

describe('sessions of express-session move over', () => {
  const old = new expressSession.MemoryStore()
  const moveFrom = formerExpressSessions({ secret: ['other', 'keyboard cat'], store: old as never })
  const signedIn = async () => {
    const middleware = expressSession({ secret: 'keyboard cat', store: old, resave: false, saveUninitialized: false })
    const origin = await listen((req: never, res: { end(text: string): void }) =>
      middleware(req, res as never, () => {
        Object.assign((req as { session: object }).session, { user: 'alice', cart: [1] })
        res.end('{}')
      }),
    )
    const user = browser(origin, 'http')
    await user.json('/')
    return cookies(user.jar)
  }

  it('at the first request, with the data and a new cookie, and the old one ends', async () => {
    const cookie = await signedIn()
    const { origins, events } = await restarted(moveFrom)
    const user = browser(origins[0], 'http')
    const first = await user.get('/', { headers: { cookie } })
    expect(JSON.parse(await first.text())).toEqual({ user: 'alice', cart: [1] })
    expect(first.setCookies).toHaveLength(2)
    expect(first.setCookies[0]).toMatch(/^connect\.sid=; Path=\/; Expires=Thu, 01 Jan 1970/)
    expect(cookies(user.jar)).toMatch(/^holdfast\.sid=[^;]+$/)
    expect(await user.json('/')).toEqual({ user: 'alice', cart: [1] })
    expect(events.map(({ type }) => type)).toEqual(['moved'])
    expect(Object.keys((old as unknown as { sessions: object }).sessions)).toEqual([])
  })

  it('once, when many requests come at once to two servers', async () => {
    const cookie = await signedIn()
    const { origins, store } = await restarted(moveFrom)
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, i) => browser(origins[i % 2]!, 'http').get('/write', { headers: { cookie } })),
    )
    const given = new Set(replies.map(({ setCookies }) => setCookies.find((line) => line.startsWith('holdfast'))))
    expect(given.size).toBe(1)
    expect(await store.count({}, { now: Date.now() })).toBe(1)
  })

  it('and a logout is final for the old cookie, too', async () => {
    const cookie = await signedIn()
    const { origins } = await restarted(moveFrom)
    const user = browser(origins[0], 'http')
    await user.get('/', { headers: { cookie } })
    await user.json('/out')
    const thief = await browser(origins[1], 'http').get('/', { headers: { cookie } })
    expect(await thief.text()).toBe('{}')
    expect(thief.setCookies).toEqual([])
  })

  it('not with a signature that is wrong', async () => {
    const cookie = `${(await signedIn()).slice(0, -3)}abc`
    const { origins } = await restarted(moveFrom)
    expect(await (await browser(origins[0], 'http').get('/', { headers: { cookie } })).text()).toBe('{}')
  })

  it('and one that cannot be removed where it was is an error, and moves with the next request', async () => {
    const cookie = await signedIn()
    let fails = true
    const { origins } = await restarted({
      ...moveFrom,
      remove: (id) => {
        if (fails) throw new Error('down')
        return moveFrom.remove(id)
      },
    })
    expect((await browser(origins[0], 'http').get('/', { headers: { cookie } })).status).toBe(503)
    fails = false
    const reply = await browser(origins[0], 'http').get('/', { headers: { cookie } })
    expect(JSON.parse(await reply.text())).toEqual({ user: 'alice', cart: [1] })
  })
})

describe('sessions of koa-session move over', () => {
  const signedIn = async (options: object): Promise<string> => {
    const app = new Koa()
    app.keys = ['k1', 'k2']
    app.use(koaSession({ ...options } as never, app))
    app.use((ctx) => {
      Object.assign(ctx.session as object, { user: 'bob' })
      ctx.body = '{}'
    })
    const user = browser(await listen(app.callback() as never), 'http')
    await user.json('/')
    return cookies(user.jar)
  }

  it('from the cookie', async () => {
    const cookie = await signedIn({})
    const { origins } = await restarted(formerKoaSessions({ keys: ['new', 'k1'] }))
    const reply = await browser(origins[0], 'http').get('/', { headers: { cookie } })
    expect(JSON.parse(await reply.text())).toEqual({ user: 'bob' })
    expect(reply.setCookies).toHaveLength(3)
  })

  it('from a store', async () => {
    const kept = new Map<string, unknown>()
    const store = {
      get: async (id: string) => kept.get(id),
      set: async (id: string, data: unknown) => void kept.set(id, data),
      destroy: async (id: string) => void kept.delete(id),
    }
    const cookie = await signedIn({ store })
    const { origins } = await restarted(formerKoaSessions({ keys: ['k1'], store }))
    const reply = await browser(origins[0], 'http').get('/', { headers: { cookie } })
    expect(JSON.parse(await reply.text())).toEqual({ user: 'bob' })
    expect(kept.size).toBe(0)
  })

  it('not unsigned, and not when it has expired', async () => {
    const cookie = await signedIn({ maxAge: -1 })
    const value = Buffer.from(JSON.stringify({ user: 'bob', _expire: Date.now() - 1, _maxAge: 1 })).toString('base64')
    const { origins } = await restarted(formerKoaSessions({ keys: ['k1'] }))
    for (const header of [cookie || 'koa.sess=x', `koa.sess=${value}`]) {
      const reply = await browser(origins[0], 'http').get('/', { headers: { cookie: header } })
      expect(await reply.text()).toBe('{}')
    }
    const unsigned = await restarted(formerKoaSessions({ keys: false }))
    const reply = await browser(unsigned.origins[0], 'http').get('/', { headers: { cookie: `koa.sess=${value}` } })
    expect(await reply.text()).toBe('{}')
  })
})

describe('sessions of other libraries move over', () => {
  it('of cookie-session', async () => {
    const middleware = cookieSession({ keys: ['k1', 'k2'] })
    const origin = await listen((req: never, res: { end(text: string): void }) =>
      middleware(req, res as never, () => {
        Object.assign((req as { session: object }).session, { user: 'carol' })
        res.end('{}')
      }),
    )
    const user = browser(origin, 'http')
    await user.json('/')
    const { origins } = await restarted(formerKoaSessions({ keys: ['k1'], key: 'session' }))
    const reply = await browser(origins[0], 'http').get('/', { headers: { cookie: cookies(user.jar) } })
    expect(JSON.parse(await reply.text())).toEqual({ user: 'carol' })
  })

  it('of @fastify/session', async () => {
    const store = new expressSession.MemoryStore()
    const secret = 'a secret of fastify, of at least 32 characters'
    const app = fastify()
    await app.register(fastifyCookie)
    await app.register(
      fastifySession as never,
      { secret, store, saveUninitialized: false, cookie: { secure: false } } as never,
    )
    app.get(
      '/',
      async (req) => Object.assign((req as unknown as { session: object }).session, { user: 'dave' }) && '{}',
    )
    const origin = await app.listen({ port: 0, host: '127.0.0.1' })
    onTestFinished(() => app.close())
    const user = browser(origin, 'http')
    await user.get('/')
    const { origins } = await restarted(formerExpressSessions({ secret, store, name: 'sessionId', prefix: '' }))
    const reply = await browser(origins[0], 'http').get('/', { headers: { cookie: cookies(user.jar) } })
    expect(JSON.parse(await reply.text())).toEqual({ user: 'dave' })
  })

  it('of iron-session, by a few lines of the application', async () => {
    const password = 'a password of at least 32 characters'
    const seal = await sealData({ user: 'erin' }, { password })
    const { origins } = await restarted({
      name: 'iron-session',
      claim: ({ cookieHeader }) => /(?:^|; )app=([^;]+)/.exec(String(cookieHeader))?.[1],
      async load(cookie) {
        const data = await unsealData<Record<string, unknown>>(cookie, { password })
        return Object.keys(data).length > 0 ? data : undefined
      },
      remove: () => undefined,
      clearing: ['app=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
    })
    const reply = await browser(origins[0], 'http').get('/', { headers: { cookie: `app=${seal}` } })
    expect(JSON.parse(await reply.text())).toEqual({ user: 'erin' })
    const forged = await browser(origins[0], 'http').get('/', { headers: { cookie: `app=${seal.slice(0, -9)}x` } })
    expect(await forged.text()).toBe('{}')
  })
})
