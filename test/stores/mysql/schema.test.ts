import { type Connection, createConnection, createPool, type RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { statementsFor } from '../../../src/stores/mysql/statements.ts'
import {
  type MysqlStatement,
  type MysqlStoreOptions,
  type MysqlValue,
  mysqlSchema,
  mysqlStore,
} from '../../../src/stores/mysql.ts'
import { withFleet } from '../../../src/testing/internal/fleet.ts'
import { describeWith } from '../../servers/found.ts'
import { call, child, drop, entry, freshTable, now, openForTest, testServer } from './open.ts'

const HOSTILE_NAMES: unknown[] = [
  'x`; DROP TABLE y; --',
  'x"; DROP TABLE y; --',
  'holdfast.sessions',
  'a`b',
  'a b',
  '',
  '1st',
  'séances',
  'sessions\0',
  'sessions\n',
  'x'.repeat(65),
  ['sessions'],
  { toString: () => 'sessions' },
  7,
  null,
]

const optionError = (option: string) => expect.objectContaining({ code: 'ERR_SESSION_OPTION', option })

describe('options of mysqlStore', () => {
  const pool = { getConnection: () => undefined, execute: () => undefined }

  it.each(HOSTILE_NAMES)('the table or database %j is refused [T056]', (name) => {
    for (const option of ['table', 'database']) {
      const options = { [option]: name } as MysqlStoreOptions
      expect(() => mysqlStore(pool, options)).toThrow(optionError(option))
      expect(() => mysqlSchema(options)).toThrow(optionError(option))
    }
  })

  it.each([
    [{ tabel: 'x' }, 'tabel'],
    [{ queryTimeout: '5s' }, 'queryTimeout'],
    [{ queryTimeout: 0 }, 'queryTimeout'],
    [{ queryTimeout: 1.5 }, 'queryTimeout'],
    [{ queryTimeout: Number.POSITIVE_INFINITY }, 'queryTimeout'],
    [null, 'options'],
  ])('%j is refused by its name', (options, option) => {
    expect(() => mysqlStore(pool, options as object)).toThrow(optionError(option))
  })

  it('what is no pool or connection is refused', () => {
    const onlyQuery = { getConnection: () => undefined, query: () => undefined }
    for (const wrong of [undefined, null, 'mysql://root@localhost', {}, { execute: 1 }, onlyQuery]) {
      expect(() => mysqlStore(wrong as never)).toThrow(optionError('pool'))
    }
  })

  it('a connection that answers in another way is found out by the first call', async () => {
    const other = { execute: () => Promise.resolve({ rows: [] }), on: () => undefined }
    await expect(mysqlStore(other).get('key', call)).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
  })
})

describeWith('mariadb', 'the table of mysqlStore', () => {
  let server: Awaited<ReturnType<typeof testServer>>
  let admin: Connection
  beforeAll(async () => {
    server = await testServer()
    admin = await createConnection({ uri: server.url, multipleStatements: true })
  })
  afterAll(async () => {
    await admin?.end()
    await server?.close()
  })

  const open = (options: MysqlStoreOptions) => {
    const pool = createPool(server.url)
    onTestFinished(async () => {
      await drop(pool, options.table as string)
      await pool.end()
    })
    return mysqlStore(pool, options)
  }
  const fails = (message: RegExp, help: RegExp = /./) =>
    expect.objectContaining({
      code: 'ERR_SESSION_STORE',
      message: expect.stringMatching(message),
      help: expect.stringMatching(help),
      retryable: false,
    })

  it('is made by what mysqlSchema prints, as often as it is run, and ready then changes nothing', async () => {
    const table = freshTable()
    for (let round = 0; round < 2; round += 1) await admin.query(mysqlSchema({ table, database: 'holdfast' }))
    const store = open({ table, database: 'holdfast' })
    expect(await store.insert('key', entry('r1'), call)).toBe('inserted')
    await store.ready()
    expect(await store.get('key', call)).toEqual(entry('r1'))
  })

  it('is found by index: no statement of ours walks over everything [T218]', async () => {
    const { table, pool, close } = await openForTest(server.url, {}, { connectionLimit: 1 })
    onTestFinished(close)
    // MySQL 9 draws a tree otherwise. MariaDB has neither the tree nor the variable.
    await pool.query("SET explain_format = 'TRADITIONAL'").catch(() => undefined)
    const rows = Array.from({ length: 2000 }, (_, n) => `('k${n}', ${now + n}, 'r', 'u${n % 500}', 'v')`)
    await pool.query(`INSERT INTO ${table} (\`key\`, expires_at, revision, owner, value) VALUES ${rows.join()}`)
    await pool.query(`ANALYZE TABLE ${table}`)
    const sql = statementsFor(`\`${table}\``)
    const plan = async (statement: MysqlStatement, values: MysqlValue[]) => {
      const [[found]] = await pool.execute<RowDataPacket[]>(`EXPLAIN ${statement.sql}`, values)
      return { index: found?.key, rows: Number(found?.rows) }
    }
    const owner = Buffer.from('u7')
    expect((await plan(sql.countOwner, [owner, now])).index).toBe('owner_key')
    expect(await plan(sql.listOwner, [owner, Buffer.alloc(0), '1000'])).toEqual({ index: 'owner_key', rows: 4 })
    expect((await plan(sql.count, [now + 1990])).rows).toBeLessThan(100)
    const expired = await plan(sql.expired, [now + 50, '1000'])
    expect(expired.index).toBe('expires_at')
    expect(expired.rows).toBeLessThan(100)
    for (const many of [1, 64, 1024]) {
      const keys = Array.from({ length: many }, (_, n) => Buffer.from(`k${n}`))
      const { index, rows } = await plan(sql.sweep(many), [...keys, now + 50])
      expect(index).toBe('PRIMARY')
      expect(rows).toBeLessThan(many + 10)
    }
  })

  it('that is missing is an error which says what to do [T180] [T217]', async () => {
    const store = open({ table: freshTable() })
    await expect(store.get('key', call)).rejects.toEqual(fails(/ER_NO_SUCH_TABLE/, /ready\(\).*mysqlSchema/))
    await expect(store.ping(call)).rejects.toEqual(fails(/missing/))
  })

  it('of another kind under our name is refused and left alone [T217]', async () => {
    const table = freshTable()
    const store = open({ table })
    await admin.query(`CREATE TABLE ${table} (sess TEXT); INSERT INTO ${table} VALUES ('theirs')`)
    for (let round = 0; round < 2; round += 1) {
      await expect(store.ready()).rejects.toEqual(fails(/something else made it/, /another "table"/))
    }
    expect((await admin.query(`SELECT sess FROM ${table}`))[0]).toHaveLength(1)
  })

  it('of a later release is refused and left alone [T217]', async () => {
    const table = freshTable()
    const store = open({ table })
    await admin.query(`${mysqlSchema({ table })} ALTER TABLE ${table} COMMENT = 'Holdfast sessions, layout 2'`)
    await expect(store.ready()).rejects.toEqual(fails(/layout 2.*knows 1/))
  })

  it.each([
    ['a value that is cut off [T212]', 'MODIFY value BLOB NOT NULL', /column "value"/],
    ['a key that is too short [T212]', 'MODIFY `key` VARBINARY(64) NOT NULL', /column "key"/],
    ['keys that differ in case only [T050]', 'MODIFY `key` VARCHAR(255) NOT NULL', /column "key"/],
    ['no unique key', 'DROP PRIMARY KEY', /primary key/],
    ['no transactions', 'DROP KEY owner_key, ENGINE = MyISAM', /InnoDB/],
  ])('changed to %s is refused [T217]', async (_, change, message) => {
    const table = freshTable()
    const store = open({ table })
    await admin.query(`${mysqlSchema({ table })} ALTER TABLE ${table} ${change}`)
    await expect(store.ready()).rejects.toEqual(fails(message))
  })

  it('may have more columns', async () => {
    const table = freshTable()
    const store = open({ table })
    await admin.query(
      `${mysqlSchema({ table })} ALTER TABLE ${table} ADD note TEXT, ADD made_at TIMESTAMP DEFAULT NOW()`,
    )
    await store.ready()
    await store.insert('key', entry('r1', { owner: 'u' }), call)
    expect(await store.get('key', call)).toEqual(entry('r1', { owner: 'u' }))
  })

  it('whose name differs in case only is another table', async () => {
    const table = freshTable()
    await open({ table }).ready()
    const upper = open({ table: table.toUpperCase() })
    await upper.ready()
    await upper.insert('key', entry('r1'), call)
    expect(await open({ table }).get('key', call)).toBeUndefined()
  })

  it('needs a database, and says so when none is chosen [T180]', async () => {
    const pool = createPool({ uri: server.url.replace(/\/holdfast$/, '') })
    onTestFinished(() => pool.end())
    await expect(mysqlStore(pool).ready()).rejects.toEqual(fails(/no database is chosen/, /"database"/))
    await expect(mysqlStore(pool).get('key', call)).rejects.toEqual(fails(/ER_NO_DB_ERROR/, /"database"/))
    const table = freshTable()
    const store = mysqlStore(pool, { table, database: 'holdfast' })
    await store.ready()
    expect(await store.insert('key', entry('r1'), call)).toBe('inserted')
    await admin.query(`DROP TABLE ${table}`)
  })

  it('is made once by 10 processes that all call ready at once', async () => {
    const table = freshTable()
    const fleet = { module: child('store-mysql.mjs'), address: () => `${server.url}?table=${table}`, count: 10 }
    await withFleet(fleet, async ({ askAll }) => {
      // Without a table the answer is an error; it says that the process is up.
      const early = await Promise.allSettled([askAll(() => ({ do: 'get', key: 'key', now }))])
      expect(early[0]?.status).toBe('rejected')
      await askAll(() => ({ do: 'ready' }))
      const won = await askAll<object>(() => ({ do: 'insert', keys: ['key'], over: {}, now }))
      expect(won.filter((inserted) => 'key' in inserted)).toHaveLength(1)
    })
    await drop(admin, table)
  })
})
