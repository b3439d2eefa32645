import { setTimeout as pause } from 'node:timers/promises'
import { type Connection, createConnection, createPool, type PoolOptions } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type MysqlPool, mysqlStore } from '../../../src/stores/mysql.ts'
import { describeWith } from '../../servers/found.ts'
import type { MariadbServer } from '../../servers/mariadb.ts'
import { failureOf } from './failure-of.ts'
import { call, entry, freshTable, now, openForTest, startServer } from './open.ts'
import { done, serverError, toldPool } from './told-pool.ts'

describe('what lost against other transactions [T206]', () => {
  it.each([1213, 1205, 1020])('error %i: is tried three times more, and then is an error', async (errno) => {
    const lost = serverError(errno)
    const twice = toldPool(lost, lost, done)
    expect(await mysqlStore(twice.pool).delete('key', call)).toBe('deleted')
    expect(twice.told).toEqual({ statements: 3, released: 3, destroyed: 0 })
    const always = toldPool(lost)
    const failure = await failureOf(() => mysqlStore(always.pool).delete('key', call))
    expect(failure).toMatchObject({ retryable: true, message: expect.stringContaining('other transactions') })
    expect(always.told).toEqual({ statements: 4, released: 4, destroyed: 0 })
  })

  it.each([
    [1615, 0],
    [1243, 2],
  ])('error %i, a statement that the server has forgotten, is prepared and sent again', async (errno, destroyed) => {
    const forgotten = serverError(errno)
    const { pool, told } = toldPool(forgotten, forgotten, done)
    expect(await mysqlStore(pool).delete('key', call)).toBe('deleted')
    expect(told).toEqual({ statements: 3, released: 3 - destroyed, destroyed })
  })

  it('is not tried again once nobody waits any more', async () => {
    const always = toldPool(serverError(1213))
    const signal = AbortSignal.abort()
    await failureOf(() => mysqlStore(always.pool).delete('key', { now, signal }))
    expect(always.told.statements).toBe(1)
  })

  it('is told apart from what may have had an effect: that is not tried again [T209]', async () => {
    for (const error of [
      serverError(1317),
      serverError(1927),
      serverError(9999),
      Object.assign(new Error('lost'), { code: 'PROTOCOL_CONNECTION_LOST' }),
    ]) {
      const broken = toldPool(error)
      await mysqlStore(broken.pool)
        .update('key', entry('r2'), { now, ifRevision: 'r1' })
        .then(
          () => expect.unreachable(),
          (failure) => expect(failure.code).toBe('ERR_SESSION_STORE'),
        )
      expect(broken.told.statements).toBe(1)
    }
  })

  it('a signal is not asked for while all goes well', async () => {
    const { pool } = toldPool(done)
    const costly = {
      now,
      get signal(): AbortSignal {
        throw new Error('made a signal')
      },
    }
    expect(await mysqlStore(pool).delete('key', costly)).toBe('deleted')
  })

  it('an entry that others change under every look is an error after a bounded number of looks', async () => {
    const { pool, told } = toldPool(
      ...Array.from({ length: 50 }, () => [
        { affectedRows: 0, serverStatus: 2 },
        [{ expires_at: now + 1, revision: Buffer.from('r1') }],
      ]).flat(),
    )
    await expect(mysqlStore(pool).delete('key', { now, ifRevision: 'r1' })).rejects.toMatchObject({
      retryable: true,
      message: expect.stringContaining('others kept changing it'),
    })
    expect(told.statements).toBe(40)
  })
})

