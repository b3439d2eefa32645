import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { type RedisFormatOptions, redisFormat } from '../../../src/formats/redis.ts'
import { at, HOUR, listAll } from '../../../src/testing/internal/bench.ts'
import { describeWith } from '../../servers/found.ts'
import { type RedisServer, redisServer } from '../../servers/redis.ts'
import { type RedisClusterServers, redisCluster } from '../../servers/redis-cluster.ts'
import { CLUSTER, type Connect, type Connected, newPrefix, SINGLE } from '../../stores/redis/open.ts'
import { declareRules, entryOf, keepAll, now, type Opened, sessionText } from '../rules.ts'

const NEVER = 8.64e15
const nextKey = (): string => randomUUID()

describeWith('redis', "other libraries' sessions in Redis", () => {
  let server: RedisServer
  const ends: (() => unknown)[] = []
  const connect = async (how: Connect, url: string): Promise<Connected['client']> => {
    const { client, end } = await how(url.split(','))
    ends.push(end)
    return client
  }
  const opener = (how: Connect, url: () => string) => {
    let opened: Promise<Opened> | undefined
    return () => {
      opened ??= (async () => {
        const [one, two] = [await connect(how, url()), await connect(how, url())]
        const prefix = newPrefix()
        return { store: redisFormat({ client: one, prefix }), other: redisFormat({ client: two, prefix }) }
      })()
      return opened
    }
  }
  const openOne = async (options: Partial<RedisFormatOptions> = {}) => {
    const prefix = newPrefix()
    return { prefix, store: redisFormat({ client: await connect(SINGLE.ioredis!, server.url), prefix, ...options }) }
  }
  beforeAll(async () => {
    server = await redisServer()
    await server.start()
  })
  afterAll(async () => {
    for (const end of ends) await end()
    await server?.close()
  })

  for (const [name, how] of Object.entries(SINGLE)) {
    describe(name, () => {
      const open = opener(how, () => server.url)
      declareRules(open, nextKey)
      it('30 writers at once: all are kept', async () => {
        await keepAll(await open(), nextKey(), async () => undefined)
      })
    })
  }

  describe('a cluster', () => {
    let cluster: RedisClusterServers
    beforeAll(async () => {
      cluster = await redisCluster()
    })
    afterAll(() => cluster?.close())
    for (const [name, how] of Object.entries(CLUSTER)) {
      describe(name, () => {
        const open = opener(how, () => cluster.url)
        declareRules(open, nextKey)
        it('sessions on all masters are listed and counted', async () => {
          const prefix = newPrefix()
          const store = redisFormat({ client: await connect(how, cluster.url), prefix })
          const keys = Array.from({ length: 40 }, nextKey)
          for (const key of keys) await store.insert(key, entryOf(store, sessionText({})), at(now))
          const rows = await listAll(store, { limit: 7 }, now)
          assert.deepEqual(rows.map(({ key }) => key).sort(), [...keys].sort())
          assert.equal(await store.count?.({}, at(now)), 40)
        })
      })
    }
  })

  it('a key is the prefix and the id, the text as it is, the TTL in milliseconds; a touch moves the TTL only', async () => {
    const { store, prefix } = await openOne()
    const value = sessionText({ n: 1 })
    await store.insert('id', entryOf(store, value, now + HOUR), at(now))
    assert.equal(await server.cli('GET', `${prefix}id`), value)
    assert.equal(await server.cli('PEXPIRETIME', `${prefix}id`), String(now + HOUR))
    await store.touch('id', now + 2 * HOUR + 1, at(now, { ifRevision: store.revisionOf(value) }))
    assert.equal(await server.cli('GET', `${prefix}id`), value)
    assert.equal(await server.cli('PEXPIRETIME', `${prefix}id`), String(now + 2 * HOUR + 1))
  })

  it('a key without a TTL never expires, and stays one; a deadline can be given and taken', async () => {
    const { store, prefix } = await openOne()
    const value = sessionText({})
    await server.cli('SET', `${prefix}id`, value)
    const found = await store.get('id', at(now + 1000 * HOUR))
    assert.deepEqual(found, entryOf(store, value, NEVER))
    const call = at(now, { ifRevision: found?.revision as string })
    const next = entryOf(store, sessionText({ n: 2 }), NEVER)
    assert.deepEqual(await store.update('id', next, call), { outcome: 'updated' })
    assert.equal(await server.cli('PTTL', `${prefix}id`), '-1')
    const ifRevision = next.revision
    assert.equal(await store.touch('id', now + HOUR, at(now, { ifRevision })), 'touched')
    assert.equal(await server.cli('PEXPIRETIME', `${prefix}id`), String(now + HOUR))
    assert.equal(await store.touch('id', Number.MAX_SAFE_INTEGER, at(now, { ifRevision })), 'touched')
    assert.equal(await server.cli('PTTL', `${prefix}id`), '-1')
  })

  it('with disableTTL nothing gets a TTL, but what has ended ends', async () => {
    const { store, prefix } = await openOne({ disableTTL: true })
    const entry = entryOf(store, sessionText({}))
    await store.insert('id', entry, at(now))
    const call = at(now, { ifRevision: entry.revision })
    await store.touch('id', now + 2 * HOUR, call)
    assert.equal(await server.cli('PTTL', `${prefix}id`), '-1')
    assert.deepEqual(await store.get('id', at(now + 1000 * HOUR)), { ...entry, expiresAt: NEVER })
    assert.equal(await store.touch('id', now, call), 'touched')
    assert.equal(await store.get('id', at(now)), undefined)
  })

  it('text that no library can read is handed on, and can be replaced', async () => {
    const { store, prefix } = await openOne()
    for (const [index, text] of ['{"half":', 'null', '', '[object Object]'].entries()) {
      await server.cli('SET', `${prefix}id${index}`, text, 'PX', String(HOUR))
      const found = await store.get(`id${index}`, at(now))
      assert.equal(found?.value, text)
      assert.equal(found.revision, store.revisionOf(text))
    }
    // Bytes that are no UTF-8: the server knows their revision, nobody else does.
    const client = await connect(SINGLE.ioredis!, server.url)
    await (client as unknown as { set(key: string, bytes: Buffer): Promise<unknown> }).set(
      `${prefix}bytes`,
      Buffer.from([0xff, 0xfe, 0x41]),
    )
    const found = await store.get('bytes', at(now))
    const next = entryOf(store, sessionText({}))
    const outcome = await store.update('bytes', next, at(now, { ifRevision: found?.revision as string }))
    assert.deepEqual(outcome, { outcome: 'updated' })
  })

  it('half a surrogate pair is refused: UTF-8 would make another text of it', async () => {
    const { store } = await openOne()
    const entry = entryOf(store, '"\ud800"')
    await assert.rejects(async () => store.insert('id', entry, at(now)), { code: 'ERR_SESSION_KEY' })
    const call = at(now, { ifRevision: entry.revision })
    await assert.rejects(async () => store.update('id', entry, call), { code: 'ERR_SESSION_KEY' })
  })

  it('a key that holds no text is no session, and stays', async () => {
    const { store, prefix } = await openOne()
    await server.cli('SADD', `${prefix}id`, 'member')
    const entry = entryOf(store, sessionText({}))
    const call = at(now, { ifRevision: entry.revision })
    assert.equal(await store.get('id', at(now)), undefined)
    assert.equal(await store.insert('id', entry, at(now)), 'taken')
    assert.deepEqual(await store.update('id', entry, call), { outcome: 'gone' })
    assert.equal(await store.touch('id', now + HOUR, call), 'gone')
    assert.equal(await store.delete('id', at(now)), 'gone')
    assert.deepEqual(await listAll(store, { limit: 10 }, now), [])
    assert.equal(await server.cli('SMEMBERS', `${prefix}id`), 'member')
  })

  it('lists and counts what lives under the prefix, whose signs mean nothing', async () => {
    const client = await connect(SINGLE['node-redis']!, server.url)
    const prefixes = ['list?:', 'list*:', 'list[ab]:', 'lista:']
    const stores = prefixes.map((prefix) => redisFormat({ client, prefix }))
    for (const [index, store] of stores.entries()) {
      for (let n = 0; n < 25; n++) await store.insert(`${index}-${n}`, entryOf(store, sessionText({})), at(now))
      await store.insert('gone', entryOf(store, sessionText({}), now + 60_000), at(now))
    }
    await server.cli('SET', 'lista:\u00e9', 'no id')
    for (const [index, store] of stores.entries()) {
      const rows = await listAll(store, { limit: 10 }, now + 60_000)
      assert.equal(rows.length, 25)
      assert.ok(rows.every(({ key, expiresAt }) => key.startsWith(`${index}-`) && expiresAt === now + HOUR))
      assert.equal(await store.count?.({}, at(now + 60_000)), 25)
    }
    const all = redisFormat({ client, prefix: '' })
    assert.equal(all.list, undefined)
    assert.equal(all.count, undefined)
    assert.equal((await all.get('lista:3-0', at(now)))?.expiresAt, now + HOUR)
  })

  it('the prefix of an ioredis client comes first, as in koa-redis', async () => {
    const { Redis } = await import('ioredis')
    const client = new Redis(server.url, { keyPrefix: 'mine:' })
    ends.push(() => client.disconnect())
    const store = redisFormat({ client, prefix: 'p:' })
    await store.insert('id', entryOf(store, '{}'), at(now))
    assert.equal(await server.cli('GET', 'mine:p:id'), '{}')
    assert.deepEqual(await listAll(store, { limit: 10 }, now), [{ key: 'id', expiresAt: now + HOUR }])
  })

  it('with `wait`, a delete that no replica has is no success, and is done', async () => {
    const { store } = await openOne({ wait: { replicas: 1, timeout: 20 } })
    const entry = entryOf(store, sessionText({}))
    await store.insert('id', entry, at(now))
    const call = at(now, { ifRevision: 'another' })
    await assert.rejects(async () => store.delete('id', call), { message: /too few replicas/, retryable: true })
    assert.deepEqual(await store.get('id', at(now)), entry)
    await assert.rejects(async () => store.delete('id', at(now)), { message: /too few replicas/, retryable: true })
    assert.equal(await store.get('id', at(now)), undefined)
  })

  it('says how long a session without an end of its own is kept', async () => {
    const client = await connect(SINGLE.ioredis!, server.url)
    assert.equal(redisFormat({ client }).lifetime, 86_400_000)
    assert.equal(redisFormat({ client, ttl: 120 }).lifetime, 120_000)
  })

  it('a wrong option is named, and nothing of a value in it', () => {
    const client = { call: () => undefined }
    const wrong = (options: unknown, option: string) =>
      assert.throws(() => redisFormat(options as RedisFormatOptions), { code: 'ERR_SESSION_OPTION', option })
    wrong(undefined, 'client')
    wrong({}, 'client')
    wrong({ client }, 'client')
    wrong({ client, prefix: 7 }, 'prefix')
    wrong({ client, prefix: 'x'.repeat(201) }, 'prefix')
    wrong({ client, disableTTL: 1 }, 'disableTTL')
    wrong({ client, ttl: 0.5 }, 'ttl')
    wrong({ client, scanCount: 1 }, 'scanCount')
    wrong({ client, wait: { replicas: 0 } }, 'wait.replicas')
  })
})
