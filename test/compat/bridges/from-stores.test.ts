import assert from 'node:assert/strict'
import { afterEach, describe, it, vi } from 'vitest'
import { fromExpressStore, fromKoaStore } from '../../../src/compat/bridges/index.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { storeSuite } from '../../../src/testing/index.ts'
import { BRIDGED } from '../stores/kit.ts'
import type { Untyped } from '../stores/open.ts'

const NOW = 1_800_000_000_000
const HOUR = 3_600_000
const at = (now: number, ifRevision = 'r1') => ({ now, ifRevision })
const entry = (over: object = {}) => ({ value: 'value', expiresAt: NOW + HOUR, revision: 'r1', ...over })

/** A store as applications write them, which keeps what it is given and answers when it is told to. */
const plainStore = () => {
  const kept = new Map<string, string>()
  const hanging: (() => void)[] = []
  const hung: string[] = []
  const answer = (method: string, done: Untyped, act: () => unknown) => {
    const go = () => done(null, act())
    if (hung.includes(method)) hanging.push(go)
    else setImmediate(go)
  }
  return {
    kept,
    /** Calls of this method wait from now on. */
    hang: (method: string) => hung.push(method),
    /** Answers what waits. */
    release() {
      hung.length = 0
      for (const go of hanging.splice(0)) go()
    },
    get: (sid: string, done: Untyped) => answer('get', done, () => JSON.parse(kept.get(sid) ?? 'null')),
    set: (sid: string, session: object, done: Untyped) =>
      answer('set', done, () => void kept.set(sid, JSON.stringify(session))),
    destroy: (sid: string, done: Untyped) => answer('destroy', done, () => void kept.delete(sid)),
  }
}

