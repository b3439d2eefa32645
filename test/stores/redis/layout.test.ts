import assert from 'node:assert/strict'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { redisStore } from '../../../src/stores/redis.ts'
import { at, entryAt, HOUR, listAll, MINUTE } from '../../../src/testing/internal/bench.ts'
import { describeWith } from '../../servers/found.ts'
import { type RedisServer, redisServer } from '../../servers/redis.ts'
import { type OpenedForTest, openForTest, SINGLE } from './open.ts'

const DAY = 24 * HOUR

describeWith('redis', 'what the Redis store keeps', () => {
  let server: RedisServer
  const opened: OpenedForTest[] = []
  beforeAll(async () => {
    server = await redisServer()
    await server.start()
  })
  afterEach(async () => {
    for (const { end } of opened.splice(0)) await end()
    await server.cli('FLUSHALL')
  })
  afterAll(() => server?.close())

  const open = async (options: Parameters<typeof openForTest>[1] = {}) => {
    const one = await openForTest(server.url, options)
    opened.push(one)
    return one
  }
  const now = Date.now()
  const names = async () => (await server.cli('KEYS', '*')).split('\n').filter(Boolean).sort()
  const lifeOf = async (name: string) => Number(await server.cli('PEXPIRETIME', name))

  it('one text per session, with a header that tells what it is, and an index per owner', async () => {
    const { store } = await open({ prefix: 'app:' })
    await store.ready()
    await store.insert('key', entryAt(now, { owner: 'ü 1', value: '{"a":1}', revision: 'rev' }), at(now))
    assert.deepEqual(await names(), ['app:o:%C3%BC%201', 'app:s:key', 'app:v:layout'])
    const until = await server.cli('ZSCORE', 'app:o:%C3%BC%201', 'key')
    expect(await server.cli('GET', 'app:s:key')).toBe(
      `hf1t${String(now + HOUR).padStart(16, '0')}${until.padStart(16, '0')}0010%C3%BC%20103rev{"a":1}`,
    )
  })

  it('the server removes a session later than its deadline, by the tolerance, in whole milliseconds [T165]', async () => {
    for (const [skewTolerance, expected] of [
      [undefined, MINUTE],
      [1, 1],
      [DAY, DAY],
    ] as const) {
      const { store } = await open({ prefix: `${expected}:`, skewTolerance })
      const entry = entryAt(now)
      await store.insert('key', entry, at(now))
      assert.equal(await lifeOf(`${expected}:s:key`), entry.expiresAt + expected)
      await store.touch('key', now + 2 * HOUR + 1, at(now, { ifRevision: entry.revision }))
      assert.equal(await lifeOf(`${expected}:s:key`), now + 2 * HOUR + 1 + expected)
      const next = entryAt(now)
      await store.update('key', next, at(now, { ifRevision: entry.revision }))
      assert.equal(await lifeOf(`${expected}:s:key`), next.expiresAt + expected)
    }
  })

  it('nothing is kept for ever: each key has an end, but for the layout', async () => {
    const { store } = await open({ prefix: 'app:' })
    await store.ready()
    for (let index = 0; index < 5; index++) {
      const entry = entryAt(now, { owner: `user-${index % 2}`, expiresAt: now + HOUR * (index + 1) })
      await store.insert(`key-${index}`, entry, at(now))
      await store.touch(`key-${index}`, now + 9 * DAY, at(now, { ifRevision: entry.revision }))
    }
    for (const name of await names()) {
      if (name === 'app:v:layout') continue
      assert.ok((await lifeOf(name)) >= now + 9 * DAY, name)
      assert.ok((await lifeOf(name)) <= now + 11 * DAY, name)
    }
  })

  it('an index lasts longer than every session in it, however they are prolonged', async () => {
    const { store } = await open({ prefix: 'app:' })
    let { revision } = entryAt(now)
    await store.insert('key', entryAt(now, { owner: 'u', revision }), at(now))
    for (let hours = 1; hours < 100; hours += 3) {
      const T = now + hours * HOUR - MINUTE
      if (hours % 2) await store.touch('key', T + HOUR + MINUTE * 30, at(T, { ifRevision: revision }))
      const next = entryAt(T, { owner: 'u', expiresAt: T + 3 * HOUR + MINUTE })
      assert.deepEqual(await store.update('key', next, at(T, { ifRevision: revision })), { outcome: 'updated' })
      revision = next.revision
      assert.ok(Number(await server.cli('ZSCORE', 'app:o:u', 'key')) >= next.expiresAt)
      assert.ok((await lifeOf('app:o:u')) >= (await lifeOf('app:s:key')))
      assert.deepEqual((await listAll(store, { owner: 'u', limit: 5 }, next.expiresAt - 1)).length, 1)
    }
  })

  it('an index forgets what was deleted or given away, and drops what has ended', async () => {
    const { store } = await open({ prefix: 'app:' })
    const gone = entryAt(now, { owner: 'u' })
    await store.insert('deleted', gone, at(now))
    await store.insert('given', gone, at(now))
    await store.insert('kept', gone, at(now))
    await store.delete('deleted', at(now))
    await store.update('given', entryAt(now, { owner: 'v' }), at(now, { ifRevision: gone.revision }))
    await expect.poll(() => server.cli('ZRANGE', 'app:o:u', '0', '-1')).toBe('kept')
    const before = now - 3 * DAY
    await store.insert('ended', entryAt(before, { owner: 'u' }), at(before))
    assert.equal(await server.cli('ZRANGE', 'app:o:u', '0', '-1'), 'ended\nkept')
    // A caller whose clock is far ahead does not take live sessions out of it, nor one whose clock is behind.
    await store.insert('wrong clock', entryAt(now + 9 * DAY, { owner: 'u' }), at(before))
    assert.equal(await server.cli('ZRANGE', 'app:o:u', '0', '-1'), 'ended\nkept\nwrong clock')
    await store.insert('wrong clock', entryAt(now + 9 * DAY, { owner: 'u' }), at(now + 9 * DAY))
    assert.equal(await server.cli('ZRANGE', 'app:o:u', '0', '-1'), 'kept\nwrong clock')
  })

  it('what is in an index in vain is passed over: the record decides', async () => {
    const { store } = await open({ prefix: 'app:' })
    await store.insert('mine', entryAt(now, { owner: 'u' }), at(now))
    await store.insert('theirs', entryAt(now, { owner: 'v' }), at(now))
    await server.cli('ZADD', 'app:o:u', String(now + DAY), 'theirs', String(now + DAY), 'nothing')
    assert.deepEqual(
      (await listAll(store, { owner: 'u', limit: 5 }, now)).map(({ key }) => key),
      ['mine'],
    )
    assert.equal(await store.count({ owner: 'u' }, at(now)), 1)
    assert.deepEqual(await store.deleteOwned({ owner: 'u', limit: 5 }, at(now)), ['mine'])
    assert.ok(await store.get('theirs', at(now)))
  })

  it('an undo of an old index entry leaves one that was made anew', async () => {
    const { store } = await open({ prefix: 'app:' })
    for (let round = 0; round < 20; round++) {
      const first = entryAt(now, { owner: 'u' })
      await store.insert(`key-${round}`, first, at(now))
      // The delete's undo is on its way while the key is taken again.
      const deleting = store.delete(`key-${round}`, at(now))
      const inserting = store.insert(`key-${round}`, entryAt(now, { owner: 'u' }), at(now))
      await Promise.all([deleting, inserting])
      await store.ping(at(now))
      const found = await store.get(`key-${round}`, at(now))
      const listed = await listAll(store, { owner: 'u', limit: 50 }, now)
      assert.equal(listed.length, found ? 1 : 0)
      await store.delete(`key-${round}`, at(now))
    }
  })

  it('sessions of a pool of connections and of one connection are the same', async () => {
    const prefix = 'shared:'
    const one = await open({ prefix })
    for (const connect of Object.values(SINGLE)) {
      const other = await open({ prefix, connect })
      const entry = entryAt(now, { owner: 'ü\u{10348}', value: '\ud800\0ü' })
      await one.store.insert('key', entry, at(now))
      assert.deepEqual(await other.store.get('key', at(now)), entry)
      assert.deepEqual(await other.store.deleteOwned({ owner: 'ü\u{10348}', limit: 5 }, at(now)), ['key'])
    }
  })

  it("a client's own keyPrefix comes before the store's, in all that the store does", async () => {
    const { Redis } = await import('ioredis')
    const client = new Redis(server.url, { keyPrefix: 'client[*]:' })
    try {
      const store = redisStore(client, { prefix: 'app:' })
      await store.ready()
      await store.insert('key', entryAt(now, { owner: 'u' }), at(now))
      assert.deepEqual(await names(), ['client[*]:app:o:u', 'client[*]:app:s:key', 'client[*]:app:v:layout'])
      assert.deepEqual(
        (await listAll(store, { limit: 5 }, now)).map(({ key }) => key),
        ['key'],
      )
      assert.deepEqual(await store.deleteOwned({ owner: 'u', limit: 5 }, at(now)), ['key'])
      assert.equal(await store.count({}, at(now)), 0)
    } finally {
      client.disconnect()
    }
  })
})
