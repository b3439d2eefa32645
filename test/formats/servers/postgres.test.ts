import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { type PostgresFormatOptions, postgresFormat } from '../../../src/formats/postgres.ts'
import { at, HOUR, listAll } from '../../../src/testing/internal/bench.ts'
import { describeWith } from '../../servers/found.ts'
import { type PostgresServer, postgresServer } from '../../servers/postgres.ts'
import { libraries, openClient, openPglite } from '../../stores/postgres/open.ts'
import { declareRules, entryOf, keepAll, now, type Opened, SHAPES, sessionText } from '../rules.ts'
import { openPool, pgStore, theirSession } from './postgres-open.ts'

const nextKey = (): string => randomUUID()
const freshTable = (): string => `t_${randomUUID().replaceAll('-', '')}`
const TYPES = ['json', 'jsonb', 'text'] as const
/** jsonb takes neither U+0000 nor a lone surrogate, also escaped ones, and puts members into another order. */
const JSONB_SHAPES = { unicode: { id: 'Zoë 日本語 🦊' }, empty: {}, nested: { a: [{ b: 1, c: [] }] } }

describeWith('postgres', 'the table of connect-pg-simple', () => {
  let server: PostgresServer
  const ends: (() => unknown)[] = []
  beforeAll(async () => {
    server = await postgresServer({ maxConnections: 80 })
  })
  afterAll(async () => {
    for (const end of ends) await end()
    await server?.close()
  })

  type Library = (typeof libraries)[number]
  const connect = async (library: Library) => {
    const { client, end } = await openClient(library, server.url)
    ends.push(end)
    return client
  }
  const opener = (library: Library, type: string, options: Omit<PostgresFormatOptions, 'client'> = {}) => {
    let opened: Promise<Opened> | undefined
    return () => {
      opened ??= (async () => {
        const more = { createTable: true, tableName: freshTable(), ...options }
        const store = postgresFormat({ client: await connect(library), ...more })
        const other = postgresFormat({ client: await connect('pg Pool'), ...more })
        await store.ready()
        await server.admin(`ALTER TABLE ${more.tableName} ALTER sess TYPE ${type}`)
        return { store, other }
      })()
      return opened
    }
  }

  for (const library of libraries) {
    for (const type of ['json', 'text']) {
      describe(`${type}, ${library}`, () => declareRules(opener(library, type), nextKey))
    }
  }
  describe('in the time zone that the option names', () =>
    declareRules(opener('pg Pool', 'json', { timeZone: 'Asia/Kathmandu', prepare: false }), nextKey))

  describe('json, PGlite', () => {
    let opened: Promise<Opened> | undefined
    declareRules(() => {
      opened ??= (async () => {
        const { client, close } = await openPglite()
        ends.push(close)
        const store = postgresFormat({ client, createTable: true })
        await store.ready()
        return { store, other: postgresFormat({ client }) }
      })()
      return opened
    }, nextKey)
  })

  for (const library of libraries) {
    it(`jsonb gives back the same data, and the same revision, though not the same text: ${library}`, async () => {
      const { store, other } = await opener(library, 'jsonb')()
      for (const [shape, data] of Object.entries(JSONB_SHAPES)) {
        const key = nextKey()
        const entry = entryOf(store, sessionText(data))
        assert.equal(await store.insert(key, entry, at(now)), 'inserted')
        const read = await other.get(key, at(now))
        assert.ok(read)
        assert.notEqual(read.value, entry.value)
        assert.deepEqual(JSON.parse(read.value), JSON.parse(entry.value), shape)
        assert.deepEqual({ ...read, value: '' }, { ...entry, value: '' })
        const call = at(now, { ifRevision: entry.revision })
        assert.equal(await store.touch(key, now + 2 * HOUR, call), 'touched')
        const next = entryOf(store, sessionText({ z: 1, a: 2 }))
        assert.deepEqual(await store.update(key, next, call), { outcome: 'updated' })
        const lost = await other.update(key, next, call)
        assert.equal(lost.outcome === 'conflict' && lost.current.revision, next.revision)
        assert.equal(await other.delete(key, at(now, { ifRevision: next.revision })), 'deleted')
      }
      await assert.rejects(async () => store.insert(nextKey(), entryOf(store, '"\\u0000"'), at(now)), {
        code: 'ERR_SESSION_STORE',
      })
    })
  }

  describe('connect-pg-simple 10', () => {
    for (const type of TYPES) {
      it(`reads what we write and writes what we read: ${type}`, async () => {
        const pool = openPool(await server.database())
        const theirs = pgStore(pool, { createTableIfMissing: true })
        await theirs.get('makes the table')
        await pool.query(`ALTER TABLE session ALTER sess TYPE ${type}`)
        const store = postgresFormat({ client: pool })
        for (const [shape, data] of Object.entries(type === 'jsonb' ? JSONB_SHAPES : SHAPES)) {
          for (const maxAge of [HOUR, null]) {
            const session = theirSession(data, maxAge)
            const text = JSON.stringify(session)
            await theirs.set('its', session)
            const read = await store.get('its', at(now))
            assert.ok(read)
            assert.deepEqual(JSON.parse(read.value), JSON.parse(text), shape)
            if (type !== 'jsonb') assert.equal(read.value, text)
            assert.equal(read.revision, store.revisionOf(text))
            const expires = maxAge === null ? Date.now() + 24 * HOUR : Number(session.cookie.expires)
            assert.ok(read.expiresAt - expires < 1000 && expires - read.expiresAt < 1000)
            assert.equal(read.expiresAt % 1000, 0)

            const key = nextKey()
            assert.equal(await store.insert(key, entryOf(store, text), at(now)), 'inserted')
            assert.deepEqual(await theirs.get(key), JSON.parse(text), shape)
          }
        }
      })
    }

    it('and we agree on the deadline, to the second, whatever the time zone of the connections', async () => {
      for (const zone of ['UTC', 'America/Los_Angeles', 'Asia/Kathmandu', 'Pacific/Kiritimati']) {
        const pool = openPool(await server.database(), zone)
        const theirs = pgStore(pool, { createTableIfMissing: true })
        const store = postgresFormat({ client: pool })
        for (const milliseconds of [0, 1, 499, 500, 999]) {
          const expires = new Date(now + HOUR + milliseconds)
          const ceiling = now + HOUR + (milliseconds > 0 ? 1000 : 0)
          await theirs.set('its', { cookie: { expires } })
          await store.delete('ours', at(now))
          await store.insert('ours', entryOf(store, '{}', expires.getTime()), at(now))
          const { rows } = await pool.query('SELECT count(DISTINCT expire)::int AS deadlines FROM session')
          assert.equal(rows[0].deadlines, 1, `${zone} ${milliseconds}`)
          assert.equal((await store.get('its', at(ceiling - 1)))?.expiresAt, ceiling)
          assert.equal(await store.get('its', at(ceiling)), undefined)
        }
        await store.insert('past', entryOf(store, '{}', now - 2000), at(now))
        assert.equal(await theirs.get('past'), undefined)
        await store.insert('soon', entryOf(store, '{}', now + 60_000), at(now))
        assert.deepEqual(await theirs.get('soon'), {})
        await theirs.prune()
        assert.equal(await store.count({}, at(now - HOUR)), 3)
      }
    })

    it('is read right from connections in another time zone, if the option names that of its own', async () => {
      const url = await server.database()
      const losAngeles = openPool(url, 'America/Los_Angeles')
      const theirs = pgStore(losAngeles, { createTableIfMissing: true })
      const expires = new Date(now + HOUR)
      await theirs.set('its', { cookie: { expires } })
      for (const zone of ['UTC', 'Asia/Kathmandu', 'America/Los_Angeles']) {
        const client = openPool(url, zone)
        const store = postgresFormat({ client, timeZone: 'America/Los_Angeles' })
        assert.equal((await store.get('its', at(now)))?.expiresAt, now + HOUR, zone)
        const key = nextKey()
        await store.insert(key, entryOf(store, '{"a":1}', now + 60_000), at(now))
        assert.deepEqual(await theirs.get(key), { a: 1 })
        const { revision } = (await store.get(key, at(now + 59_999)))!
        assert.equal(await store.touch(key, now - 1000, at(now, { ifRevision: revision })), 'touched')
        assert.equal(await theirs.get(key), undefined)
      }
      // Without the option we say the same as the library would on that connection, which is wrong there.
      const client = openPool(url, 'UTC')
      assert.equal(await postgresFormat({ client }).get('its', at(now)), undefined)
      assert.equal(await pgStore(client).get('its'), undefined)
    })

    it('takes a deadline within the hour that comes twice for one within the second, as the library does', async () => {
      const url = await server.database()
      const pool = openPool(url, 'America/Los_Angeles')
      const theirs = pgStore(pool, { createTableIfMissing: true })
      const store = postgresFormat({ client: pool })
      const twice = Date.parse('2027-11-07T08:30:00Z')
      await theirs.set('its', { cookie: { expires: new Date(twice) } })
      await store.insert('ours', entryOf(store, '{}', twice), at(now))
      for (const key of ['its', 'ours']) {
        assert.equal((await store.get(key, at(now)))?.expiresAt, twice + HOUR)
        assert.equal(await store.get(key, at(twice + HOUR)), undefined)
      }
      // Its own expression says so.
      const { rows } = await pool.query('SELECT expire >= to_timestamp($1) AS live FROM session', [twice / 1000 + 3600])
      assert.deepEqual(rows, [{ live: true }, { live: true }])
    })

    it('touches what we wrote, destroys it, and the other way round', async () => {
      const pool = openPool(await server.database())
      const theirs = pgStore(pool, { createTableIfMissing: true })
      await theirs.get('makes the table')
      const store = postgresFormat({ client: pool })
      const entry = entryOf(store, sessionText({ n: 1 }))
      await store.insert('key', entry, at(now))
      await theirs.touch('key', { cookie: { expires: new Date(now + 2 * HOUR) } })
      assert.deepEqual(await store.get('key', at(now)), { ...entry, expiresAt: now + 2 * HOUR })
      assert.equal(await store.touch('key', now - 2000, at(now, { ifRevision: entry.revision })), 'touched')
      assert.equal(await theirs.get('key'), undefined)
      assert.equal(await store.insert('key', entry, at(now)), 'inserted')
      await theirs.destroy('key')
      assert.equal(await store.get('key', at(now)), undefined)
    })

    it('writes blindly among 30 of our writers, all of whom are kept', async () => {
      const url = await server.database()
      const [pool, second] = [openPool(url), openPool(url)]
      const theirs = pgStore(pool, { createTableIfMissing: true })
      await theirs.get('makes the table')
      const opened = { store: postgresFormat({ client: pool }), other: postgresFormat({ client: second }) }
      const data = await keepAll(opened, 'key', () => theirs.set('key', { theirs: true }))
      assert.equal(data.theirs, true)
      assert.equal(Object.keys((await theirs.get('key')) as object).length, 31)
    })

    it('30 writers are kept where transactions are serializable, too', async () => {
      const url = await server.database()
      const serializable = () => {
        const client = new pg.Pool({ connectionString: url, options: '-c default_transaction_isolation=serializable' })
        ends.push(() => client.end())
        return postgresFormat({ client, createTable: true })
      }
      const [store, other] = [serializable(), serializable()]
      await store.ready()
      const theirs = pgStore(openPool(url))
      const data = await keepAll({ store, other }, 'key', () => theirs.set('key', { theirs: true }))
      assert.equal(data.theirs, true)
    })

    it('finds its table in the schema', async () => {
      const url = await server.database()
      const pool = openPool(url)
      await pool.query('CREATE SCHEMA "Web_1"')
      const names = { schemaName: 'Web_1', tableName: 'Visits' }
      const store = postgresFormat({ client: pool, createTable: true, ...names })
      await store.ready()
      const theirs = pgStore(pool, names)
      await store.insert('ours', entryOf(store, '{"a":1}'), at(now))
      assert.deepEqual(await theirs.get('ours'), { a: 1 })
      await theirs.set('its', { b: 2 })
      assert.equal((await store.get('its', at(now)))?.value, '{"b":2}')
    })
  })

  it('makes exactly the table that connect-pg-simple makes, only if told to, and many may at once', async () => {
    const shown = async (pool: pg.Pool) => {
      const columns = await pool.query(
        'SELECT attname, atttypmod, attnotnull, format_type(atttypid, atttypmod) FROM pg_attribute ' +
          "WHERE attrelid = 'session'::regclass AND attnum > 0 ORDER BY attnum",
      )
      const indexes = await pool.query(
        "SELECT indexdef, conname, pg_get_constraintdef(c.oid) FROM pg_indexes JOIN pg_class i ON relname = indexname LEFT JOIN pg_constraint c ON conindid = i.oid WHERE tablename = 'session' ORDER BY 1",
      )
      return { columns: columns.rows, indexes: indexes.rows }
    }
    const [its, ours] = [openPool(await server.database()), openPool(await server.database())]
    await pgStore(its, { createTableIfMissing: true }).get('makes the table')
    await postgresFormat({ client: ours }).ready()
    await assert.rejects(shown(ours), { code: '42P01' })
    const store = postgresFormat({ client: ours, createTable: true })
    await Promise.all(Array.from({ length: 5 }, () => store.ready()))
    assert.deepEqual(await shown(ours), await shown(its))
    await postgresFormat({ client: ours, createTable: true, tableName: 'second' }).ready()
  })

  it('lists page by page, counts and sweeps', async () => {
    const { store } = await opener('pg Pool', 'json')()
    const expected = []
    for (let n = 0; n < 25; n += 1) {
      const dead = n % 5 === 0
      await store.insert(`k${n}`, entryOf(store, '{}', dead ? now - 2000 : now + HOUR), at(now))
      if (!dead) expected.push({ key: `k${n}`, expiresAt: now + HOUR })
    }
    const listed = await listAll(store, { limit: 4 }, now)
    assert.deepEqual(
      listed.sort((a, b) => Number(a.key.slice(1)) - Number(b.key.slice(1))),
      expected,
    )
    assert.equal(await store.count?.({}, at(now)), 20)
    assert.deepEqual(await store.sweep?.(3, at(now)), { removed: 3, more: true })
    assert.deepEqual(await store.sweep?.(3, at(now)), { removed: 2, more: false })
    assert.equal(await store.count?.({}, at(now)), 20)
    await store.ping?.(at(now))
    await store.close?.()
    await assert.rejects(async () => store.get('k1', at(now)), { code: 'ERR_SESSION_STORE' })
  })

  it('hands on text that is no JSON, and can write over it', async () => {
    const url = await server.database()
    const pool = openPool(url)
    const store = postgresFormat({ client: pool, createTable: true })
    await store.ready()
    await pool.query('ALTER TABLE session ALTER sess TYPE text')
    await pool.query("INSERT INTO session VALUES ('key', 'not JSON', now() + '1 hour'), ('ever', '{}', 'infinity')")
    const found = (await store.get('key', at(now)))!
    assert.equal(found.value, 'not JSON')
    const next = entryOf(store, '{}')
    assert.deepEqual(await store.update('key', next, at(now, { ifRevision: found.revision })), { outcome: 'updated' })
    assert.equal((await store.get('ever', at(now)))?.expiresAt, 8.64e15)
  })

  it('what an option gets wrong is said at once', () => {
    const client = new pg.Pool({ max: 1 })
    for (const [option, wrong] of [
      ['client', { client: {} }],
      ['tableName', { tableName: 'a"b' }],
      ['schemaName', { schemaName: 'a.b' }],
      ['timeZone', { timeZone: "UTC' OR '" }],
      ['createTable', { createTable: 1 }],
      ['prepare', { prepare: 0 }],
      ['ttl', { ttl: 5 }],
    ] as const) {
      assert.throws(() => postgresFormat({ client, ...(wrong as object) }), { code: 'ERR_SESSION_OPTION', option })
    }
    assert.throws(() => postgresFormat(undefined as never), { code: 'ERR_SESSION_OPTION' })
  })
})
