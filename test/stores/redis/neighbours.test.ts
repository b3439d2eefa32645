import assert from 'node:assert/strict'
import { afterAll, afterEach, beforeAll, it } from 'vitest'
import { at, entryAt, HOUR, listAll } from '../../../src/testing/internal/bench.ts'
import { describeWith } from '../../servers/found.ts'
import { type RedisServer, redisServer } from '../../servers/redis.ts'
import { type OpenedForTest, openForTest } from './open.ts'

/** Each with a prefix that a careless pattern or comparison would take for another's. */
const PREFIXES = ['', 's:', 'sess:', 'sess:admin:', 'sess:s:', 'sess:s:s:', 'tenant[AB]:', 'tenantA:', 'a*:', 'ab:']
const MORE = ['a?', 'aa', '\\', '\\*:', '[^a]:', 'b:', 'ü😀\u0000:', '{tag}:', '{', 'x:s', 'x:s:', 'x', 'x:']

describeWith('redis', 'the Redis store and its neighbours', () => {
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

  const open = async (prefix: string) => {
    const one = await openForTest(server.url, { prefix })
    opened.push(one)
    return one.store
  }
  const now = Date.now()

  it('each store counts, lists, sweeps and deletes its own sessions only, whatever the prefixes [T057 T058 T061]', async () => {
    const stores = new Map<string, Awaited<ReturnType<typeof open>>>()
    for (const prefix of [...PREFIXES, ...MORE]) stores.set(prefix, await open(prefix))
    const keys = ['key', 's:key', 'admin:s:key', 's:s:key', 'a%3akey', 'a:key']
    for (const [prefix, store] of stores) {
      for (const key of keys) {
        const entry = entryAt(now, { owner: 'u', value: `${prefix} ${key}` })
        assert.equal(await store.insert(key, entry, at(now)), 'inserted', `${key} of ${prefix}`)
      }
    }
    for (const [prefix, store] of stores) {
      assert.equal(await store.count({}, at(now)), keys.length, prefix)
      assert.equal(await store.count({ owner: 'u' }, at(now)), keys.length, prefix)
      const rows = await listAll(store, { limit: 4 }, now)
      assert.deepEqual(rows.map(({ key }) => key).sort(), [...keys].sort(), prefix)
      for (const key of keys) assert.equal((await store.get(key, at(now)))?.value, `${prefix} ${key}`)
    }
    const left = new Map(stores)
    for (const [index, [prefix, store]] of [...stores].entries()) {
      if (index % 2) {
        const { removed } = await store.sweep(1000, at(now + HOUR))
        assert.equal(removed, keys.length, prefix)
      } else {
        const removed = await store.deleteOwned({ owner: 'u', limit: 100 }, at(now))
        assert.deepEqual([...removed].sort(), [...keys].sort(), prefix)
      }
      left.delete(prefix)
      for (const [other, store] of left) assert.equal(await store.count({ owner: 'u' }, at(now)), keys.length, other)
    }
  })

  it("somebody else's key is no session: it is not met, not counted, and stays as it is [T062 T196]", async () => {
    const store = await open('app:')
    const foreign: Readonly<Record<string, readonly string[]>> = {
      hash: ['HSET', 'app:s:hash', 'field', 'hf1'],
      list: ['RPUSH', 'app:s:list', 'hf1'],
      set: ['SADD', 'app:s:set', 'hf1'],
      text: ['SET', 'app:s:text', '{"cookie":{}}'],
      empty: ['SET', 'app:s:empty', ''],
      number: ['SET', 'app:s:number', '7'],
      'other layout': ['SET', 'app:s:other layout', `hf2t${'9'.repeat(40)}`],
      'other things': ['SET', 'app:s:other things', 'hf1 is the name of my dog'],
    }
    for (const command of Object.values(foreign)) await server.cli(...command)
    const dumped = async () => Promise.all(Object.keys(foreign).map((key) => server.cli('DUMP', `app:s:${key}`)))
    const before = await dumped()
    const ifRevision = 'any'
    for (const key of Object.keys(foreign)) {
      assert.equal(await store.get(key, at(now)), undefined, key)
      assert.equal(await store.insert(key, entryAt(now), at(now)), 'taken', key)
      assert.deepEqual(await store.update(key, entryAt(now), at(now, { ifRevision })), { outcome: 'gone' }, key)
      assert.equal(await store.touch(key, now + HOUR, at(now, { ifRevision })), 'gone', key)
      assert.equal(await store.delete(key, at(now, { ifRevision })), 'gone', key)
      assert.equal(await store.delete(key, at(now)), 'gone', key)
    }
    assert.deepEqual((await store.list({ limit: 100 }, at(now))).entries, [])
    assert.equal(await store.count({}, at(now)), 0)
    assert.deepEqual(await store.sweep(100, at(now + HOUR)), { removed: 0, more: false })
    assert.deepEqual(await dumped(), before)
  })

  it('an index whose name somebody else has taken is an error that says so, and no session is written', async () => {
    const store = await open('app:')
    await server.cli('SET', 'app:o:u', 'mine')
    const code = { code: 'ERR_SESSION_STORE', message: /WRONGTYPE.*prefix of its own/, retryable: false }
    await assert.rejects(async () => store.insert('key', entryAt(now, { owner: 'u' }), at(now)), code)
    assert.equal(await store.get('key', at(now)), undefined)
    const free = entryAt(now)
    await store.insert('key', free, at(now))
    const owned = entryAt(now, { owner: 'u' })
    await assert.rejects(async () => store.update('key', owned, at(now, { ifRevision: free.revision })), code)
    assert.deepEqual(await store.get('key', at(now)), free)
    await assert.rejects(async () => store.list({ owner: 'u', limit: 5 }, at(now)), code)
    await assert.rejects(async () => store.count({ owner: 'u' }, at(now)), code)
    await assert.rejects(async () => store.deleteOwned({ owner: 'u', limit: 5 }, at(now)), code)
    assert.equal(await server.cli('GET', 'app:o:u'), 'mine')
  })

  it('a key of a cluster cannot choose its slot, and no name has more than its own text [T060]', async () => {
    const store = await open('app:')
    for (const key of ['{a}1', '{a}2', '}{', '%7b', '{']) await store.insert(key, entryAt(now), at(now))
    const names = (await server.cli('KEYS', '*')).split('\n')
    assert.ok(names.every((name) => !/[{}]/.test(name)))
    assert.equal(names.length, 5)
  })

  it('the layout: another one, or something else in its place, is an error that names the way out [T180 T217]', async () => {
    const store = await open('app:')
    await store.ready()
    await store.ready()
    assert.equal(await server.cli('GET', 'app:v:layout'), '1')
    for (const command of [
      ['SET', 'app:v:layout', '0'],
      ['SET', 'app:v:layout', '2'],
      ['SET', 'app:v:layout', 'mine'],
    ]) {
      await server.cli(...command)
      await assert.rejects(async () => store.ready(), { code: 'ERR_SESSION_STORE', message: /layout.*"prefix"/ })
      assert.equal(await server.cli('GET', 'app:v:layout'), command[2])
    }
    await server.cli('DEL', 'app:v:layout')
    await server.cli('HSET', 'app:v:layout', 'a', 'b')
    await assert.rejects(async () => store.ready(), { code: 'ERR_SESSION_STORE', message: /WRONGTYPE.*prefix/ })
    assert.equal(await server.cli('TYPE', 'app:v:layout'), 'hash')
  })
})