describe('fromExpressStore', () => {
  afterEach(() => vi.useRealTimers())

  it('gives the store a session with a cookie, which the store may look at, and an id that fits everywhere', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW })
    const store = plainStore()
    await fromExpressStore(store).insert('../the key', entry({ value: 'é\0\ud800', owner: 'ü' }), { now: NOW })
    const [[sid, text]] = [...store.kept] as [[string, string]]
    assert.match(sid, /^[0-9a-f]{32}$/)
    assert.match(text, /^[ -~]*$/)
    const { cookie, holdfast, ...rest } = JSON.parse(text)
    assert.deepEqual(rest, {})
    assert.equal(JSON.parse(holdfast).value, 'é\0\ud800')
    // A minute longer than the session, because clocks differ.
    assert.deepEqual(cookie, {
      originalMaxAge: HOUR + 60_000,
      expires: new Date(NOW + HOUR + 60_000).toISOString(),
      httpOnly: true,
      path: '/',
    })
  })

  it('tells no store of an end in more than ten years', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW })
    const store = plainStore()
    await fromExpressStore(store).insert('key', entry({ expiresAt: 8.64e15 }), { now: NOW })
    const [text] = [...store.kept.values()]
    assert.equal(JSON.parse(text!).cookie.originalMaxAge, 10 * 365 * 86_400_000)
  })

  it('several bridges on one store object take turns together', async () => {
    const store = plainStore()
    const [one, two] = [fromExpressStore(store), fromExpressStore(store)]
    await one.insert('key', entry(), { now: NOW })
    const answers = await Promise.all(
      [one, two, one, two].map((bridge, n) => bridge.update('key', entry({ revision: `n${n}` }), at(NOW))),
    )
    assert.deepEqual(answers.map(({ outcome }) => outcome).sort(), ['conflict', 'conflict', 'conflict', 'updated'])
  })

  it('takes ENOENT for "no such session", and no other failure', async () => {
    const failing = (code: string) => ({
      ...plainStore(),
      get: (_: string, done: Untyped) => done(Object.assign(new Error('"the data"'), { code })),
    })
    const get = async (code: string) => fromExpressStore(failing(code)).get('key', { now: NOW })
    assert.equal(await get('ENOENT'), undefined)
    await assert.rejects(get('EACCES'), (error: Untyped) => {
      assert.deepEqual([error.code, error.retryable], ['ERR_SESSION_STORE', true])
      assert.doesNotMatch(`${error.stack}${error.cause.stack}`, /the data/)
      return true
    })
  })

  it('whichever way a method fails, it is a coded error', async () => {
    const failure = new Error('down')
    const ways: readonly Untyped[] = [
      (...given: Untyped[]) => given.at(-1)(failure),
      () => {
        throw failure
      },
      () => Promise.reject(failure),
    ]
    for (const fail of ways) {
      const broken = fromExpressStore({ get: fail, set: fail, destroy: fail })
      const unwritable = plainStore()
      const bridge = fromExpressStore({ ...unwritable, set: fail, destroy: fail })
      await assert.rejects(async () => broken.get('key', { now: NOW }), { code: 'ERR_SESSION_STORE' })
      await assert.rejects(async () => broken.ping?.({ now: NOW }), { code: 'ERR_SESSION_STORE' })
      await assert.rejects(async () => bridge.insert('key', entry(), { now: NOW }), { code: 'ERR_SESSION_STORE' })
      await fromExpressStore(unwritable).insert('key', entry(), { now: NOW })
      const update = async () => bridge.update('key', entry(), at(NOW))
      await assert.rejects(update, { code: 'ERR_SESSION_STORE' })
      await assert.rejects(async () => bridge.touch('key', NOW + 1, at(NOW)), { code: 'ERR_SESSION_STORE' })
      await assert.rejects(async () => bridge.delete('key', { now: NOW }), { code: 'ERR_SESSION_STORE' })
    }
  })

  it('what somebody else has put under the id is no session', async () => {
    const store = plainStore()
    const bridge = fromExpressStore(store)
    await bridge.insert('key', entry(), { now: NOW })
    const [sid] = [...store.kept.keys()]
    for (const text of ['{}', '1', '"text"', '[]', '{"holdfast":1}', '{"holdfast":"text"}', '{"holdfast":"null"}']) {
      store.kept.set(sid!, text)
      assert.equal(await bridge.get('key', { now: NOW }), undefined, text)
    }
    assert.equal(await bridge.insert('key', entry(), { now: NOW }), 'inserted')
  })

  it('a write that the store answers half a minute too late does not undo the logout since', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const store = plainStore()
    const bridge = fromExpressStore(store)
    await bridge.insert('key', entry(), { now: NOW })
    store.hang('set')
    const late = Promise.resolve(bridge.update('key', entry({ revision: 'r2' }), at(NOW))).catch(({ code }) => code)
    const logout = bridge.delete('key', { now: NOW })
    // So that the write has been sent.
    for (let turns = 0; turns < 5; turns++) await new Promise(setImmediate)
    await vi.advanceTimersByTimeAsync(30_000)
    assert.equal(await late, 'ERR_SESSION_STORE_TIMEOUT')
    assert.equal(await logout, 'deleted')
    store.release()
    for (let turns = 0; turns < 5; turns++) await new Promise(setImmediate)
    assert.equal(store.kept.size, 0)
    assert.equal(await bridge.get('key', { now: NOW }), undefined)
  })

  it('refuses what is no such store', () => {
    const { get, set, destroy } = plainStore()
    for (const store of [undefined, null, {}, { get, set }, { get, destroy }, { set, destroy }, memoryStore()]) {
      assert.throws(() => fromExpressStore(store as never), { code: 'ERR_SESSION_OPTION', option: 'store' })
      assert.throws(() => fromKoaStore(store as never), { code: 'ERR_SESSION_OPTION', option: 'store' })
    }
  })
})

/** A store for koa-session whose methods answer at once, by a promise, or are generator functions. */
const koaStores: Record<string, () => Untyped> = {
  'that answers at once'() {
    const kept = new Map<string, object>()
    return {
      get: (sid: string) => kept.get(sid),
      set: (sid: string, session: object) => void kept.set(sid, session),
      destroy: (sid: string) => void kept.delete(sid),
    }
  },
  'that answers by promises'() {
    const kept = new Map<string, string>()
    return {
      get: async (sid: string) => JSON.parse(kept.get(sid) ?? 'null'),
      set: async (sid: string, session: object, ttl: unknown) => {
        assert.ok(typeof ttl === 'number' && ttl > 0)
        kept.set(sid, JSON.stringify(session))
      },
      destroy: async (sid: string) => void kept.delete(sid),
    }
  },
  'of generator functions'() {
    const kept = new Map<string, string>()
    const soon = (done: Untyped) => setImmediate(done, null)
    return {
      *get(sid: string): Untyped {
        yield soon
        return JSON.parse(kept.get(sid) ?? 'null')
      },
      *set(sid: string, session: object): Untyped {
        yield Promise.resolve()
        kept.set(sid, JSON.stringify(session))
      },
      *destroy(sid: string): Untyped {
        yield [soon, soon]
        kept.delete(sid)
      },
    }
  },
}
for (const [name, make] of Object.entries(koaStores)) {
  storeSuite({
    describe,
    it,
    name: `fromKoaStore over a store ${name}`,
    weaknesses: [...BRIDGED, 'volatile'],
    open: () => ({ store: fromKoaStore(make()) }),
  })
}
