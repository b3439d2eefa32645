import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, it, onTestFinished, vi } from 'vitest'
import { toExpressStore } from '../../../src/compat/bridges/index.ts'
import { fileFormat } from '../../../src/formats/file.ts'
import type { Store } from '../../../src/index.ts'
import { fileStore } from '../../../src/stores/file.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { published, type Untyped } from '../stores/open.ts'

const NOW = 1_800_000_000_000
const MINUTE = 60_000

/** A session as express-session hands one to a store. */
const sessionOf = (data: object, maxAge: number | null = MINUTE): Untyped => {
  const cookie = new published.Cookie()
  cookie.maxAge = maxAge
  return { cookie, ...data }
}

/** Its methods as promises. */
const opened = (store: Store) => {
  const view = toExpressStore(store) as Untyped
  const method = (name: string) => promisify(view[name].bind(view))
  return {
    get: method('get') as (sid: unknown) => Promise<Untyped>,
    set: method('set') as (sid: unknown, session: object) => Promise<void>,
    touch: method('touch') as (sid: unknown, session: object) => Promise<void>,
    destroy: method('destroy') as (sid: unknown) => Promise<void>,
    view,
    method,
  }
}

const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-bridges-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

describe('toExpressStore', () => {
  afterEach(() => vi.useRealTimers())
  const at = (now: number) => vi.useFakeTimers({ toFake: ['Date'], now })

  it('gets, sets and destroys, also without callbacks', async () => {
    const { get, set, destroy, view } = opened(memoryStore())
    assert.equal(await get('a'), null)
    await set('a', sessionOf({ n: 1 }))
    const { cookie, ...data } = await get('a')
    assert.deepEqual([data, cookie.originalMaxAge], [{ n: 1 }, MINUTE])
    view.set('a', sessionOf({ n: 2 }))
    view.touch('a', sessionOf({}))
    await set('a', sessionOf({ n: 3 }))
    assert.equal((await get('a')).n, 3)
    view.destroy('a')
    await destroy('b')
    assert.equal(await get('a'), null)
  })

  it('keeps the key as a hash and what express-session gives as its text', async () => {
    const store = memoryStore()
    await opened(store).set('the id', sessionOf({ n: 1 }, null))
    const { entries } = await store.list!({ limit: 10 }, { now: Date.now() })
    assert.match(entries[0]!.key, /^[\w-]{43}$/)
    const entry = await store.get(entries[0]!.key, { now: Date.now() })
    assert.equal(entry!.value, '{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"},"n":1}')
  })

  it('ends a session when its cookie does, exactly, and one without an end a day after its last use', async () => {
    for (const [maxAge, end] of [
      [MINUTE, NOW + MINUTE],
      [null, NOW + 86_400_000],
    ] as const) {
      at(NOW)
      const { get, set, touch } = opened(memoryStore())
      await set('a', sessionOf({}, maxAge))
      for (const [moment, alive] of [
        [end - 1, true],
        [end, false],
        [end + 1, false],
      ] as const) {
        at(moment)
        assert.equal((await get('a')) !== null, alive, `at the end ${moment - end}`)
      }
      at(end - 1)
      await touch('a', sessionOf({}, maxAge))
      at(end - 2 + end - NOW)
      assert.notEqual(await get('a'), null)
      at(end - 1 + end - NOW)
      assert.equal(await get('a'), null)
      await touch('a', sessionOf({}, maxAge))
      assert.equal(await get('a'), null, 'a touch brings nothing back')
    }
  })

  it('takes an end as text, as a number, as maxAge, and one that has passed', async () => {
    at(NOW)
    const { get, set } = opened(memoryStore())
    await set('text', { cookie: { expires: new Date(NOW + 1000).toISOString() } })
    await set('number', { cookie: { expires: NOW + 1000 } })
    await set('maxAge', { cookie: { maxAge: 1000 } })
    await set('passed', { cookie: { expires: new Date(NOW) } })
    await set('no date', { cookie: { expires: 'never' } })
    assert.equal(await get('passed'), null)
    at(NOW + 1000)
    for (const id of ['text', 'number', 'maxAge']) assert.equal(await get(id), null, id)
    assert.notEqual(await get('no date'), null)
  })

  it('of several writes at once the last call wins', async () => {
    const slow = memoryStore()
    let delay = 5
    // The first call takes longest.
    const store: Store = {
      ...slow,
      async get(key, call) {
        for (let turns = delay--; turns > 0; turns--) await new Promise(setImmediate)
        return slow.get(key, call)
      },
    }
    const { get, set } = opened(store)
    await Promise.all([1, 2, 3].map((n) => set('a', sessionOf({ n }))))
    assert.equal((await get('a')).n, 3)
  })

  it('a session that ended does not come back by a write or a touch that is late', async () => {
    const { get, set, touch, destroy } = opened(memoryStore())
    await set('a', sessionOf({ n: 1 }))
    await destroy('a')
    await set('a', sessionOf({ n: 2 }))
    await touch('a', sessionOf({ n: 2 }))
    assert.equal(await get('a'), null)
  })

  it('a session that another process ended does not come back either', async () => {
    const directory = folder()
    const here = opened(fileStore({ directory }))
    await here.set('a', sessionOf({ n: 1 }))
    await opened(fileStore({ directory })).destroy('a')
    await here.set('a', sessionOf({ n: 2 }))
    assert.equal(await here.get('a'), null)
  })

  it('a logout while a write is on its way wins', async () => {
    const { get, set, destroy } = opened(memoryStore())
    await set('a', sessionOf({ n: 1 }))
    await Promise.all([set('a', sessionOf({ n: 2 })), destroy('a'), set('a', sessionOf({ n: 3 }))])
    assert.equal(await get('a'), null)
  })

  it('makes the store ready before its first use', async () => {
    const store = memoryStore()
    let isReady = false
    const check = () => assert.ok(isReady)
    const { set } = opened({
      ...store,
      ready: async () => {
        isReady = true
      },
      get(key, call) {
        check()
        return store.get(key, call)
      },
    })
    await set('a', sessionOf({}))
  })

  it('what fails is a coded error for the callback, which tells nothing of the session', async () => {
    const store: Store = {
      ...memoryStore(),
      get: () => {
        throw new Error('secret: "data"')
      },
    }
    const { get, set, touch, destroy } = opened({ ...store, delete: store.get as never })
    const session = sessionOf({ secret: 'data' })
    for (const call of [get('a'), set('a', session), touch('a', session), destroy('a')]) {
      await assert.rejects(call, (error: Untyped) => {
        assert.deepEqual([error.code, error.retryable], ['ERR_SESSION_STORE', true])
        assert.doesNotMatch(`${error.stack}${error.cause?.stack}`, /"data"/)
        return true
      })
    }
  })

  it('what JSON cannot hold is an error for the callback, and nothing is written', async () => {
    const { get, set } = opened(memoryStore())
    const session = sessionOf({})
    session.self = session
    await assert.rejects(set('a', session), TypeError)
    assert.equal(await get('a'), null)
  })

  it('what is no id has no session, and is not converted to one', async () => {
    const { get, set, touch, destroy } = opened(memoryStore())
    await set('undefined', sessionOf({}))
    for (const id of [undefined, null, 1, {}, ['undefined'], { toString: () => 'undefined' }]) {
      assert.equal(await get(id), null)
      await touch(id, sessionOf({}))
      await destroy(id)
      await assert.rejects(set(id, sessionOf({})), { code: 'ERR_SESSION_KEY' })
    }
    assert.notEqual(await get('undefined'), null)
  })

  it('what is no session of express-session is none', async () => {
    const store = memoryStore()
    const { get, set } = opened(store)
    for (const value of ['', 'a', 'null', '1', '{}', '{"cookie":null}', '{"cookie":1}']) {
      await set('a', sessionOf({}))
      const { key } = (await store.list!({ limit: 1 }, { now: Date.now() })).entries[0]!
      const { revision, expiresAt } = (await store.get(key, { now: Date.now() }))!
      await store.update(key, { value, revision: 'r', expiresAt }, { now: Date.now(), ifRevision: revision })
      assert.equal(await get('a'), null, value)
    }
    await set('a', sessionOf({ n: 1 }))
    assert.equal((await get('a')).n, 1)
  })

  it('lists, counts and clears where the store can list', async () => {
    const { get, set, method } = opened(memoryStore())
    for (let n = 0; n < 250; n++) await set(`id ${n}`, sessionOf({ n }))
    const all = (await method('all')()) as Untyped[]
    assert.deepEqual(
      all.map(({ n }) => n).sort((a, b) => a - b),
      [...Array(250).keys()],
    )
    assert.equal('id' in all[0], false)
    assert.equal(await method('length')(), 250)
    await method('clear')()
    assert.equal(await method('length')(), 0)
    assert.equal(await get('id 1'), null)
    const { list: _, ...unlisted } = memoryStore()
    assert.deepEqual([toExpressStore(unlisted).all, toExpressStore(unlisted).length], [undefined, undefined])
  })

  it("on another library's records in place, ids are its own and `all` has them", async () => {
    const directory = folder()
    const { get, set, destroy, method } = opened(fileFormat({ directory }))
    await set('one', sessionOf({ n: 1 }))
    await set('two', sessionOf({ n: 2 }))
    assert.deepEqual(
      readdirSync(directory)
        .filter((name) => name.endsWith('.json'))
        .sort(),
      ['one.json', 'two.json'],
    )
    await set('one', sessionOf({ n: 1 }))
    const all = (await method('all')()) as Untyped[]
    assert.deepEqual(all.map(({ id, n }) => [id, n]).sort(), [
      ['one', 1],
      ['two', 2],
    ])
    await destroy('one')
    await set('one', sessionOf({ n: 3 }))
    assert.equal(await get('one'), null)
  })

  it('refuses what is no Holdfast store', () => {
    for (const store of [undefined, null, {}, new published.MemoryStore()]) {
      assert.throws(() => toExpressStore(store), { code: 'ERR_SESSION_OPTION', option: 'store' })
    }
  })
})
