import { describe, expect, it, onTestFinished } from 'vitest'
import type { CreateSessionOptions } from '../../src/compat/koa-session.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { type Act, startApp } from './koa-app.ts'
import { type OtherStore, otherStore } from './koa-store.ts'

/** What the drop-in keeps whichever store it is given, within one process. */
const STORES: readonly { readonly name: string; readonly options: () => CreateSessionOptions }[] = [
  { name: "another library's store", options: () => ({ store: otherStore() }) },
  { name: 'a ContextStore', options: contextStore },
  { name: 'a Holdfast store', options: () => ({ store: memoryStore() }) },
]

function contextStore(): CreateSessionOptions {
  const shared = otherStore()
  return {
    ContextStore: class {
      get(key: string) {
        return shared.get(key)
      }
      set(key: string, data: object) {
        return shared.set(key, data)
      }
      destroy(key: string) {
        return shared.destroy(key)
      }
    },
  }
}

const start = (options: CreateSessionOptions) => startApp(options, onTestFinished)

const SLOW: readonly Act[] = ['read', 'write', 'remove', 'replace', 'save', 'renew', 'lifetime', 'login', 'logout']
const PAIRS = SLOW.flatMap((slow) =>
  (['login', 'logout'] as const).flatMap((beside) => ['before', 'after'].map((gate) => ({ slow, beside, gate }))),
)

describe.each(STORES)('the drop-in for koa-session on $name', ({ options }) => {
  it.each([{}, { rolling: true }, { renew: true, maxAge: 60_000 }, { maxAge: 'session' }] as CreateSessionOptions[])(
    'keeps what 20 requests at once write (%o)',
    async (more) => {
      const app = await start({ ...options(), ...more })
      const user = app.visitor()
      await user.json('/act/write?key=first')
      await Promise.all(Array.from({ length: 20 }, (_, i) => user.json(`/act/${i % 5 ? 'write' : 'save'}?key=k${i}`)))
      expect(Object.keys(await user.json('/me'))).toHaveLength(21)
      expect(app.errors).toEqual([])
    },
  )

  it('keeps what others wrote while a session gets a new id', async () => {
    const app = await start(options())
    const user = app.visitor()
    await user.json('/act/write?key=first')
    const renewed = user.json('/act/renew?before=slow')
    await app.reached('slow')
    await user.json('/act/write?key=beside')
    app.open('slow')
    await renewed
    expect(await user.json('/me')).toEqual({ first: 1, beside: 1 })
  })

  it.each(PAIRS)('a $slow that is slow $gate its act, beside a $beside: what ended stays so', async (pair) => {
    const { slow, beside, gate } = pair
    const app = await start({ ...options(), rolling: true })
    const user = app.visitor()
    await user.json('/act/write?key=first')
    const old = user.jar.get('koa.sess') as string
    const signature = user.jar.get('koa.sess.sig') as string
    const late = user.get(`/act/${slow}?key=late&${gate}=slow`)
    await app.reached('slow')
    await user.json(`/act/${beside}?key=x`)
    const winner = user.jar.get('koa.sess')
    app.open('slow')
    await late.then((reply) => reply.text())

    const thief = app.visitor()
    thief.jar.take([`koa.sess=${old}; path=/`, `koa.sess.sig=${signature}; path=/`], '/')
    expect(await thief.json('/me')).toEqual({})
    // A slow request that signs in or out itself has its say about the cookie; no other has.
    if (['login', 'logout', 'renew'].includes(slow)) return
    expect(user.jar.get('koa.sess')).toBe(winner)
    // What was saved before the other one's login, that has kept.
    const saved = slow === 'save' && gate === 'after' ? { late: 1 } : {}
    expect(await user.json('/me')).toEqual(beside === 'login' ? { first: 1, user: 'alice', ...saved } : {})
  })

  it.each(['login', 'renew'])('a slow %s beside a logout gives no id to what ended', async (act) => {
    const app = await start(options())
    const user = app.visitor()
    await user.json('/act/write?key=first')
    const late = user.get(`/act/${act}?before=slow`)
    await app.reached('slow')
    await user.json('/act/logout')
    app.open('slow')
    expect((await late).status).toBe(500)
    expect(user.jar.get('koa.sess')).toBeUndefined()
    expect(await user.json('/me')).toEqual({})
  })

  it('saves before it answers: who follows a redirect finds the session', async () => {
    const app = await start(options())
    const user = app.visitor()
    const reply = await user.get('/act/write?key=basket&to=/me')
    expect(reply.status).toBe(302)
    expect(await user.json('/me')).toEqual({ basket: 1 })
  })
})

describe("the drop-in for koa-session on another library's store that keeps values", () => {
  it.each(['write', 'renew'])('leaves a date that others wrote a date, beside a %s', async (act) => {
    const kept = new Map<string, object>()
    const store = {
      get: async (key: string) => kept.get(key),
      set: async (key: string, data: object) => void kept.set(key, data),
      destroy: async (key: string) => void kept.delete(key),
    }
    const app = await start({ store })
    const user = app.visitor()
    await user.json('/act/write?key=first')
    const late = user.json(`/act/${act}?key=late&before=slow`)
    await app.reached('slow')
    await Promise.all(['a', 'b', 'c'].map((key) => user.json(`/act/date?key=${key}`)))
    app.open('slow')
    await late
    const [data] = kept.values()
    const at = expect.any(Date)
    expect(data).toMatchObject({ first: 1, a: at, b: at, c: at })
  })
})

describe("the drop-in for koa-session on another library's store that fails", () => {
  const begin = async (): Promise<{ store: OtherStore; app: Awaited<ReturnType<typeof start>> }> => {
    const store = otherStore()
    return { store, app: await start({ store, rolling: true }) }
  }

  it.each(['write', 'save', 'renew'] satisfies Act[])('answers a %s 500, without a cookie', async (act) => {
    const { store, app } = await begin()
    const user = app.visitor()
    store.fail('set')
    const reply = await user.get(`/act/${act}?key=a`)
    expect(reply.status).toBe(500)
    expect(reply.setCookies).toEqual([])
    expect(app.errors).toMatchObject([{ message: 'the store is down' }])
    expect(store.entries.size).toBe(0)
  })

  it('answers 500 to one who is signed in, instead of taking him for a stranger', async () => {
    const { store, app } = await begin()
    const user = app.visitor()
    await user.json('/act/write?key=a')
    store.fail('get')
    const reply = await user.get('/me')
    expect(reply.status).toBe(500)
    expect(reply.setCookies).toEqual([])
    store.fail()
    expect(await user.json('/me')).toEqual({ a: 1 })
  })

  it('keeps the session of a logout that failed, and ends it at the next', async () => {
    const { store, app } = await begin()
    const user = app.visitor()
    await user.json('/act/write?key=a')
    store.fail('destroy')
    expect((await user.get('/act/logout')).status).toBe(500)
    store.fail()
    expect(await user.json('/me')).toEqual({ a: 1 })
    await user.json('/act/write?key=b')
    expect(await user.json('/me')).toEqual({ a: 1, b: 1 })
    await user.json('/act/logout')
    expect(store.entries.size).toBe(0)
  })

  it('finds after a slow redirect what was saved before it', async () => {
    const app = await start({ store: otherStore(50) })
    const user = app.visitor()
    await user.get('/act/write?key=basket&to=/me')
    expect(await user.json('/me')).toEqual({ basket: 1 })
  })
})
