import pg from 'pg'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { statementsFor } from '../../../src/stores/postgres/statements.ts'
import { postgresStore } from '../../../src/stores/postgres.ts'
import { describeWith } from '../../servers/found.ts'
import { type PostgresServer, postgresServer } from '../../servers/postgres.ts'
import { call, entry, now, openForTest } from './open.ts'

const MANY = 30_000
const sql = statementsFor('"holdfast_sessions"')

describeWith('postgres', 'the statements of postgresStore', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await postgresServer()
  })
  afterAll(() => server?.close())

  /** A database of its own with many sessions, of which a fifth expire in the next minutes, and a store on it. */
  const openFull = async () => {
    const url = await server.database()
    const opened = await openForTest(url)
    onTestFinished(() => opened.close())
    await server.admin(
      `INSERT INTO holdfast_sessions (key, expires_at, revision, owner, value)
        SELECT 'key-' || n, ${now} + CASE WHEN n % 5 = 0 THEN n ELSE 3600000 + n * 60 END, 'r', 'u' || (n % 3000), '{}'
        FROM generate_series(1, ${MANY}) n`,
      [],
      url,
    )
    await server.admin('VACUUM ANALYZE holdfast_sessions', [], url)
    return { ...opened, url }
  }

  it('find their rows through an index, whatever the plan is made for [T218]', async () => {
    const { url } = await openFull()
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    onTestFinished(() => client.end())
    const key = ['key-1', String(now)]
    const columns = [String(now), 'r', null, '{}']
    const cases: [keyof typeof sql, (string | null)[], RegExp][] = [
      ['get', key, /_pkey/],
      ['update', [...key, 'r', ...columns], /_pkey/],
      ['touch', [...key, 'r', String(now)], /_pkey/],
      ['delete', key, /_pkey/],
      ['deleteIf', [...key, 'r'], /_pkey/],
      ['list', ['', '100'], /_pkey/],
      ['listOwner', ['u1', '', '100'], /_owner/],
      ['countOwner', ['u1', String(now)], /_owner/],
      ['deleteOwned', ['u1', String(now), '["a"]', '1000'], /_owner/],
      ['sweep', [String(now + 100_000), '1000'], /_expires_bucket/],
    ]
    for (const mode of ['force_custom_plan', 'force_generic_plan']) {
      await client.query(`SET plan_cache_mode = ${mode}`)
      for (const [name, values, index] of cases) {
        const { rows } = await client.query(`EXPLAIN ${sql[name].text}`, values)
        const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
        expect(plan, `${name}, ${mode}`).toMatch(index)
        expect(plan, `${name}, ${mode}`).not.toContain('Seq Scan')
      }
    }
  })

  it('sweep in steps of at most 1,000, also several processes at once, each entry once [T218] [T237]', async () => {
    const { store, url } = await openFull()
    const others = [await openForTest(url), await openForTest(url)]
    onTestFinished(() => Promise.all(others.map(({ close }) => close())).then(() => undefined))
    const later = { now: now + MANY }
    const stores = [store, ...others.map((other) => other.store)]
    const removed = await Promise.all(
      stores.map(async (one) => {
        let total = 0
        for (;;) {
          const step = await one.sweep(5_000, later)
          expect(step.removed).toBeLessThanOrEqual(1_000)
          total += step.removed
          if (!step.more) return total
        }
      }),
    )
    const left = await store.sweep(1_000, later)
    expect(removed.reduce((sum, one) => sum + one, left.removed)).toBe(MANY / 5)
    expect(await store.count({}, later)).toBe((MANY * 4) / 5)
  })

  it('sweep goes around a row that somebody is writing to', async () => {
    const { store, client, close } = await openForTest(await server.database())
    onTestFinished(() => close())
    await store.insert('busy', entry('r1', { expiresAt: now }), call)
    await store.insert('free', entry('r1', { expiresAt: now }), call)
    const other = await (client as pg.Pool).connect()
    await other.query(`BEGIN; UPDATE holdfast_sessions SET revision = 'r2' WHERE key = 'busy'`)
    expect(await store.sweep(10, call)).toEqual({ removed: 1, more: false })
    await other.query('COMMIT')
    other.release()
    expect(await store.sweep(10, call)).toEqual({ removed: 1, more: false })
  })

  it('write no index anew when a deadline moves by seconds', async () => {
    const { store, client, close } = await openForTest(await server.database(), {}, 'pg Pool', 1)
    onTestFinished(() => close())
    const start = Math.ceil(now / 2 ** 16) * 2 ** 16
    await store.insert('key', entry('r0', { expiresAt: start }), call)
    for (let n = 1; n <= 50; n += 1) {
      await store.update('key', entry(`r${n}`, { expiresAt: start + n * 1000 }), { now, ifRevision: `r${n - 1}` })
    }
    const stats = async () => {
      const asked =
        "SELECT n_tup_upd::int, n_tup_hot_upd::int FROM pg_stat_user_tables WHERE relname = 'holdfast_sessions'"
      return (await (client as pg.Pool).query(asked)).rows[0]
    }
    await expect.poll(stats, { timeout: 20_000 }).toEqual({ n_tup_upd: 50, n_tup_hot_upd: 50 })
  })

  it('are prepared once per connection, under names made of their text, or never', async () => {
    for (const prepare of [true, false]) {
      const { store, client, close } = await openForTest(await server.database(), { prepare }, 'pg Client')
      onTestFinished(() => close())
      for (let round = 0; round < 3; round += 1) await store.get('key', call)
      const { rows } = await (client as pg.Client).query('SELECT name, statement FROM pg_prepared_statements')
      const ofGet = rows.filter(({ statement }) => statement === sql.get.text)
      expect(ofGet).toEqual(prepare ? [{ name: sql.get.name, statement: sql.get.text }] : [])
    }
    const names = Object.values(sql).map(({ name }) => name)
    expect(new Set([...names, statementsFor('"other"').get.name]).size).toBe(names.length + 1)
  })

  it('go on unprepared when their names mean nothing, or something, on a connection [T216]', async () => {
    const url = await server.database()
    const { store, client, close } = await openForTest(url, {}, 'pg Client')
    onTestFinished(() => close())
    const connection = client as pg.Client
    await store.insert('key', entry('r1'), call)
    await store.get('key', call)
    await connection.query('DEALLOCATE ALL')
    expect(await store.get('key', call), '26000').toEqual(entry('r1'))
    const second = postgresStore(connection)
    await connection.query(`PREPARE ${sql.count.name} AS SELECT 1`)
    expect(await second.count({}, call), '42P05').toBe(1)
    expect(await second.update('key', entry('r2'), { now, ifRevision: 'r1' })).toEqual({ outcome: 'updated' })
  })
})
