import { createServer, type RequestListener } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { exchange, session } from '../../src/adapters/node.ts'
import { createSessions, type Store } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import type { ServedAdapter } from '../../src/testing/adapter-suite.ts'
import { listening } from './bindings/listening.ts'

const quiet = { secrets: 'a secret for tests that is long enough for it', logger: {} }
interface Data {
  user: string
}

const open: ServedAdapter[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})
const serve = async (listener: RequestListener): Promise<string> => {
  const server = await listening(createServer(listener))
  open.push(server)
  return server.origin
}

const lost = async (): Promise<never> => {
  throw new Error('The connection is lost.')
}
const failing = (over: Partial<Store>): Store => ({ ...memoryStore(), ...over })

describe('holdfast/node', () => {
  it('answers a failed read and a failed commit in plain text, with the status and the code', async () => {
    const store = memoryStore()
    const sessions = createSessions<Data>({ ...quiet, store })
    const origin = await serve(
      session(sessions)((req, res) => {
        req.session.user = 'ann'
        res.end('fine')
      }),
    )
    const cookie = (await fetch(origin)).headers.get('set-cookie')?.split(';')[0] as string
    for (const over of [{ get: lost }, { insert: lost }]) {
      const origin = await serve(
        session<Data>({ ...quiet, store: failing(over) })((req, res) => {
          req.session.user = 'ann'
          res.setHeader('ETag', 'x')
          res.end('fine')
        }),
      )
      const answer = await fetch(origin, 'get' in over ? { headers: { cookie } } : {})
      expect([answer.status, await answer.text()]).toEqual([503, 'ERR_SESSION_STORE\n'])
      expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
      expect(answer.headers.get('etag')).toBe(null)
    }
    await sessions.close()
  })

  it('answers data that cannot be kept with 500 and the code', async () => {
    const origin = await serve(
      session(quiet)((req, res) => {
        Object.assign(req.session, { made: new Date() })
        res.end('fine')
      }),
    )
    const answer = await fetch(origin)
    expect([answer.status, await answer.text()]).toEqual([500, 'ERR_SESSION_DATA\n'])
  })

  it('T128 believes X-Forwarded-Proto only if it is told to, and of several proxies the first', async () => {
    const secure = async (header: string, trustProxy?: boolean | (() => boolean)): Promise<boolean | undefined> => {
      const origin = await serve(
        session<Data>(quiet, { trustProxy })((req, res) => {
          req.session.user = 'ann'
          res.end()
        }),
      )
      const answer = await fetch(origin, { headers: { 'x-forwarded-proto': header } })
      return answer.headers.get('set-cookie')?.includes('; Secure')
    }
    expect(await secure('https')).toBe(false)
    expect(await secure('https', false)).toBe(false)
    expect(await secure('https', () => false)).toBe(false)
    expect(await secure('https', true)).toBe(true)
    expect(await secure(' HTTPS , http', () => true)).toBe(true)
    expect(await secure('http, https', true)).toBe(false)
    expect(await secure(`https${' ,'.repeat(4000)}`, true)).toBe(true)
  })

  it('an engine can be called by hand with exchange(req, res)', async () => {
    const sessions = createSessions<Data>(quiet)
    const origin = await serve(async (req, res) => {
      const visit = await sessions.open(exchange(req, res))
      const before = visit.session.user ?? 'nobody'
      visit.session.user = 'ann'
      await sessions.finish(visit)
      res.setHeader('X-Own', '1')
      res.end(before)
    })
    const first = await fetch(origin)
    const cookie = first.headers.get('set-cookie')?.split(';')[0] as string
    expect(first.headers.get('cache-control')).toBe('private')
    expect(await first.text()).toBe('nobody')
    expect(await (await fetch(origin, { headers: { cookie } })).text()).toBe('ann')
    await sessions.close()
  })

  it('two wrapped sessions on one request are both there', async () => {
    const user = session<Data>({ ...quiet, cookie: { name: 'user' } })
    const admin = session<Data>({ ...quiet, cookie: { name: 'admin' } }, { property: 'admin' })
    const origin = await serve(
      user(
        admin((req, res) => {
          const both = req as unknown as { session: Data; admin: Data }
          both.session.user = 'ann'
          both.admin.user = 'root'
          res.end()
        }),
      ),
    )
    const cookies = (await fetch(origin)).headers.getSetCookie().map((line) => line.split('=')[0])
    expect(cookies.sort()).toEqual(['admin', 'user'])
  })

  it('says so when the request has the property already', async () => {
    const wrapped = session(quiet)((_req, res) => void res.end('fine'))
    const origin = await serve((req, res) => {
      Object.assign(req, { session: {} })
      wrapped(req, res)
    })
    const answer = await fetch(origin)
    expect([answer.status, await answer.text()]).toEqual([500, 'ERR_SESSION_OPTION\n'])
  })
})
