import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { createClient, createClientPool, RESP_TYPES } from 'redis'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Store } from '../../../src/core/store.ts'
import { type RedisClient, redisStore } from '../../../src/stores/redis.ts'
import { at, entryAt, listAll } from '../../../src/testing/internal/bench.ts'
import { withFleet } from '../../../src/testing/internal/fleet.ts'
import { describeWith } from '../../servers/found.ts'
import { type RedisServer, redisServer } from '../../servers/redis.ts'
import { newPrefix, openForTest } from './open.ts'

const now = Date.now()
const keysOf = (rows: readonly { readonly key: string }[]) => rows.map(({ key }) => key).sort()
const fill = async (store: Store, count: number): Promise<string[]> => {
  const keys = Array.from({ length: count }, (_, index) => `key-${index}`)
  await Promise.all(keys.map((key) => store.insert(key, entryAt(now, { owner: 'u' }), at(now))))
  return keys.sort()
}

describeWith('redis', 'the Redis store over a long time and through many clients', () => {
  let server: RedisServer
  const ends: (() => unknown)[] = []
  beforeAll(async () => {
    server = await redisServer()
    await server.start()
  })
  afterEach(async () => {
    for (const end of ends.splice(0)) await end()
    await server.cli('FLUSHALL')
  })
  afterAll(() => server?.close())

  it('a listing that goes on after a restart, where positions mean something else, misses nothing', async () => {
    const { store, end } = await openForTest(server.url)
    ends.push(end)
    const keys = await fill(store, 300)
    const seen = new Set<string>()
    let cursor: string | undefined
    for (let pages = 0; pages === 0 || cursor !== undefined; pages++) {
      const page = await store.list({ limit: 20, ...(cursor === undefined ? {} : { cursor }) }, at(now))
      for (const { key } of page.entries) seen.add(key)
      cursor = page.cursor
      if (pages !== 6) continue
      await server.kill()
      await server.start()
      await expect
        .poll(() => Promise.resolve(store.ping(at(now))).then(() => 'up', String), { timeout: 10_000 })
        .toBe('up')
    }
    assert.deepEqual([...seen].sort(), keys)
  })

  it('a listing goes on while the table grows and shrinks under it', async () => {
    const { store, end } = await openForTest(server.url)
    ends.push(end)
    const keys = await fill(store, 200)
    const seen = new Set<string>()
    let cursor: string | undefined
    for (let pages = 0; pages === 0 || cursor !== undefined; pages++) {
      const page = await store.list({ limit: 3, ...(cursor === undefined ? {} : { cursor }) }, at(now))
      for (const { key } of page.entries) seen.add(key)
      cursor = page.cursor
      const names = Array.from({ length: 50 }, (_, index) => `other-${pages}-${index}`)
      if (pages % 10 === 3) await server.cli('MSET', ...names.flatMap((name) => [name, '1']))
      if (pages === 40)
        for (let round = 3; round < 40; round += 10) {
          await server.cli('DEL', ...names.map((_, index) => `other-${round}-${index}`))
        }
    }
    assert.deepEqual(
      keys.filter((key) => !seen.has(key)),
      [],
    )
  })

  it('other keys in the way, many more than sessions: pages may be empty, and all sessions are met', async () => {
    const { store, end } = await openForTest(server.url)
    ends.push(end)
    const keys = await fill(store, 5)
    for (let batch = 0; batch < 5; batch++) {
      await server.cli('MSET', ...Array.from({ length: 1000 }, (_, index) => [`x-${batch}-${index}`, '1']).flat())
    }
    assert.deepEqual(keysOf(await listAll(store, { limit: 3 }, now)), keys)
    assert.equal(await store.count({}, at(now)), 5)
  })

  it('clients that speak RESP 2 or 3, or answer with bytes, make no difference', async () => {
    const nodeRedis = async (options: object) => {
      const client = createClient({ url: server.url, ...options })
      ends.push(() => client.destroy())
      return client.connect()
    }
    const ioredis = (options: object) => {
      const client = new Redis(server.url, options)
      ends.push(() => client.disconnect())
      return client
    }
    const bytes = { [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.NUMBER]: String }
    const clients: RedisClient[] = [
      await nodeRedis({ RESP: 2 }),
      await nodeRedis({ RESP: 3 }),
      (await nodeRedis({})).withTypeMapping(bytes) as unknown as RedisClient,
      ioredis({ protocol: 2 }),
      ioredis({ protocol: 3, replyMapping: 'resp3' }),
      ioredis({ stringNumbers: true, enableAutoPipelining: true, showFriendlyErrorStack: true }),
    ]
    for (const client of clients) {
      const store = redisStore(client, { prefix: newPrefix() })
      await store.ready()
      const keys = await fill(store, 30)
      assert.deepEqual(keysOf(await listAll(store, { limit: 7 }, now)), keys)
      assert.deepEqual(keysOf(await listAll(store, { limit: 7, owner: 'u' }, now)), keys)
      const found = await store.get('key-0', at(now))
      const next = entryAt(now, { value: '\ud800ü\0', owner: 'ü' })
      const call = at(now, { ifRevision: found?.revision as string })
      assert.deepEqual(await store.update('key-0', next, call), { outcome: 'updated' })
      assert.deepEqual(await store.update('key-0', next, call), { outcome: 'conflict', current: next })
      assert.equal(await store.insert('key-0', next, at(now)), 'taken')
      assert.equal((await store.deleteOwned({ owner: 'u', limit: 1000 }, at(now))).length, 29)
      assert.equal(await store.count({}, at(now)), 1)
    }
  })

  it('a delete that waits for replicas where there are none is an error, also in a pool', async () => {
    const pool = createClientPool({ url: server.url })
    pool.on('error', () => undefined)
    await pool.connect()
    ends.push(() => pool.destroy())
    const store = redisStore(pool, { prefix: newPrefix(), wait: { replicas: 1, timeout: 20 } })
    await store.insert('key', entryAt(now), at(now))
    const unconfirmed = { code: 'ERR_SESSION_STORE', retryable: true, message: /too few replicas/ }
    await assert.rejects(async () => store.delete('key', at(now)), unconfirmed)
    assert.equal(await store.get('key', at(now)), undefined)
    await assert.rejects(async () => store.delete('key', at(now)), unconfirmed)
  })

  it('ten processes make an empty server ready at once', async () => {
    const module = fileURLToPath(new URL('../../children/store-redis.mjs', import.meta.url))
    await withFleet({ module, address: () => `${server.url}#ioredis#ten:`, count: 10 }, async (fleet) => {
      await fleet.askAll(() => ({ do: 'ready' }))
      assert.equal(await server.cli('GET', 'ten:v:layout'), '1')
    })
  }, 60_000)
})
