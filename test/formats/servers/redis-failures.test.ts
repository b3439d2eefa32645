import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { Redis as Valkey } from 'iovalkey'
import { createClient } from 'redis'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { type RedisFormat, redisFormat } from '../../../src/formats/redis.ts'
import { at, HOUR } from '../../../src/testing/internal/bench.ts'
import { describeWith } from '../../servers/found.ts'
import { type RedisServer, redisServer } from '../../servers/redis.ts'
import { type Connected, SINGLE } from '../../stores/redis/open.ts'
import { entryOf, now, sessionText } from '../rules.ts'

describeWith('redis', "other libraries' sessions in a Redis that fails", () => {
  let server: RedisServer
  const ends: (() => unknown)[] = []
  beforeAll(async () => {
    server = await redisServer()
    await server.start()
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })
  afterAll(async () => {
    for (const end of ends) await end()
    await server?.close()
  })
  const open = async (to = server, client = 'node-redis'): Promise<RedisFormat> => {
    const connected = (await SINGLE[client]?.([to.url])) as Connected
    ends.push(connected.end)
    return redisFormat({ client: connected.client })
  }
  const calls = (store: RedisFormat): Record<string, () => unknown> => {
    const entry = entryOf(store, sessionText({}))
    const call = at(now, { ifRevision: entry.revision })
    return {
      get: () => store.get('id', at(now)),
      insert: () => store.insert('id', entry, at(now)),
      update: () => store.update('id', entry, call),
      touch: () => store.touch('id', now + HOUR, call),
      delete: () => store.delete('id', at(now)),
      list: () => store.list?.({ limit: 10 }, at(now)),
      count: () => store.count?.({}, at(now)),
      ping: () => store.ping(at(now)),
    }
  }

  it('a server that takes no writes: reads go on, writes are errors that may pass', async () => {
    const store = await open()
    const entry = entryOf(store, sessionText({}))
    await store.insert('id', entry, at(now))
    await server.readOnly(true)
    try {
      const { get, update, touch, delete: remove } = calls(store)
      assert.deepEqual(await get?.(), entry)
      for (const write of [update, touch, remove]) {
        await assert.rejects(async () => write?.(), { code: 'ERR_SESSION_STORE', message: /READONLY/, retryable: true })
      }
    } finally {
      await server.readOnly(false)
    }
    assert.deepEqual(await store.get('id', at(now)), entry)
  })

  it('a full server: writes are errors, reads and deletes go on, and what was there stays', async () => {
    const store = await open()
    const entry = entryOf(store, sessionText({}))
    await store.delete('id', at(now))
    await store.insert('id', entry, at(now))
    await server.fill()
    try {
      const next = entryOf(store, sessionText({ n: 2 }))
      const write = async () => store.update('id', next, at(now, { ifRevision: entry.revision }))
      await assert.rejects(write, { code: 'ERR_SESSION_STORE', message: /memory is full/ })
      await assert.rejects(async () => store.insert('new', next, at(now)), { code: 'ERR_SESSION_STORE' })
      assert.deepEqual(await store.get('id', at(now)), entry)
      assert.equal(await store.delete('id', at(now)), 'deleted')
    } finally {
      await server.unfill()
    }
    assert.equal(await store.get('new', at(now)), undefined)
  })

  it('a server that forgets the scripts changes no outcome', async () => {
    const store = await open()
    await server.cli('SCRIPT', 'FLUSH')
    const entry = entryOf(store, sessionText({}))
    await store.insert('id', entry, at(now))
    await server.cli('SCRIPT', 'FLUSH')
    assert.deepEqual(await store.get('id', at(now)), entry)
  })

  it('a user who may do only what the documentation says', async () => {
    const rights = ['+eval', '+evalsha', '+get', '+set', '+time', '+pexpiretime', '+pexpireat', '+persist', '+del']
    const more = ['+strlen', '+scan', '+ping']
    const user = ['SETUSER', 'few', 'on', '>secret-1', '~sess:*', 'resetchannels', '-@all']
    await server.cli('ACL', ...user, ...rights, ...more)
    const url = server.url.replace('//', '//few:secret-1@')
    const store = await open({ ...server, url }, 'ioredis')
    const work = async () => {
      const entry = entryOf(store, sessionText({}))
      const call = at(now, { ifRevision: entry.revision })
      await store.delete('id', at(now))
      assert.equal(await store.insert('id', entry, at(now)), 'inserted')
      assert.deepEqual(await store.get('id', at(now)), entry)
      assert.equal(await store.touch('id', 8.64e15, call), 'touched')
      assert.equal(await store.touch('id', now + HOUR, call), 'touched')
      assert.deepEqual(await store.update('id', entry, call), { outcome: 'updated' })
      assert.equal(await store.count?.({}, at(now)), 1)
      assert.equal((await store.list?.({ limit: 5 }, at(now)))?.entries.length, 1)
      await store.ping(at(now))
    }
    await work()
    // Before Redis 7 there is no PEXPIRETIME.
    await server.cli('ACL', 'SETUSER', 'few', '-pexpiretime', '+pttl')
    await server.cli('DEL', 'sess:id')
    const entry = entryOf(store, sessionText({}))
    await store.insert('id', entry, at(now))
    const found = await store.get('id', at(now))
    assert.ok(found && Math.abs(found.expiresAt - entry.expiresAt) <= 5)
    assert.equal(await store.touch('id', 8.64e15, at(now, { ifRevision: entry.revision })), 'touched')
    assert.equal((await store.get('id', at(now)))?.expiresAt, 8.64e15)
    assert.equal(await store.get('none', at(now)), undefined)
    await server.cli('ACL', 'SETUSER', 'few', '-get')
    await assert.rejects(async () => store.get('id', at(now)), { code: 'ERR_SESSION_STORE', retryable: false })
  })

  it('a clock that differs from the server by an hour: what a session has left is the same on both sides', async () => {
    const store = await open()
    const real = Date.now
    for (const wrong of [-HOUR, HOUR]) {
      vi.spyOn(Date, 'now').mockImplementation(() => real() + wrong)
      const mine = Date.now()
      const key = `wrong-${wrong}`
      const entry = entryOf(store, sessionText({}), mine + 10 * 60_000)
      await store.insert(key, entry, at(mine))
      const left = Number(await server.cli('PTTL', `sess:${key}`))
      assert.ok(left > 9 * 60_000 && left <= 10 * 60_000 + 1000, String(left))
      const found = await store.get(key, at(mine))
      assert.ok(found && Math.abs(found.expiresAt - entry.expiresAt) < 60_000)
      // Written by a library that says how long, not until when.
      await server.cli('SET', `sess:${key}-theirs`, '{}', 'EX', '600')
      const theirs = await store.get(`${key}-theirs`, at(mine))
      assert.ok(theirs && Math.abs(theirs.expiresAt - entry.expiresAt) < 60_000)
      assert.equal(await store.touch(key, mine + HOUR, at(mine, { ifRevision: entry.revision })), 'touched')
      assert.ok(Math.abs(Number(await server.cli('PTTL', `sess:${key}`)) - HOUR) < 60_000)
      assert.equal(await store.get(key, at(mine + 2 * HOUR)), undefined)
      vi.restoreAllMocks()
    }
  })

  // As the documentation of the Redis store sets them: without a connection a call fails at once.
  const impatient = {
    'node-redis': async () => {
      const client = createClient({ url: server.url, disableOfflineQueue: true })
      client.on('error', () => undefined)
      ends.push(() => client.destroy())
      return client.connect()
    },
    ioredis: () => connected(new Redis(server.url, { maxRetriesPerRequest: 0, enableOfflineQueue: false })),
    iovalkey: () => connected(new Valkey(server.url, { maxRetriesPerRequest: 0, enableOfflineQueue: false })),
  }
  const connected = async <Client extends Redis | Valkey>(client: Client): Promise<Client> => {
    client.on('error', () => undefined)
    ends.push(() => client.disconnect())
    await once(client, 'ready')
    return client
  }
  for (const [name, connect] of Object.entries(impatient)) {
    it(`a server that is gone: an error from every method, never "no session"; and it comes back: ${name}`, async () => {
      const store = redisFormat({ client: await connect() })
      const entry = entryOf(store, sessionText({ name }))
      await store.delete('id', at(now))
      await store.insert('id', entry, at(now))
      await server.kill()
      for (const call of Object.values(calls(store))) {
        await assert.rejects(async () => call(), { code: 'ERR_SESSION_STORE', retryable: true })
      }
      await server.start()
      const read = () => Promise.resolve(store.get('id', at(now))).catch(() => undefined)
      await expect.poll(read, { timeout: 10_000 }).toEqual(entry)
    })
  }

  it('a store that was closed answers nothing more', async () => {
    const store = await open()
    await store.close()
    for (const call of Object.values(calls(store))) {
      await assert.rejects(async () => call(), { code: 'ERR_SESSION_STORE', message: /closed/ })
    }
  })
})
