import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import type { Store } from '../../../src/core/store.ts'
import { type RedisStore, type RedisWait, redisStore } from '../../../src/stores/redis.ts'
import { at, entryAt } from '../../../src/testing/internal/bench.ts'
import { describeWith } from '../../servers/found.ts'
import { type RedisSentinelServers, redisSentinels } from '../../servers/redis-sentinel.ts'
import { type Connected, SENTINEL } from './open.ts'

const now = Date.now()

/** `undefined` when the call failed, which has to be with a coded error. */
const tried = async <T>(call: () => PromiseLike<T> | T): Promise<T | undefined> => {
  try {
    return await call()
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'ERR_SESSION_STORE', String(error))
    return undefined
  }
}

/** Inserts and deletes until told to stop. `ended` gets the keys whose delete was acknowledged. */
async function writing(store: Store, name: string, ended: string[], stopped: () => boolean): Promise<void> {
  for (let round = 0; !stopped(); round++) {
    const key = `${name}-${round}`
    if ((await tried(() => store.insert(key, entryAt(now), at(now)))) === undefined) await pause(20)
    else if ((await tried(() => store.delete(key, at(now)))) === 'deleted') ended.push(key)
  }
}

describeWith('redis', 'a failover under Sentinel', () => {
  let servers: RedisSentinelServers
  const opened: Connected[] = []
  afterEach(async () => {
    for (const { end } of opened.splice(0)) await end()
    await servers?.close()
  })

  const start = async () => {
    servers = await redisSentinels()
  }
  const open = async (client: string, wait?: RedisWait): Promise<RedisStore> => {
    const urls = servers.sentinels.map(({ port }) => `redis://127.0.0.1:${port}`)
    const connected = await (SENTINEL[client] as NonNullable<(typeof SENTINEL)[string]>)(urls)
    opened.push(connected)
    const store = redisStore(connected.client, { wait })
    await store.ready()
    return store
  }
  const found = async (store: Store, keys: readonly string[]) => {
    const entries = await Promise.all(keys.map((key) => store.get(key, at(now))))
    return keys.filter((_, index) => entries[index] !== undefined)
  }

  for (const client of Object.keys(SENTINEL)) {
    it(`works again within 5 seconds, and what \`wait\` acknowledged stays deleted, under load: ${client} [T197]`, async () => {
      await start()
      const store = await open(client, { replicas: 1, timeout: 300 })
      let stopped = false
      const ended: string[] = []
      const load = Array.from({ length: 8 }, (_, name) => writing(store, `writer-${name}`, ended, () => stopped))
      await expect.poll(() => ended.length, { timeout: 20_000, interval: 10 }).toBeGreaterThan(30)
      const [master, replica] = servers.servers
      await master.kill()
      const killedAt = performance.now()
      const works = async () => tried(() => store.insert('after', entryAt(now), at(now)))
      await expect.poll(works, { timeout: 10_000, interval: 20 }).toBeDefined()
      const took = performance.now() - killedAt
      assert.ok(took < 5000, `it took ${Math.round(took)} ms`)
      stopped = true
      await Promise.all(load)
      assert.equal(await servers.master(), replica)
      assert.deepEqual(await found(store, ended), [])
    }, 60_000)

    it(`without \`wait\`, what the replica had not got yet comes back: the stated window: ${client} [T197]`, async () => {
      await start()
      const [master, replica] = servers.servers
      const plain = await open(client)
      const waiting = await open(client, { replicas: 1, timeout: 150 })
      const keys = Array.from({ length: 10 }, (_, index) => [`plain-${index}`, `waiting-${index}`]).flat()
      for (const key of keys) await plain.insert(key, entryAt(now), at(now))
      await expect.poll(() => replica.cli('EXISTS', ...keys.map((key) => `holdfast:s:${key}`))).toBe('20')
      // What it has been sent already it would still read, so its connection goes as well.
      replica.pause()
      await master.cli('CLIENT', 'KILL', 'TYPE', 'replica')
      const half = (name: string) => keys.filter((key) => key.startsWith(name))
      for (const key of half('plain')) assert.equal(await plain.delete(key, at(now)), 'deleted')
      // Done at the master, and not acknowledged: no false success.
      for (const key of half('waiting').slice(0, 3)) {
        const unconfirmed = { code: 'ERR_SESSION_STORE', retryable: true, message: /too few replicas/ }
        await assert.rejects(async () => waiting.delete(key, at(now)), unconfirmed)
      }
      await master.kill()
      replica.resume()
      await servers.becomesMaster(replica)
      await expect
        .poll(() => tried(async () => ((await plain.ping(at(now))) === undefined ? 'up' : '')), { timeout: 10_000 })
        .toBe('up')
      const back = await found(plain, half('plain'))
      assert.equal(back.length, 10, 'acknowledged deletes that came back')
      // Once more, as a caller does that was told of a failure; with nobody to acknowledge it, it fails again.
      for (const key of half('waiting')) assert.equal(await tried(() => waiting.delete(key, at(now))), undefined)
      assert.deepEqual(await found(plain, half('waiting')), [])
    }, 60_000)
  }
})
