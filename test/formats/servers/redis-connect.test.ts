import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { RedisStore as ConnectRedis } from 'connect-redis'
import { createClient } from 'redis'
import { afterAll, beforeAll, it } from 'vitest'
import { type RedisFormat, redisFormat } from '../../../src/formats/redis.ts'
import { at, HOUR, listAll } from '../../../src/testing/internal/bench.ts'
import { describeWith } from '../../servers/found.ts'
import { type RedisServer, redisServer } from '../../servers/redis.ts'
import { SINGLE } from '../../stores/redis/open.ts'
import { entryOf, keepAll, now, SHAPES, sessionText } from '../rules.ts'

// It has no types.
const { Cookie } = createRequire(import.meta.url)('express-session')

interface Session {
  readonly cookie: { expires: Date | null }
}

describeWith('redis', 'sessions of connect-redis', () => {
  let server: RedisServer
  let client: ReturnType<typeof createClient>
  let theirs: ConnectRedis
  let ours: RedisFormat
  let other: RedisFormat
  const ends: (() => unknown)[] = []
  beforeAll(async () => {
    server = await redisServer()
    await server.start()
    client = createClient({ url: server.url })
    await client.connect()
    ends.push(() => client.destroy())
    theirs = new ConnectRedis({ client })
    ours = redisFormat({ client })
    const second = await SINGLE.iovalkey!([server.url])
    ends.push(second.end)
    other = redisFormat({ client: second.client })
  })
  afterAll(async () => {
    for (const end of ends) await end()
    await server?.close()
  })

  /** What express-session hands to its store. */
  const sessionOf = (data: object, maxAge: number | null) => {
    const cookie = new Cookie({ maxAge })
    return { ...structuredClone(data), cookie } as Session
  }
  const set = (id: string, session: Session) =>
    new Promise<void>((resolve, reject) => void theirs.set(id, session, (error) => (error ? reject(error) : resolve())))
  const get = (id: string) =>
    new Promise<unknown>((resolve, reject) => {
      void theirs.get(id, (error: unknown, found: unknown) => (error ? reject(error) : resolve(found)))
    })

  for (const [shape, data] of Object.entries(SHAPES)) {
    it(`what it wrote is read here, and what is written here is read by it: ${shape}`, async () => {
      for (const maxAge of [HOUR, null]) {
        const id = `${shape}-${maxAge}`
        const session = sessionOf(data, maxAge)
        const before = Date.now()
        await set(id, session)
        const found = await ours.get(id, at(before))
        assert.equal(found?.value, JSON.stringify(session))
        assert.equal(found.revision, ours.revisionOf(found.value))
        // Whole seconds, rounded up from the instant of its write.
        const ttl = maxAge ?? 86_400_000
        assert.ok(found.expiresAt > before + ttl - 1000 && found.expiresAt <= Date.now() + ttl + 1000)

        const text = JSON.stringify({ ...JSON.parse(found.value), added: { by: 'us' } })
        const expiresAt = maxAge === null ? now + 2 * HOUR : Number(session.cookie.expires)
        const outcome = await ours.update(
          id,
          entryOf(ours, text, expiresAt),
          at(before, { ifRevision: found.revision }),
        )
        assert.deepEqual(outcome, { outcome: 'updated' })
        assert.deepEqual(await get(id), JSON.parse(text))
        assert.equal(Number(await server.cli('PEXPIRETIME', `sess:${id}`)), expiresAt)

        const mine = `${id}-mine`
        await ours.insert(mine, entryOf(ours, sessionText(data)), at(now))
        assert.deepEqual(await get(mine), JSON.parse(sessionText(data)))
      }
    })
  }

  it('a touch of one is seen by the other; neither changes the text', async () => {
    const session = sessionOf({ n: 1 }, HOUR)
    await set('touched', session)
    const found = await ours.get('touched', at(now))
    const later = now + 5 * HOUR
    assert.equal(await ours.touch('touched', later, at(now, { ifRevision: found?.revision as string })), 'touched')
    assert.deepEqual(await get('touched'), JSON.parse(JSON.stringify(session)))
    session.cookie.expires = new Date(Date.now() + 9 * HOUR)
    await theirs.touch('touched', session)
    const again = await ours.get('touched', at(now))
    assert.ok(again && again.expiresAt > later + HOUR)
    assert.deepEqual({ ...again, expiresAt: 0 }, { ...found, expiresAt: 0 })
  })

  it('what one ends is gone for the other, and both list the same', async () => {
    await theirs.clear()
    await set('a', sessionOf({}, HOUR))
    await ours.insert('b', entryOf(ours, sessionText({})), at(now))
    const rows = await listAll(ours, { limit: 1 }, now)
    assert.deepEqual(rows.map(({ key }) => key).sort(), ((await theirs.ids()) as string[]).sort())
    assert.equal(await ours.count?.({}, at(now)), await theirs.length())
    await theirs.destroy('a')
    assert.equal(await ours.get('a', at(now)), undefined)
    assert.equal(await ours.delete('b', at(now)), 'deleted')
    assert.equal(await get('b'), null)
    // Of its own accord it creates again what was ended; that is one more reason to move away from it.
    await set('b', sessionOf({ back: true }, HOUR))
    assert.ok(await ours.get('b', at(now)))
  })

  it('30 writers and its blind `set` between their reading and their writing: all are kept', async () => {
    const data = await keepAll({ store: ours, other }, 'race', () => set('race', sessionOf({ blind: 'kept' }, HOUR)))
    assert.equal(data.blind, 'kept')
    assert.equal(data.first, undefined)
    assert.deepEqual(await get('race'), data)
  })

  it('its `set` among 30 writers leaves one of two whole states, never a mixture', async () => {
    const ids = Array.from({ length: 20 }, (_, n) => `mixed-${n}`)
    await Promise.all(
      ids.map(async (id) => {
        await ours.insert(id, entryOf(ours, sessionText({ before: true })), at(now))
        const read = await ours.get(id, at(now))
        const mine = entryOf(ours, JSON.stringify({ ...JSON.parse(read?.value as string), mine: true }))
        const call = at(now, { ifRevision: read?.revision as string })
        const [outcome] = await Promise.all([ours.update(id, mine, call), set(id, sessionOf({ blind: true }, HOUR))])
        const left = JSON.parse((await ours.get(id, at(now)))?.value as string)
        // It writes last, or it was there before the comparison, which then fails.
        assert.equal(left.blind, true)
        assert.equal(left.mine, undefined)
        if (outcome.outcome === 'conflict') assert.equal(JSON.parse(outcome.current.value).blind, true)
        else assert.equal(outcome.outcome, 'updated')
      }),
    )
  })

  it('its keys without a TTL (disableTTL) live here as long as there', async () => {
    const forever = new ConnectRedis({ client, disableTTL: true, prefix: 'forever:' })
    const store = redisFormat({ client, prefix: 'forever:', disableTTL: true })
    await forever.set('id', sessionOf({ n: 1 }, HOUR))
    const found = await store.get('id', at(now + 100 * HOUR))
    assert.equal(found?.expiresAt, 8.64e15)
    const next = entryOf(store, sessionText({ n: 2 }))
    await store.update('id', next, at(now, { ifRevision: found.revision }))
    assert.equal(await server.cli('PTTL', 'forever:id'), '-1')
    assert.deepEqual(await forever.get('id'), JSON.parse(next.value))
  })
})
