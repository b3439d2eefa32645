import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type PostgresStore, postgresStore } from '../../../src/stores/postgres.ts'
import { at, entryAt } from '../../../src/testing/internal/bench.ts'
import { increment } from '../../../src/testing/internal/increment.ts'
import { describeWith } from '../../servers/found.ts'
import { type PostgresServer, postgresServer } from '../../servers/postgres.ts'
import { call, entry, now } from './open.ts'

const LEVELS = ['read committed', 'repeatable read', 'serializable'] as const

describeWith('postgres', 'transactions that get in the way of postgresStore', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await postgresServer({ settings: { deadlock_timeout: '200ms' } })
  })
  afterAll(() => server?.close())

  /** A store on a fresh table, whose pool has these settings, and a connection of somebody else. */
  const open = async (settings: Record<string, string> = {}) => {
    await server.admin('DROP TABLE IF EXISTS holdfast_sessions, holdfast_schema')
    const options = Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value.replaceAll(' ', '\\ ')}`)
      .join(' ')
    const pool = new pg.Pool({ connectionString: server.url, max: 10, options })
    const other = new pg.Client({ connectionString: server.url })
    await other.connect()
    onTestFinished(async () => {
      await other.end()
      await pool.end()
    })
    const store = postgresStore(pool)
    await store.ready()
    await store.insert('key', entry('r1', { owner: 'u1' }), call)
    return { store, pool, other }
  }
  /** Until a statement waits for a lock. */
  const somebodyWaits = async () => {
    const sql = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    await expect.poll(async () => (await server.admin(sql)).length).toBeGreaterThan(0)
  }
  /** Starts a call while somebody else's write is not committed yet, then commits it. */
  const during = async <T>(other: pg.Client, write: string, act: () => Promise<T>, end = 'COMMIT'): Promise<T> => {
    await other.query(`BEGIN; ${write}`)
    const outcome = act()
    outcome.catch(() => undefined)
    await somebodyWaits()
    await other.query(end)
    return outcome
  }
  const won = entry('r2', { owner: 'u2', value: 'theirs' })
  const update = `UPDATE holdfast_sessions SET revision = 'r2', value = 'theirs', owner = 'u2' WHERE key = 'key'`
  const touch = `UPDATE holdfast_sessions SET expires_at = ${now + 99_000} WHERE key = 'key'`
  const remove = `DELETE FROM holdfast_sessions WHERE key = 'key'`

  describe.each(LEVELS)('when transactions are %s by default [T206]', (level) => {
    const openAt = async () => {
      const opened = await open({ default_transaction_isolation: level })
      const { rows } = await opened.pool.query('SHOW transaction_isolation')
      expect(rows).toEqual([{ transaction_isolation: level }])
      return opened
    }

    const writes: [string, (store: PostgresStore, ifRevision: string) => Promise<unknown>, string][] = [
      ['update', (store, ifRevision) => store.update('key', entry('mine'), { now, ifRevision }), 'updated'],
      ['touch', (store, ifRevision) => store.touch('key', now + 5, { now, ifRevision }), 'touched'],
      ['delete', (store, ifRevision) => store.delete('key', { now, ifRevision }), 'deleted'],
    ]
    it.each(writes)('%s sees what was written while it waited, never the row from before', async (_, act, done) => {
      const { store, other } = await openAt()
      const outcomeOf = (answer: unknown) => (answer as { outcome?: unknown }).outcome ?? answer
      const lost = await during(other, update, () => act(store, 'r1'))
      expect(outcomeOf(lost)).toBe('conflict')
      if (typeof lost === 'object') expect(lost).toEqual({ outcome: 'conflict', current: won })
      expect(await store.get('key', call)).toEqual(won)
      // A write that was rolled back and one that kept the revision are in nobody's way.
      await during(other, touch, () => act(store, 'r2'), 'ROLLBACK').then((answer) =>
        expect(outcomeOf(answer)).toBe(done),
      )
      await store.delete('key', call)
      await store.insert('key', entry('r1'), call)
      expect(outcomeOf(await during(other, touch, () => act(store, 'r1')))).toBe(done)
      await store.delete('key', call)
      await store.insert('key', entry('r1'), call)
      expect(outcomeOf(await during(other, remove, () => act(store, 'r1')))).toBe('gone')
      expect(await store.get('key', call)).toBeUndefined()
    })

    it('insert waits for another insert of the key, and for a delete', async () => {
      const { store, other } = await openAt()
      const insert = (key: string) =>
        `INSERT INTO holdfast_sessions (key, expires_at, revision, value) VALUES ('${key}', ${now + 5}, 'r2', 'theirs')`
      const act = (key: string) => store.insert(key, entry('mine'), call)
      expect(await during(other, insert('a'), () => act('a'))).toBe('taken')
      expect(await during(other, insert('b'), () => act('b'), 'ROLLBACK')).toBe('inserted')
      expect(await during(other, remove, () => act('key'))).toBe('inserted')
      expect(await during(other, touch, () => act('key'))).toBe('taken')
    })

    it('an unconditional delete takes what was written while it waited', async () => {
      const { store, other } = await openAt()
      expect(await during(other, update, () => store.delete('key', call))).toBe('deleted')
      expect(await store.get('key', call)).toBeUndefined()
    })

    it('deleteOwned ends what is written to meanwhile, spares what got another owner, and is not done too early', async () => {
      const { store, other } = await openAt()
      const mine = { owner: 'u1', limit: 1 }
      expect(await during(other, touch, () => store.deleteOwned(mine, call))).toEqual(['key'])
      await store.insert('key', entry('r1', { owner: 'u1' }), call)
      await store.insert('key2', entry('r1', { owner: 'u1' }), call)
      expect(await during(other, remove, () => store.deleteOwned(mine, call))).toEqual(['key2'])
      await store.insert('key', entry('r1', { owner: 'u1' }), call)
      expect(await during(other, update, () => store.deleteOwned(mine, call))).toEqual([])
      expect(await store.get('key', call)).toEqual(won)
    })

    it('8 writers that compare and set count to 80 together', async () => {
      const { store } = await openAt()
      const time = Date.now()
      await store.insert('counter', entryAt(time, { value: '0' }), at(time))
      await Promise.all(Array.from({ length: 8 }, () => increment(store, 'counter', 10, time)))
      expect((await store.get('counter', at(time)))?.value).toBe('80')
    })
  })

  it('a deadlock is resolved by trying again [T206]', async () => {
    const { store, other } = await open()
    await store.insert('key2', entry('r1', { owner: 'u1' }), call)
    await other.query("SET deadlock_timeout = '30s'")
    await other.query("BEGIN; SELECT FROM holdfast_sessions WHERE key = 'key2' FOR UPDATE")
    const deleting = store.deleteOwned({ owner: 'u1', limit: 10 }, call)
    await somebodyWaits()
    await other.query("SELECT FROM holdfast_sessions WHERE key = 'key' FOR UPDATE")
    await other.query('COMMIT')
    expect([...(await deleting)].sort()).toEqual(['key', 'key2'])
    const deadlocks = 'SELECT sum(deadlocks)::int AS deadlocks FROM pg_stat_database'
    await expect.poll(() => server.admin(deadlocks), { timeout: 20_000 }).toEqual([{ deadlocks: 1 }])
  })

  it.each([
    ['lock_timeout', '55P03'],
    ['statement_timeout', '57014'],
  ])(
    '%s ends a call that waits for a lock in a retryable error, and nothing was written [T209]',
    async (setting, code) => {
      const { store, other } = await open({ [setting]: '100ms' })
      await other.query(`BEGIN; ${touch}`)
      for (const act of [
        () => store.update('key', entry('r3'), { now, ifRevision: 'r1' }),
        () => store.delete('key', call),
      ]) {
        const error = await act().then(
          () => undefined,
          (failure) => failure,
        )
        expect(error).toMatchObject({
          code: 'ERR_SESSION_STORE',
          retryable: true,
          message: expect.stringContaining(code),
        })
      }
      expect(await store.get('key', call), 'reading waits for nobody').toMatchObject({ revision: 'r1' })
      await other.query('ROLLBACK')
      expect(await store.get('key', call)).toMatchObject({ revision: 'r1' })
      expect(await store.delete('key', call)).toBe('deleted')
    },
  )

  it('on a lone Client, what nobody waits for any more is not sent', async () => {
    const { store: first, other } = await open()
    const client = new pg.Client({ connectionString: server.url })
    await client.connect()
    onTestFinished(() => client.end())
    const store = postgresStore(client)
    const controller = new AbortController()
    await other.query(`BEGIN; ${touch}`)
    const waiting = store.delete('key', call)
    const given = store.insert('late', entry('r1'), { now, signal: controller.signal })
    given.catch(() => undefined)
    controller.abort()
    await other.query('COMMIT')
    expect(await waiting).toBe('deleted')
    await expect(given).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
    expect(await first.get('late', call)).toBeUndefined()
  })
})
