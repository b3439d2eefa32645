import { MongoClient } from 'mongodb'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type MongodbStore, mongodbStore } from '../../../src/stores/mongodb.ts'
import { describeWith } from '../../servers/found.ts'
import { type MongodbServer, mongodbProduct, mongodbServer } from '../../servers/mongodb.ts'
import { type FaultProxy, faultProxy, type NetworkFaults } from '../../servers/proxy.ts'
import { BOUNDED } from './open.ts'

const now = Date.now()
const call = { now }
const entry = (revision: string) => ({ value: `"${revision}"`, expiresAt: now + 60_000, revision })

describeWith('mongodb', `a bad network between the mongodb store and ${mongodbProduct()}`, () => {
  let server: MongodbServer
  let proxy: FaultProxy
  let client: MongoClient
  let store: MongodbStore
  beforeEach(async () => {
    server = await mongodbServer()
    await server.start()
    proxy = await faultProxy(server.gate.port)
    client = new MongoClient(`mongodb://127.0.0.1:${proxy.port}/holdfast`, BOUNDED)
    store = mongodbStore(client)
    await store.ready()
  })
  afterEach(async () => {
    await proxy.close()
    await client.close()
    await server.close()
  })

  /** Writers that go on for as long as `meanwhile` does, and what they were told. */
  const writeDuring = async (meanwhile: () => Promise<unknown>) => {
    const outcomes = new Map<string, string>()
    let over = false
    const write = async (writer: number) => {
      for (let n = 0; !over; n += 1) {
        const key = `w${writer}-${n}`
        const outcome = await store.insert(key, entry(key), call).catch((error: unknown) => {
          expect(error).toMatchObject({ code: 'ERR_SESSION_STORE', retryable: true })
          return 'failed'
        })
        outcomes.set(key, outcome)
      }
    }
    const writing = Promise.all([0, 1, 2, 3].map(write))
    await meanwhile()
    over = true
    await writing
    return outcomes
  }

  /** What was acknowledged is there, as it was written; and the store works, the same one. */
  const isWhole = async (outcomes: ReadonlyMap<string, string>) => {
    await store.get('key', call).catch(() => undefined)
    for (const [key, outcome] of outcomes) {
      const there = await store.get(key, call)
      if (outcome === 'inserted' || there) expect(there, key).toEqual(entry(key))
      else expect(outcome, 'a fresh key').toBe('failed')
    }
    expect(await store.insert('after', entry('after'), call)).toBe('inserted')
  }

  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10))
  }

  const FAULTS: readonly (readonly [string, Partial<NetworkFaults>])[] = [
    ['T182 a black hole: connections stay, and nothing arrives', { swallow: true }],
    ['T181 connections are refused', { door: 'refuse' }],
    ['T185 connections are cut as soon as they are made', { door: 'reset' }],
  ]
  it.each(FAULTS)('%s: calls fail, and the same store works when it is over', async (_, faults) => {
    const outcomes = await writeDuring(async () => {
      await proxy.set(faults)
      proxy.cut()
      for (let n = 0; n < 3; n += 1) {
        await expect(store.get('key', call)).rejects.toMatchObject({ code: 'ERR_SESSION_STORE', retryable: true })
      }
      await proxy.heal()
    })
    expect([...outcomes.values()]).toContain('failed')
    await isWhole(outcomes)
  })

  it('T182 a black hole that swallows what is on its way: what was acknowledged is there', async () => {
    const outcomes = await writeDuring(async () => {
      await store.insert('first', entry('first'), call)
      await proxy.set({ swallow: true })
      await expect(store.update('first', entry('x'), { now, ifRevision: 'first' })).rejects.toMatchObject({
        retryable: true,
      })
      await proxy.heal()
    })
    expect([...outcomes.values()]).toContain('failed')
    await isWhole(outcomes)
    expect(['first', 'x']).toContain((await store.get('first', call))?.revision)
  })

  it('T185 a connection that comes and goes: each call succeeds or fails, nothing is lost', async () => {
    let accepted = 0
    const outcomes = await writeDuring(async () => {
      proxy.flap(100)
      await until(() => proxy.accepted > 20)
      await proxy.heal()
      accepted = proxy.accepted
    })
    expect(accepted).toBeLessThan(500)
    expect(new Set(outcomes.values())).toContain('inserted')
    await isWhole(outcomes)
  })
})
