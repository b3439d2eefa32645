import assert from 'node:assert/strict'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { redisStore } from '../../../src/stores/redis.ts'
import { at, entryAt, HOUR } from '../../../src/testing/internal/bench.ts'
import { describeWith } from '../../servers/found.ts'
import { type RedisServer, redisServer } from '../../servers/redis.ts'

const now = Date.now()
const quiet = () => undefined

/** What the documentation says that a user of the server needs, for sessions only, and for the rest. */
const NEEDED = ['+get', '+set', '+evalsha', '+eval', '+ping', '+getrange', '+setrange', '+pexpireat', '+del', '+exists']
const INDEX = ['+zadd', '+zrem', '+zscore', '+zrank', '+zrange', '+zcount', '+zremrangebyscore', '+time']

describeWith('redis', 'who may do what in Redis', () => {
  let server: RedisServer
  const ends: (() => unknown)[] = []
  beforeAll(async () => {
    server = await redisServer()
    await server.start()
  })
  afterEach(async () => {
    for (const end of ends.splice(0)) await end()
    await server.cli('FLUSHALL')
    await server.cli('CONFIG', 'SET', 'maxmemory', '0', 'maxmemory-policy', 'noeviction', 'requirepass', '')
  })
  afterAll(() => server?.close())

  const urlFor = (user: string, password: string) => server.url.replace('//', `//${user}:${password}@`)
  const nodeRedis = async (url: string, options = {}) => {
    const client = createClient({ url, ...options })
    client.on('error', quiet)
    ends.push(() => client.destroy())
    await client.connect()
    return client
  }
  const ioredis = (url: string, options = {}) => {
    const client = new Redis(url, { maxRetriesPerRequest: 0, ...options })
    client.on('error', quiet)
    ends.push(() => client.disconnect())
    return client
  }

  it('a user with few rights reads and writes sessions, and is told what is not permitted [T200]', async () => {
    await server.cli(
      'ACL',
      'SETUSER',
      'few',
      'on',
      '>secret-1',
      '~app:*',
      'resetchannels',
      '-@all',
      ...NEEDED,
      ...INDEX,
    )
    for (const client of [await nodeRedis(urlFor('few', 'secret-1')), ioredis(urlFor('few', 'secret-1'))]) {
      const store = redisStore(client, { prefix: 'app:' })
      await store.ready()
      assert.deepEqual(store.warnings, [])
      const entry = entryAt(now, { owner: 'u' })
      assert.equal(await store.insert('key', entry, at(now)), 'inserted')
      assert.deepEqual(await store.get('key', at(now)), entry)
      assert.equal(await store.touch('key', now + HOUR, at(now, { ifRevision: entry.revision })), 'touched')
      const next = entryAt(now, { owner: 'v' })
      assert.deepEqual(await store.update('key', next, at(now, { ifRevision: entry.revision })), { outcome: 'updated' })
      assert.equal((await store.list({ owner: 'v', limit: 5 }, at(now))).entries.length, 1)
      assert.equal(await store.count({ owner: 'v' }, at(now)), 1)
      assert.deepEqual(await store.deleteOwned({ owner: 'v', limit: 5 }, at(now)), ['key'])
      await store.ping(at(now))
      for (const call of [() => store.list({ limit: 5 }, at(now)), () => store.count({}, at(now))]) {
        await assert.rejects(async () => call(), {
          code: 'ERR_SESSION_STORE',
          message: /NOPERM.*ACL/,
          retryable: false,
        })
      }
      const other = redisStore(client, { prefix: 'other:' })
      await assert.rejects(async () => other.get('key', at(now)), { message: /NOPERM/, retryable: false })
      await assert.rejects(async () => other.ready(), { message: /NOPERM/ })
    }
  })

  it('a wrong or changed password: a coded error without it, until the client has the new one [T180 T201]', async () => {
    await server.cli('ACL', 'SETUSER', 'app', 'on', '>secret-1', '~*', '+@all')
    let password = 'secret-1'
    const credentialsProvider = {
      type: 'async-credentials-provider' as const,
      credentials: async () => ({ username: 'app', password }),
    }
    const client = createClient({ url: server.url, credentialsProvider, disableOfflineQueue: true })
    client.on('error', quiet)
    ends.push(() => client.destroy())
    const store = redisStore(await client.connect(), { prefix: 'app:' })
    const entry = entryAt(now)
    await store.insert('key', entry, at(now))
    await server.cli('ACL', 'SETUSER', 'app', 'resetpass', '>secret-2')
    await server.cli('CLIENT', 'KILL', 'USER', 'app')
    await expect.poll(() => Promise.resolve(store.get('key', at(now))).then(() => '', codeOf)).toBe('ERR_SESSION_STORE')
    password = 'secret-2'
    await expect.poll(() => Promise.resolve(store.get('key', at(now))).catch(quiet), { timeout: 10_000 }).toEqual(entry)

    const wrong = redisStore(ioredis(urlFor('app', 'secret-1'), { retryStrategy: () => 50 }), { prefix: 'app:' })
    await assert.rejects(
      async () => wrong.ready(),
      (error: Error) => {
        assert.equal(codeOf(error), 'ERR_SESSION_STORE')
        assert.ok(!error.message.includes('secret'), error.message)
        return true
      },
    )
  })

  it('a password that the client does not have is an error that says so [T201]', async () => {
    const client = await nodeRedis(server.url)
    const store = redisStore(client)
    await server.cli('ACL', 'SETUSER', 'default', 'resetpass', '>secret-3')
    await client.sendCommand(['RESET']).catch(quiet)
    await assert.rejects(async () => store.get('key', at(now)), {
      message: /user and password \(NOAUTH\)/,
      retryable: false,
    })
    await server.cli('-a', 'secret-3', '--no-auth-warning', 'ACL', 'SETUSER', 'default', 'nopass')
  })

  it('a client without a listener for errors does not end the process: the store listens [T188]', async () => {
    for (const client of [createClient({ url: server.url }), new Redis(server.url, { lazyConnect: true })]) {
      assert.equal(client.listenerCount('error'), 0)
      redisStore(client)
      assert.equal(client.listenerCount('error'), 1)
      redisStore(client)
      assert.equal(client.listenerCount('error'), 1)
      client.emit('error', new Error('would end the process'))
      if ('disconnect' in client && client instanceof Redis) client.disconnect()
    }
  })

  it('sessions stay in the database that the client has chosen, also after a lost connection [T202]', async () => {
    const clients = [await nodeRedis(server.url, { database: 3 }), ioredis(server.url, { db: 3 })]
    for (const [index, client] of clients.entries()) {
      const store = redisStore(client, { prefix: `${index}:` })
      const entry = entryAt(now)
      await store.insert('key', entry, at(now))
      await server.cli('CLIENT', 'KILL', 'TYPE', 'normal')
      await expect.poll(() => Promise.resolve(store.get('key', at(now))).catch(quiet)).toEqual(entry)
      assert.equal(await server.cli('-n', '3', 'EXISTS', `${index}:s:key`), '1')
      assert.equal(await server.cli('EXISTS', `${index}:s:key`), '0')
    }
  })

  it('a server that drops keys when it is full: ready() warns, in words, and only then [T194]', async () => {
    const store = redisStore(await nodeRedis(server.url))
    const copy = { ...store }
    await store.ready()
    assert.deepEqual(store.warnings, [])
    await server.cli('CONFIG', 'SET', 'maxmemory', '100mb', 'maxmemory-policy', 'allkeys-lru')
    await store.ready()
    assert.equal(store.warnings.length, 1)
    assert.deepEqual(copy.warnings, store.warnings)
    assert.match(String(store.warnings[0]), /maxmemory-policy allkeys-lru.*signed out.*noeviction/)
    await server.cli('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    await store.ready()
    assert.deepEqual(store.warnings, [])
  })

  it('events of the server are not needed: with or without them, deadlines are the same [T204]', async () => {
    const store = redisStore(await nodeRedis(server.url))
    for (const events of ['', 'KEA']) {
      await server.cli('CONFIG', 'SET', 'notify-keyspace-events', events)
      const entry = entryAt(now)
      await store.insert(`key-${events}`, entry, at(now))
      assert.ok(await store.get(`key-${events}`, at(entry.expiresAt - 1)))
      assert.equal(await store.get(`key-${events}`, at(entry.expiresAt)), undefined)
    }
  })
})

const codeOf = (error: unknown) => (error as { readonly code?: string }).code
