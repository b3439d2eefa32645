import assert from 'node:assert/strict'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Store } from '../../../src/core/store.ts'
import { at, entryAt, HOUR } from '../../../src/testing/internal/bench.ts'
import { describeWith } from '../../servers/found.ts'
import { type RedisServer, redisServer } from '../../servers/redis.ts'
import { openForTest, SINGLE } from './open.ts'

/** Commands that scripts run inside the server are counted by it, too. */
const INSIDE = new Set([
  'getrange',
  'setrange',
  'pexpireat',
  'zscore',
  'zadd',
  'zremrangebyscore',
  'zrange',
  'zrem',
  'time',
])

describeWith('redis', 'what the Redis store asks of the server', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await redisServer()
    await server.start()
  })
  afterEach(() => server.cli('FLUSHALL'))
  afterAll(() => server?.close())

  const now = Date.now()

  /** How often each command came from a client while this was done. */
  const commandsOf = async (work: () => unknown): Promise<Record<string, number>> => {
    await server.cli('CONFIG', 'RESETSTAT')
    await work()
    const stats = await server.cli('INFO', 'commandstats')
    const found: Record<string, number> = {}
    for (const [, name, calls] of stats.matchAll(/cmdstat_([\w|]+):calls=(\d+)/g)) {
      if (name !== 'config|resetstat' && !INSIDE.has(name as string)) found[name as string] = Number(calls)
    }
    return found
  }

  for (const [client, connect] of Object.entries(SINGLE)) {
    it(`one command for each operation on a session: ${client}`, async () => {
      const { store, end } = await openForTest(server.url, { connect })
      try {
        await store.ready()
        await store.get('warm', at(now))
        const first = entryAt(now)
        // SET, also inside the script of an update, and DEL inside that of a delete.
        assert.deepEqual(await commandsOf(() => store.insert('key', first, at(now))), { set: 1 })
        assert.deepEqual(await commandsOf(() => store.get('key', at(now))), { get: 1 })
        assert.deepEqual(await commandsOf(() => store.get('none', at(now))), { get: 1 })
        const call = at(now, { ifRevision: first.revision })
        assert.deepEqual(await commandsOf(() => store.touch('key', now + HOUR, call)), { evalsha: 1 })
        assert.deepEqual(await commandsOf(() => store.update('key', entryAt(now), call)), { evalsha: 1, set: 1 })
        // A conflict's entry comes with the answer.
        assert.deepEqual(await commandsOf(() => store.update('key', entryAt(now), call)), { evalsha: 1, get: 1 })
        assert.deepEqual(await commandsOf(() => store.delete('key', call)), { evalsha: 1 })
        assert.deepEqual(await commandsOf(() => store.delete('key', at(now))), { evalsha: 1, del: 1 })
      } finally {
        await end()
      }
    })
  }

  it('a request that reads and writes an existing session of a user is two commands', async () => {
    const { store, end } = await openForTest(server.url)
    try {
      await store.ready()
      let entry = entryAt(now, { owner: 'u' })
      await store.insert('key', entry, at(now))
      const requests = async () => {
        for (let request = 1; request <= 10; request++) {
          const T = now + request * 1000
          const found = await store.get('key', at(T))
          entry = entryAt(T, { owner: 'u' })
          await store.update('key', entry, at(T, { ifRevision: found?.revision as string }))
        }
      }
      assert.deepEqual(await commandsOf(requests), { get: 10, evalsha: 10, set: 10 })
    } finally {
      await end()
    }
  })

  it('an owner costs one command more where the index has to be written, and one after a delete', async () => {
    const { store, end } = await openForTest(server.url)
    try {
      await store.ready()
      const first = entryAt(now, { owner: 'u' })
      assert.deepEqual(await commandsOf(() => store.insert('key', first, at(now))), { evalsha: 1, set: 1 })
      const second = entryAt(now, { owner: 'v' })
      const login = async () => {
        await store.update('key', second, at(now, { ifRevision: first.revision }))
        await store.ping(at(now))
      }
      assert.deepEqual(await commandsOf(login), { evalsha: 4, set: 1, ping: 1 })
      const logout = async () => {
        await store.delete('key', at(now))
        await store.ping(at(now))
      }
      assert.deepEqual(await commandsOf(logout), { evalsha: 2, del: 1, ping: 1 })
    } finally {
      await end()
    }
  })

  it('never asks for all keys, also when it lists, counts and sweeps', async () => {
    const { store, end } = await openForTest(server.url)
    try {
      const everything = async (store: Store) => {
        await store.ready?.()
        for (let index = 0; index < 20; index++)
          await store.insert(`key-${index}`, entryAt(now, { owner: 'u' }), at(now))
        await store.list?.({ limit: 5 }, at(now))
        await store.list?.({ limit: 5, owner: 'u' }, at(now))
        await store.count?.({}, at(now))
        await store.deleteOwned?.({ owner: 'u', limit: 5 }, at(now))
        await store.sweep?.(100, at(now + 2 * HOUR))
      }
      const found = await commandsOf(() => everything(store))
      for (const name of ['keys', 'flushdb', 'flushall', 'rename', 'mget', 'multi', 'randomkey', 'dbsize']) {
        assert.equal(found[name], undefined, name)
      }
      assert.ok((found.scan ?? 0) > 0)
    } finally {
      await end()
    }
  })

  it('a sweep by the time of day asks nothing: the server removes what has expired [T205]', async () => {
    const { store, end } = await openForTest(server.url, { skewTolerance: 1 })
    try {
      const real = Date.now()
      for (let index = 0; index < 50; index++) {
        await store.insert(`key-${index}`, entryAt(real, { expiresAt: real + 200 }), at(real))
      }
      assert.deepEqual(await commandsOf(() => store.sweep(100, at(real + 500))), {})
      await expect.poll(() => server.cli('DBSIZE'), { timeout: 10_000 }).toBe('0')
    } finally {
      await end()
    }
  })

  it('a server that forgets the scripts, at any moment, changes no outcome', async () => {
    const { store, end } = await openForTest(server.url)
    try {
      await store.ready()
      for (let round = 0; round < 10; round++) {
        const entry = entryAt(now, { owner: 'u' })
        const flush = () => server.cli('SCRIPT', 'FLUSH')
        await flush()
        const calls = [store.insert(`key-${round}`, entry, at(now)), flush()]
        assert.equal((await Promise.all(calls))[0], 'inserted')
        await flush()
        const next = entryAt(now, { owner: 'v' })
        assert.deepEqual(
          (
            await Promise.all([store.update(`key-${round}`, next, at(now, { ifRevision: entry.revision })), flush()])
          )[0],
          { outcome: 'updated' },
        )
        await flush()
        assert.equal(await store.touch(`key-${round}`, now + HOUR, at(now, { ifRevision: next.revision })), 'touched')
        await flush()
        assert.deepEqual(await store.deleteOwned({ owner: 'v', limit: 5 }, at(now)), [`key-${round}`])
      }
    } finally {
      await end()
    }
  })
})
