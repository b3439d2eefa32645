import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Answer } from '../../../src/core/store.ts'
import { type RedisStore, redisStore } from '../../../src/stores/redis.ts'
import { at, entryAt, HOUR } from '../../../src/testing/internal/bench.ts'
import { describeWith } from '../../servers/found.ts'
import { type RedisServer, redisServer } from '../../servers/redis.ts'
import { type Connected, newPrefix } from './open.ts'
import { PATIENT } from './patient.ts'
import { type Way, wayTo } from './proxy.ts'

const now = Date.now()

/** How a call ended: its answer, or the error's code. Anything but a coded error of the store is a fault. */
async function endOf<T>(call: () => Answer<T>): Promise<T | 'failed'> {
  try {
    return await call()
  } catch (error) {
    const { code, message, cause } = error as { code?: string; message: string; cause?: unknown }
    assert.equal(code, 'ERR_SESSION_STORE', message)
    assert.ok(cause instanceof Error || /closed/.test(message), 'the cause is there for whoever looks')
    assert.ok(!/127\.0\.0\.1|key-|secret|canary/.test(message), message)
    return 'failed'
  }
}

/** Every method, on an entry that is there. */
const everyCall = (store: RedisStore, key: string, revision: string) => ({
  get: () => store.get(key, at(now)),
  insert: () => store.insert(`${key}-new`, entryAt(now, { owner: 'canary' }), at(now)),
  update: () => store.update(key, entryAt(now), at(now, { ifRevision: revision })),
  touch: () => store.touch(key, now + HOUR, at(now, { ifRevision: revision })),
  delete: () => store.delete(key, at(now)),
  list: () => store.list({ limit: 10 }, at(now)),
  count: () => store.count({}, at(now)),
  deleteOwned: () => store.deleteOwned({ owner: 'canary', limit: 10 }, at(now)),
  ping: () => store.ping(at(now)),
  ready: () => store.ready(),
})

const WRITES = ['insert', 'update', 'touch', 'delete', 'deleteOwned']

