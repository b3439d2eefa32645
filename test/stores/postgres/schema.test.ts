import pg from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PostgresClient, postgresSchema, postgresStore } from '../../../src/stores/postgres.ts'
import { withFleet } from '../../../src/testing/internal/fleet.ts'
import { describeWith } from '../../servers/found.ts'
import { type PostgresServer, postgresServer } from '../../servers/postgres.ts'
import { call, child, entry, now, openForTest, openPglite } from './open.ts'

const HOSTILE_NAMES: unknown[] = [
  'x"; DROP TABLE y; --',
  'public.sessions',
  'a b',
  '',
  '1st',
  'séances',
  'sessions\0',
  'sessions\n',
  'holdfast_schema',
  'x'.repeat(49),
  ['sessions'],
  { toString: () => 'sessions' },
  7,
  null,
]

const optionError = (option: string) => expect.objectContaining({ code: 'ERR_SESSION_OPTION', option })
const storeError = (help: string) =>
  expect.objectContaining({ code: 'ERR_SESSION_STORE', retryable: false, help: expect.stringContaining(help) })

describe('options of postgresStore', () => {
  const client = { query: () => Promise.resolve({ rows: [] }) } as PostgresClient

  it.each(HOSTILE_NAMES)('the table %j is refused [T056]', (name) => {
    const table = name as string
    expect(() => postgresStore(client, { table })).toThrow(optionError('table'))
    expect(() => postgresSchema({ table })).toThrow(optionError('table'))
  })

  it.each([...HOSTILE_NAMES.filter((name) => name !== 'holdfast_schema'), 'pg_catalog'])(
    'the schema %j is refused [T056]',
    (name) => {
      const schema = name as string
      expect(() => postgresStore(client, { schema })).toThrow(optionError('schema'))
      expect(() => postgresSchema({ schema })).toThrow(optionError('schema'))
    },
  )

  it.each([
    [{ tabel: 'x' }, 'tabel'],
    [{ prepare: 'no' }, 'prepare'],
    [null, 'options'],
  ])('%j is refused by its name', (options, option) => {
    expect(() => postgresStore(client, options as object)).toThrow(optionError(option))
  })

  it('what is no client is refused', () => {
    for (const wrong of [undefined, null, 'postgres://localhost', {}, { query: 1 }, () => undefined]) {
      expect(() => postgresStore(wrong as never)).toThrow(optionError('client'))
    }
  })

  it('a client that answers something else is found out by the first call', async () => {
    const odd = { query: () => Promise.resolve({ rows: [{ expires_at: 1 }] }) } as PostgresClient
    await expect(postgresStore(odd).get('key', call)).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
  })
})

