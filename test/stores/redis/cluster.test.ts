import assert from 'node:assert/strict'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Store } from '../../../src/core/store.ts'
import { slotOf } from '../../../src/stores/redis/slot.ts'
import { type RedisStore, redisStore } from '../../../src/stores/redis.ts'
import { at, entryAt, listAll } from '../../../src/testing/internal/bench.ts'
import { describeWith } from '../../servers/found.ts'
import type { RedisServer } from '../../servers/redis.ts'
import { type RedisClusterServers, redisCluster } from '../../servers/redis-cluster.ts'
import { CLUSTER, type Connected, newPrefix } from './open.ts'

const now = Date.now()
const KEYS = Array.from({ length: 60 }, (_, index) => `key-${index}`)

describeWith('redis', 'a Redis Cluster that changes', () => {
  let cluster: RedisClusterServers
  const opened: Connected[] = []
  beforeAll(async () => {
    cluster = await redisCluster(['--cluster-require-full-coverage', 'no'])
  })
  afterEach(async () => {
    for (const { end } of opened.splice(0)) await end()
  })
  afterAll(() => cluster?.close())

  const open = async (client: string): Promise<{ readonly store: RedisStore; readonly prefix: string }> => {
    const connected = await (CLUSTER[client] as NonNullable<(typeof CLUSTER)[string]>)(cluster.url.split(','))
    opened.push(connected)
    const prefix = newPrefix()
    const store = redisStore(connected.client, { prefix })
    await store.ready()
    return { store, prefix }
  }
  const fill = async (store: Store) => {
    const entries = new Map(KEYS.map((key) => [key, entryAt(now, { owner: 'u' })]))
    await Promise.all([...entries].map(([key, entry]) => store.insert(key, entry, at(now))))
    return entries
  }
  const keysOf = (rows: readonly { readonly key: string }[]) => rows.map(({ key }) => key).sort()

  for (const client of Object.keys(CLUSTER)) {
    it(`sessions and their index lie on all masters, and each is found: ${client} [T060 T192]`, async () => {
      const { store, prefix } = await open(client)
      await fill(store)
      const at60 = await Promise.all(cluster.nodes.map((node) => node.cli('--scan', '--pattern', `${prefix}s:*`)))
      for (const found of at60) assert.ok(found.split('\n').length > 5)
      assert.deepEqual(keysOf(await listAll(store, { limit: 7 }, now)), [...KEYS].sort())
      assert.equal(await store.count({}, at(now)), KEYS.length)
      const removed = await store.deleteOwned({ owner: 'u', limit: 1000 }, at(now))
      assert.deepEqual([...removed].sort(), [...KEYS].sort())
      assert.equal(await store.count({}, at(now)), 0)
    })

    it(`slots that move while sessions are in use: every call finds its session: ${client}`, async () => {
      const { store, prefix } = await open(client)
      const entries = await fill(store)
      const moving = KEYS.slice(0, 6).map((key) => slotOf(`${prefix}s:${key}`))
      let moved = false
      const using = (async () => {
        while (!moved) {
          for (const key of KEYS.slice(0, 6)) {
            const next = entryAt(now, { owner: 'u' })
            const ifRevision = entries.get(key)?.revision as string
            assert.deepEqual(await store.update(key, next, at(now, { ifRevision })), { outcome: 'updated' })
            entries.set(key, next)
            assert.deepEqual(await store.get(key, at(now)), next)
          }
        }
      })()
      for (const [index, slot] of moving.entries()) {
        await cluster.moveSlot(slot, cluster.nodes[index % 3] as RedisServer)
        await cluster.moveSlot(slot, cluster.nodes[(index + 1) % 3] as RedisServer)
      }
      moved = true
      await using
      for (const [key, entry] of entries) assert.deepEqual(await store.get(key, at(now)), entry)
      assert.equal((await store.deleteOwned({ owner: 'u', limit: 1000 }, at(now))).length, KEYS.length)
    }, 60_000)

    it(`a listing that meets other masters than it began with misses nothing: ${client}`, async () => {
      const { store, prefix } = await open(client)
      await fill(store)
      const seen = new Set<string>()
      let cursor: string | undefined
      for (let pages = 0; pages === 0 || cursor !== undefined; pages++) {
        const page = await store.list({ limit: 10, ...(cursor === undefined ? {} : { cursor }) }, at(now))
        for (const { key } of page.entries) seen.add(key)
        cursor = page.cursor
        // After the second page, what was not seen moves to where the listing has been already.
        if (pages !== 2) continue
        for (const key of KEYS.filter((one) => !seen.has(one)).slice(0, 8)) {
          await cluster.moveSlot(slotOf(`${prefix}s:${key}`), cluster.nodes[0] as RedisServer)
          await cluster.moveSlot(slotOf(`${prefix}s:${key}`), cluster.nodes[1] as RedisServer)
        }
      }
      assert.deepEqual([...seen].sort(), [...KEYS].sort())
      await store.deleteOwned({ owner: 'u', limit: 1000 }, at(now))
    }, 60_000)

    it(`a master that is down: coded errors for its sessions, the others work, and all do when it is back: ${client}`, async () => {
      const { store } = await open(client)
      const connected = opened.at(-1) as Connected
      const entries = await fill(store)
      const [, second] = cluster.nodes as [RedisServer, RedisServer]
      await second.kill()
      const ends = await Promise.all(
        KEYS.slice(0, 20).map(async (key) => {
          const late = new Promise<string>((resolve) => setTimeout(resolve, 1500, 'late'))
          return Promise.race([late, Promise.resolve(store.get(key, at(now))).then(() => 'found', codeOf)])
        }),
      )
      assert.ok(ends.includes('found'), String(ends))
      assert.ok(ends.some((end) => end !== 'found'))
      assert.deepEqual(
        ends.filter((end) => !['found', 'late', 'ERR_SESSION_STORE'].includes(String(end))),
        [],
      )
      // Not even a start waits for it, unless the layout is there.
      let prefix = newPrefix()
      while (slotOf(`${prefix}v:layout`) < 11_000) prefix = newPrefix()
      await redisStore(connected.client, { prefix }).ready()
      await second.start()
      for (const node of cluster.nodes) {
        await expect.poll(() => node.cli('CLUSTER', 'INFO'), { timeout: 10_000 }).toContain('cluster_state:ok')
      }
      for (const [key, entry] of entries) {
        await expect
          .poll(() => Promise.resolve(store.get(key, at(now))).catch(codeOf), { timeout: 10_000 })
          .toEqual(entry)
      }
      assert.equal((await store.deleteOwned({ owner: 'u', limit: 1000 }, at(now))).length, KEYS.length)
    }, 60_000)

    it(`\`wait\` asks the master that has the session: ${client}`, async () => {
      const connected = await (CLUSTER[client] as NonNullable<(typeof CLUSTER)[string]>)(cluster.url.split(','))
      opened.push(connected)
      const prefix = newPrefix()
      const store = redisStore(connected.client, { prefix, wait: { replicas: 1, timeout: 50 } })
      for (const [index, key] of KEYS.slice(0, 6).entries()) {
        await store.insert(key, entryAt(now), at(now))
        // Also when the client does not know yet who has it.
        await cluster.moveSlot(slotOf(`${prefix}s:${key}`), cluster.nodes[index % 3] as RedisServer)
        await assert.rejects(async () => store.delete(key, at(now)), { message: /too few replicas/, retryable: true })
        assert.equal(await store.get(key, at(now)), undefined)
      }
    })
  }
})

const codeOf = (error: unknown) => (error as { readonly code?: string }).code