for (const [library, connect] of Object.entries(PATIENT)) {
  describeWith('redis', `when Redis fails, through ${library}`, () => {
    let server: RedisServer
    let way: Way
    let connected: Connected
    let store: RedisStore
    let number = 0
    beforeAll(async () => {
      server = await redisServer()
      await server.start()
      way = await wayTo(server.port)
      connected = await connect(way.url)
      store = redisStore(connected.client, { prefix: newPrefix() })
      await store.ready()
    })
    afterAll(async () => {
      await connected?.end()
      await way?.close()
      await server?.close()
    })

    const put = async (over = {}) => {
      const key = `key-${number++}`
      const entry = entryAt(now, over)
      assert.equal(await store.insert(key, entry, at(now)), 'inserted')
      return { key, entry, calls: everyCall(store, key, entry.revision) }
    }
    const works = async () => {
      // Each connection of a pool comes back for itself.
      const pings = async () => Promise.all(Array.from({ length: 10 }, () => endOf(() => store.ping(at(now)))))
      await expect.poll(pings, { timeout: 8000 }).not.toContain('failed')
      const { key, entry } = await put()
      assert.deepEqual(await store.get(key, at(now)), entry)
    }

    it('stopped, killed and started again: errors, and then it works, with all that was acknowledged', async () => {
      for (const end of ['stop', 'kill'] as const) {
        const { key, entry, calls } = await put()
        await server[end]()
        for (const [name, call] of Object.entries(calls)) assert.equal(await endOf<unknown>(call), 'failed', name)
        await server.start()
        await works()
        assert.deepEqual(await store.get(key, at(now)), entry)
      }
    })

    it('started again without its data: sessions are gone, and new ones work at once', async () => {
      const { key, entry } = await put()
      await server.empty()
      await works()
      assert.equal(await store.get(key, at(now)), undefined)
      assert.deepEqual(await store.update(key, entryAt(now), at(now, { ifRevision: entry.revision })), {
        outcome: 'gone',
      })
      assert.equal(await store.delete(key, at(now)), 'gone')
    })

    it('connections cut in the middle of calls: no answer that is not true', async () => {
      for (let round = 0; round < 5; round++) {
        const { key, entry, calls } = await put()
        way.answering = false
        const { ready: _, ...others } = calls
        const ends = Object.entries(others).map(async ([name, call]) => [name, await endOf<unknown>(call)] as const)
        await pause(20)
        way.cut()
        way.answering = true
        for (const [name, end] of await Promise.all(ends)) {
          // A client may send again what had no answer; then it is a true one.
          if (end === 'failed') continue
          if (name === 'get') assert.ok(end === undefined || (end as { revision: string }).revision !== '', name)
          assert.notEqual(end, 'taken', 'no other entry was there')
        }
        await works()
        const found = await store.get(key, at(now))
        assert.ok(found === undefined || found.revision === entry.revision || found.value !== entry.value)
        await store.delete(key, at(now))
        assert.equal(await store.get(key, at(now)), undefined)
      }
    })

    it('answers that nobody waits for any more go to nobody else [T150]', async () => {
      const entries = await Promise.all(Array.from({ length: 20 }, () => put()))
      way.answering = false
      const abandoned = new AbortController()
      const first = entries.slice(0, 10).map(async ({ key, entry }) => {
        const found = await endOf(() => store.get(key, at(now, { signal: abandoned.signal })))
        assert.ok(found === 'failed' || found?.value === entry.value)
      })
      await pause(30)
      abandoned.abort()
      const second = entries.slice(10).map(async ({ key, entry }) => {
        assert.equal((await store.get(key, at(now)))?.value, entry.value)
      })
      await pause(30)
      way.answering = true
      await Promise.all([...first, ...second])
    })

    it('paused for longer than the client bears: errors, no answer of another call, and then it works', async () => {
      const { key, entry } = await put()
      server.pause()
      const ends = Array.from({ length: 5 }, () => endOf(() => store.get(key, at(now))))
      const found = await Promise.all(ends)
      server.resume()
      for (const end of found) assert.ok(end === 'failed' || end?.revision === entry.revision)
      assert.ok(found.includes('failed'))
      await works()
    }, 20_000)

    it('a connection that has gone silent, while calls go on: a new one within seconds [T182]', async () => {
      if (library === 'node-redis pool') return // Its connections cannot be reached from outside.
      const { key, entry } = await put()
      way.silence()
      const began = performance.now()
      let found: unknown
      while (found === undefined && performance.now() - began < 10_000) {
        const late = pause(100, undefined)
        found = await Promise.race([late, Promise.resolve(store.get(key, at(now))).catch(() => undefined)])
        await pause(20)
      }
      assert.deepEqual(found, entry)
      assert.ok(performance.now() - began < 5000)
    }, 20_000)

    it('full: writes fail and say so, reads and deletes go on, and nothing is half written [T193]', async () => {
      const { key, entry, calls } = await put()
      await server.fill()
      try {
        const full = { code: 'ERR_SESSION_STORE', message: /memory is full \(OOM\)/, retryable: false }
        await assert.rejects(async () => calls.insert(), full)
        await assert.rejects(async () => calls.update(), full)
        await assert.rejects(async () => calls.touch(), full)
        assert.deepEqual(await store.get(key, at(now)), entry)
        assert.equal(await store.get(`${key}-new`, at(now)), undefined)
        await store.ready()
        assert.equal(await store.delete(key, at(now)), 'deleted')
        assert.equal(await store.get(key, at(now)), undefined)
      } finally {
        await server.unfill()
      }
      await works()
    })

    it('a replica: writes fail and are not taken for done, reads go on [T190]', async () => {
      const { key, entry, calls } = await put({ owner: 'canary' })
      await server.readOnly(true)
      try {
        for (const name of WRITES as (keyof typeof calls)[]) {
          const call = async () => calls[name]()
          await assert.rejects(call, { code: 'ERR_SESSION_STORE', message: /READONLY/, retryable: true }, name)
        }
        assert.deepEqual(await store.get(key, at(now)), entry)
        await store.ready()
      } finally {
        await server.readOnly(false)
      }
      await works()
    })

    it('a replica for a moment, as in a failover: the call waits and succeeds', async () => {
      const { calls } = await put()
      await server.readOnly(true)
      const deleting = calls.delete()
      await pause(100)
      await server.readOnly(false)
      assert.equal(await deleting, 'deleted')
    })

    it('more clients than it takes: an error, and then it works', async () => {
      await server.maxConnections(1)
      way.cut()
      assert.equal(await endOf(() => store.get('key-0', at(now))), 'failed')
      way.cut(true)
      await expect
        .poll(() =>
          server.maxConnections(1000).then(
            () => 'OK',
            () => 'full',
          ),
        )
        .toBe('OK')
      way.cut()
      await works()
    })

    it('busy with a script of somebody else, for longer than it may be: a coded error, and then it works', async () => {
      await server.cli('CONFIG', 'SET', 'busy-reply-threshold', '10')
      const busy = server.cli('EVAL', 'while true do end', '0').catch(() => undefined)
      await expect.poll(() => endOf(() => store.get('key-0', at(now))), { timeout: 5000 }).toBe('failed')
      await assert.rejects(async () => store.get('key-0', at(now)), { message: /BUSY/, retryable: true })
      await server.cli('SCRIPT', 'KILL')
      await busy
      await works()
    })
  })
}