describeWith('postgres', 'the table of postgresStore', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await postgresServer()
  })
  afterAll(() => server?.close())

  /** A store that is not ready, on a database of its own. */
  const open = async (options?: object, encoding?: string) => {
    const url = await server.database(encoding)
    const pool = new pg.Pool({ connectionString: url, max: 2 })
    return {
      url,
      store: postgresStore(pool, options),
      pool,
      sql: (text: string) => server.admin(text, [], url),
    }
  }

  it('is made by what postgresSchema prints, as often as it is run', async () => {
    const options = { table: 'Sessions_2', schema: 'Accounts' }
    const { store, pool, sql } = await open(options)
    for (let round = 0; round < 2; round += 1) await sql(postgresSchema(options))
    await store.ready()
    expect(await store.insert('key', entry('r1'), call)).toBe('inserted')
    await store.ready()
    expect(await store.get('key', call)).toEqual(entry('r1'))
    expect(await sql(`SELECT table_schema FROM information_schema.tables WHERE table_name = 'Sessions_2'`)).toEqual([
      { table_schema: 'Accounts' },
    ])
    await pool.end()
  })

  it('lives beside other tables of ours, in the same schema and in another', async () => {
    const { store, pool, sql } = await open()
    const others = [postgresStore(pool, { table: 'admin' }), postgresStore(pool, { schema: 'other' })]
    for (const one of [store, ...others]) await one.ready()
    await store.insert('key', entry('r1'), call)
    for (const one of others) expect(await one.get('key', call)).toBeUndefined()
    expect(await sql('SELECT name, version FROM holdfast_schema ORDER BY name')).toEqual([
      { name: 'admin', version: 1 },
      { name: 'holdfast_sessions', version: 1 },
    ])
    await pool.end()
  })

  it('that is missing is an error which says what to do [T180] [T217]', async () => {
    for (const options of [{}, { schema: 'nowhere' }]) {
      const { store, pool } = await open(options)
      await expect(store.get('key', call)).rejects.toEqual(storeError('store.ready()'))
      await expect(store.insert('key', entry('r1'), call)).rejects.toThrow(/table is missing \(42P01\).*postgresSchema/)
      await expect(store.ping(call)).rejects.toEqual(storeError('postgresSchema()'))
      await store.ready()
      await store.ping(call)
      await pool.end()
    }
  })

  it('of another kind under our name is refused and left alone [T217]', async () => {
    const { store, pool, sql } = await open()
    await sql('CREATE TABLE holdfast_sessions (sid text PRIMARY KEY, sess json, expire timestamp)')
    await sql(`INSERT INTO holdfast_sessions VALUES ('theirs', '{}', now())`)
    for (let round = 0; round < 2; round += 1) {
      await expect(store.ready()).rejects.toEqual(storeError('Holdfast never alters it'))
    }
    expect(await sql('SELECT sid FROM holdfast_sessions')).toEqual([{ sid: 'theirs' }])
    expect(await sql(`SELECT to_regclass('holdfast_schema')::text AS name`)).toEqual([{ name: null }])
    await pool.end()
  })

  it('of another layout is refused and left alone, an older one as a later one [T217]', async () => {
    const { store, pool, sql } = await open()
    await store.ready()
    for (const version of [0, 2]) {
      await sql(`UPDATE holdfast_schema SET version = ${version}`)
      await expect(store.ready()).rejects.toThrow(`has layout ${version}, and this release of Holdfast knows 1`)
    }
    await sql('UPDATE holdfast_schema SET version = 1')
    await store.ready()
    await sql('ALTER TABLE holdfast_sessions ADD COLUMN note text')
    await store.ready()
    expect(await store.insert('key', entry('r1'), call), 'a further column is nobody’s business').toBe('inserted')
    await sql('ALTER TABLE holdfast_sessions ALTER COLUMN owner TYPE varchar(10)')
    await expect(store.ready()).rejects.toEqual(storeError('postgresSchema()'))
    await pool.end()
  })

  it('needs no right to make tables once it is there, and says so where it is not', async () => {
    const { store, pool, sql, url } = await open()
    await sql('DROP ROLE IF EXISTS app')
    await sql(`CREATE ROLE app LOGIN PASSWORD 'app'`)
    const limited = new URL(url)
    limited.username = limited.password = 'app'
    const poolOfApp = new pg.Pool({ connectionString: limited.href })
    const storeOfApp = postgresStore(poolOfApp)
    await expect(storeOfApp.ready()).rejects.toThrow(/may not do this \(42501\)/)
    await store.ready()
    await expect(storeOfApp.get('key', call)).rejects.toEqual(storeError('Grant SELECT'))
    await sql(
      'GRANT SELECT, INSERT, UPDATE, DELETE ON holdfast_sessions TO app; GRANT SELECT ON holdfast_schema TO app',
    )
    await storeOfApp.ready()
    expect(await storeOfApp.insert('key', entry('r1'), call)).toBe('inserted')
    expect(await storeOfApp.sweep(10, { now: now + 90_000 })).toEqual({ removed: 1, more: false })
    await poolOfApp.end()
    await pool.end()
  })

  it('is not made in a database that cannot keep every text', async () => {
    const { store, pool, sql } = await open({}, 'LATIN1')
    await expect(store.ready()).rejects.toThrow(/not in UTF8/)
    expect(await sql(`SELECT to_regclass('holdfast_sessions')::text AS name`)).toEqual([{ name: null }])
    await pool.end()
  })

  it('keeps every text in a database that takes bytes as they come', async () => {
    const { store, pool } = await open({}, 'SQL_ASCII')
    await store.ready()
    const kept = entry('r1', { value: 'ä€\u{1f600}\0', owner: '日本' })
    await store.insert('key', kept, call)
    expect(await store.get('key', call)).toEqual(kept)
    expect(await store.deleteOwned({ owner: '日本', limit: 1, except: ['other'] }, call)).toEqual(['key'])
    await pool.end()
  })

  it('is made once by 10 processes that all call ready at once on an empty database', async () => {
    const { url, store, pool, sql } = await open()
    const fleet = { module: child('store-postgres.mjs'), address: () => url, count: 10 }
    await withFleet(fleet, async ({ askAll }) => {
      await askAll(() => ({ do: 'ready' }))
      const won = await askAll<object>(() => ({ do: 'insert', keys: ['key'], over: {}, now }))
      expect(won.flatMap((inserted) => Object.keys(inserted))).toEqual(['key'])
    })
    await store.ready()
    expect(await sql('SELECT name, version FROM holdfast_schema')).toHaveLength(1)
    await pool.end()
  })

  it('is made when transactions are serializable or repeatable read by default', async () => {
    for (const level of ['serializable', 'repeatable read']) {
      const { url, sql } = await open()
      await sql(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET default_transaction_isolation = '${level}'`)
      const stores = await Promise.all(Array.from({ length: 8 }, () => openForTest(url)))
      for (const one of stores) await one.close()
    }
  })

  it('a transaction in a client’s place is refused, and so is a call while one is open on a Client', async () => {
    const { url, pool, store } = await open()
    await store.ready()
    const sql = postgres(url, { max: 1 })
    await sql.begin((transaction) => {
      expect(() => postgresStore(transaction as never)).toThrow(optionError('client'))
    })
    await sql.end()
    const { client: database, close } = await openPglite()
    await database.transaction(async (transaction) => {
      expect(() => postgresStore(transaction as never)).toThrow(optionError('client'))
    })
    await close()
    const client = await pool.connect()
    const ofClient = postgresStore(client)
    await client.query('BEGIN')
    await expect(ofClient.insert('key', entry('r1'), call)).rejects.toThrow(/inside a transaction/)
    await client.query('ROLLBACK')
    expect(await ofClient.insert('key', entry('r1'), call)).toBe('inserted')
    client.release()
    await pool.end()
  })
})
