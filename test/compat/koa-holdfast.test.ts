import { createHash } from 'node:crypto'
import Koa from 'koa'
import original from 'koa-session'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import session, { type CreateSessionOptions } from '../../src/compat/koa-session.ts'
import type { InPlaceStore } from '../../src/core/store.ts'
import type { Store } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { type Browser, browser } from '../../src/testing/internal/browser.ts'

const HOUR = 3_600_000
const hash = (text: string, digest: 'base64url' | 'hex'): string => createHash('sha256').update(text).digest(digest)

// biome-ignore lint/suspicious/noExplicitAny: koa-session gives the session no type
type Ctx = any

const events: string[] = []

async function start(options: CreateSessionOptions | object, use: unknown = session): Promise<Browser> {
  const app = new Koa()
  app.keys = ['keyboard cat']
  app.silent = true
  app.use((use as typeof session)(options as CreateSessionOptions, app) as Koa.Middleware)
  for (const name of ['missed', 'expired', 'invalid']) app.on(`session:${name}`, () => events.push(name))
  app.use(async (ctx: Ctx) => {
    if (ctx.query.set) ctx.session[ctx.query.set] = 1
    if (ctx.query.maxAge) ctx.session.maxAge = Number(ctx.query.maxAge)
    if (ctx.query.end) ctx.session = null
    ctx.body = { ...ctx.session?.toJSON() }
  })
  const server = app.listen(0)
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return browser(`http://127.0.0.1:${(server.address() as { port: number }).port}`, 'http')
}

const entryOf = (store: Store, key: string) => store.get(key, { now: Date.now() })

/** A store that keeps another library's records in place, as those of `holdfast/formats` do. */
const inPlace = (): InPlaceStore => ({ ...memoryStore(), revisionOf: (value) => hash(value, 'hex') })

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 })
  events.length = 0
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the drop-in for koa-session on a Holdfast store', () => {
  it('keeps what koa-session would keep, under a key that is no id', async () => {
    const store = memoryStore()
    const user = await start({ store, maxAge: HOUR })
    await user.json('/?set=a')
    const id = user.jar.get('koa.sess') as string
    const now = Date.now()
    expect(await entryOf(store, id)).toBeUndefined()
    expect(await entryOf(store, hash(id, 'base64url'))).toMatchObject({
      value: JSON.stringify({ a: 1, _expire: now + HOUR, _maxAge: HOUR }),
      expiresAt: now + HOUR + 10_000,
    })
  })

  it('keeps a record in place, where koa-session finds it, and reads what koa-session wrote', async () => {
    const store = inPlace()
    const call = () => ({ now: Date.now() })
    const theirs = {
      get: async (id: string) => JSON.parse((await entryOf(store, id))?.value ?? 'null'),
      async set(id: string, data: object, ms: number) {
        await store.delete(id, call())
        const value = JSON.stringify(data)
        await store.insert(id, { value, expiresAt: Date.now() + ms, revision: store.revisionOf(value) }, call())
      },
      destroy: async (id: string) => void (await store.delete(id, call())),
    }
    const neu = await start({ store })
    const old = await start({ store: theirs }, original)
    await neu.json('/?set=a')
    for (const name of ['koa.sess', 'koa.sess.sig']) old.jar.take([`${name}=${neu.jar.get(name)}; path=/`], '/')
    expect(await old.json('/?set=b')).toEqual({ a: 1, b: 1 })
    expect(await neu.json('/?set=c')).toEqual({ a: 1, b: 1, c: 1 })
    expect(await old.json('/')).toEqual({ a: 1, b: 1, c: 1 })
    await neu.json('/?end=1')
    expect(await old.json('/')).toEqual({})
  })

  it('tells of sessions that are missed and expired', async () => {
    const store = memoryStore()
    const user = await start({ store, maxAge: HOUR })
    await user.json('/?set=a')
    const cookies = ['koa.sess', 'koa.sess.sig'].map((name) => `${name}=${user.jar.get(name)}; path=/`)
    user.jar.take(cookies, '/')
    vi.setSystemTime(Date.now() + HOUR + 1)
    expect(await user.json('/')).toEqual({})
    vi.setSystemTime(Date.now() + 10_000)
    expect(await user.json('/')).toEqual({})
    await new Promise(setImmediate)
    expect(events).toEqual(['expired', 'missed'])
  })

  it('ends a session for the browser a day after its last use, and not before', async () => {
    const user = await start({ store: memoryStore(), maxAge: 'session' })
    await user.json('/?set=a')
    for (let i = 0; i < 3; i++) {
      vi.setSystemTime(Date.now() + 20 * HOUR)
      expect(await user.json('/')).toEqual({ a: 1 })
    }
    vi.setSystemTime(Date.now() + 24 * HOUR)
    expect(await user.json('/')).toEqual({})
  })

  it('keeps a length of its own with the session', async () => {
    const user = await start({ store: memoryStore(), maxAge: HOUR, rolling: true })
    await user.json(`/?set=a&maxAge=${5 * HOUR}`)
    for (let i = 0; i < 3; i++) {
      vi.setSystemTime(Date.now() + 4 * HOUR)
      expect(await user.json('/')).toEqual({ a: 1 })
    }
  })

  it('answers 503 when the store fails, and leaves the cookie as it is', async () => {
    const store = memoryStore()
    const failing = { ...store, get: () => Promise.reject(new Error('down')) }
    const user = await start({ store: failing })
    user.jar.take(['koa.sess=id; path=/', 'koa.sess.sig=ywZ; path=/'], '/')
    const unsigned = await start({ store: failing, signed: false })
    unsigned.jar.take(['koa.sess=id; path=/'], '/')
    const reply = await unsigned.get('/')
    expect(reply.status).toBe(503)
    expect(reply.setCookies).toEqual([])
    // A forged id never reaches the store.
    expect((await user.get('/')).status).toBe(200)
  })

  it('does not wait longer for its store than storeTimeout', async () => {
    const store = { ...memoryStore(), get: () => new Promise<undefined>(() => undefined) }
    const user = await start({ store, signed: false, storeTimeout: 20 })
    user.jar.take(['koa.sess=id; path=/'], '/')
    expect((await user.get('/')).status).toBe(503)
    expect(() => session({ storeTimeout: 'soon' as never }, new Koa())).toThrow('storeTimeout')
  })
})