describeWith('mariadb', 'mysqlStore in the way of other transactions', () => {
  let server: MariadbServer
  let other: Connection
  beforeAll(async () => {
    server = await startServer(['--innodb-lock-wait-timeout=0'])
    other = await createConnection(server.url)
  })
  afterAll(async () => {
    await other?.end()
    await server?.close()
  })
  const open = async (settings: PoolOptions = {}) => {
    const opened = await openForTest(server.url, {}, settings)
    onTestFinished(opened.close)
    return opened
  }

  it('a row that stays locked: an error after some tries, and no effect later', async () => {
    const { store, table } = await open()
    await store.insert('key', entry('r1'), call)
    await other.query('START TRANSACTION')
    onTestFinished(() => void other.query('ROLLBACK'))
    await other.query(`SELECT 1 FROM ${table} FOR UPDATE`)
    for (const act of [
      () => store.update('key', entry('r2'), { now, ifRevision: 'r1' }),
      () => store.touch('key', now + 5, { now, ifRevision: 'r1' }),
      () => store.delete('key', call),
    ]) {
      expect(await failureOf(act)).toMatchObject({
        retryable: true,
        message: expect.stringContaining('ER_LOCK_WAIT_TIMEOUT'),
      })
    }
    expect(await store.get('key', call)).toEqual(entry('r1'))
    await other.query('ROLLBACK')
    expect(await store.get('key', call)).toEqual(entry('r1'))
  })

  it('a row that is locked for a moment: the call succeeds', async () => {
    const { store, table } = await open()
    await store.insert('key', entry('r1'), call)
    await other.query('START TRANSACTION')
    await other.query(`SELECT 1 FROM ${table} FOR UPDATE`)
    const { pool, told } = countingPool(server.url, async (statements) => {
      if (statements === 2) await other.query('ROLLBACK')
    })
    expect(await mysqlStore(pool, { table }).delete('key', call)).toBe('deleted')
    expect(told.statements).toBe(2)
  })

  it('a deadlock that the server ends at our expense: the call is done again [T206]', async () => {
    const { table, pool: plain } = await open()
    const waiting = createPool(server.url)
    onTestFinished(() => waiting.end())
    waiting.on('connection', (connection) => void connection.query('SET innodb_lock_wait_timeout = 10'))
    await other.query('SET innodb_lock_wait_timeout = 10')
    const rows = Array.from({ length: 20 }, (_, n) => `('k${String(n).padStart(2, '0')}', ${now - 1}, 'r', NULL, 'v')`)
    await plain.query(`INSERT INTO ${table} VALUES ${rows.join()}`)
    const heavy = freshTable()
    await plain.query(`CREATE TABLE ${heavy} AS SELECT seq FROM seq_1_to_1000`)
    const store = mysqlStore(waiting, { table })
    await store.ready()
    await other.query('START TRANSACTION')
    // The server ends whoever has changed less.
    await other.query(`UPDATE ${heavy} SET seq = seq + 1`)
    await other.query(`UPDATE ${table} SET value = 'w' WHERE \`key\` = 'k19'`)
    const sweeping = store.sweep(100, call)
    await untilSomebodyWaits(server)
    await other.query(`UPDATE ${table} SET value = 'w' WHERE \`key\` = 'k00'`)
    await other.query('COMMIT')
    expect(await sweeping).toEqual({ removed: 20, more: false })
    const [status] = await server.admin(`SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'`)
    expect(Number(status?.Value)).toBeGreaterThan(0)
    await plain.query(`DROP TABLE ${heavy}`)
  })

  function countingPool(url: string, before: (statements: number) => Promise<unknown>) {
    const real = createPool(url)
    onTestFinished(() => real.end())
    const core: MysqlPool = real.pool
    const told = { statements: 0 }
    const pool: MysqlPool = {
      getConnection(callback) {
        told.statements += 1
        before(told.statements).then(() => core.getConnection(callback))
      },
      execute: () => undefined,
    }
    return { told, pool }
  }
})

async function untilSomebodyWaits(server: MariadbServer): Promise<void> {
  for (;;) {
    const found = await server.admin("SELECT 1 FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'")
    if (found.length > 0) return
    // InnoDB looks again only when nobody has asked for a tenth of a second.
    await pause(150)
  }
}
