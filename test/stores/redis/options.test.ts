import assert from 'node:assert/strict'
import { Cluster, Redis } from 'ioredis'
import { createClient } from 'redis'
import { describe, it } from 'vitest'
import { slotOf } from '../../../src/stores/redis/slot.ts'
import { type RedisClient, type RedisStoreOptions, redisStore } from '../../../src/stores/redis.ts'
import { at } from '../../../src/testing/internal/bench.ts'

const client = createClient()
const refused = (option: string, options: unknown, given: unknown = client) =>
  assert.throws(() => redisStore(given as RedisClient, options as RedisStoreOptions), {
    code: 'ERR_SESSION_OPTION',
    option,
  })

describe('the options of redisStore', () => {
  it('a wrong one is refused when the store is made', () => {
    refused('prefx', { prefx: 'a' })
    for (const prefix of [1, null, 'x'.repeat(201), '\ud800', ['a']]) refused('prefix', { prefix })
    for (const skewTolerance of [0, -1, 1.5, '1', 86_400_001]) refused('skewTolerance', { skewTolerance })
    for (const wait of [true, null, 1]) refused('wait', { wait })
    for (const replicas of [undefined, 0, 17, '1']) refused('wait.replicas', { wait: { replicas } })
    for (const timeout of [0, 60_001, Number.POSITIVE_INFINITY])
      refused('wait.timeout', { wait: { replicas: 1, timeout } })
    refused('replica', { wait: { replica: 1 } })
  })

  it('what is no client is refused, and so is one that reads from replicas [T210]', () => {
    for (const given of [null, 'redis://127.0.0.1', {}, { get() {} }, () => undefined]) {
      refused('client', {}, given)
    }
    const options = { lazyConnect: true }
    refused('client', {}, new Cluster([], { ...options, scaleReads: 'slave' }))
    refused('client', {}, new Cluster([], { ...options, scaleReads: 'all' }))
    refused(
      'client',
      {},
      new Redis({ ...options, role: 'slave', name: 'x', sentinels: [{ host: '127.0.0.1', port: 1 }] }),
    )
    assert.equal(redisStore(new Cluster([], options)).name, 'redis')
  })

  it('a client that was not connected is a coded error, and nothing is connected by the store', async () => {
    const store = redisStore(client)
    await assert.rejects(async () => store.ready(), { code: 'ERR_SESSION_STORE', retryable: true })
    await assert.rejects(async () => store.get('key', at(0)), { code: 'ERR_SESSION_STORE' })
    assert.equal(client.isOpen, false)
  })

  it('slots are computed as the cluster does', () => {
    // From the specification of Redis Cluster, and as CLUSTER KEYSLOT answers.
    assert.equal(slotOf('123456789'), 0x31c3)
    assert.equal(slotOf('foo'), 12_182)
    assert.equal(slotOf('{foo}bar'), 12_182)
    assert.equal(slotOf('foo{}{bar}'), 8363)
    assert.equal(slotOf('foo{{bar}}zap'), 4015)
    assert.equal(slotOf('ü'), 9552)
  })
})
