import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, it } from 'vitest'
import { sequelizeFormat } from '../../src/formats/sequelize.ts'
import { at } from '../../src/testing/internal/bench.ts'
import { drivers, freshFile, open } from '../stores/sqlite-bench.ts'
import { declareRules, now } from './rules.ts'
import { declareSequelizeRules } from './sequelize-rules.ts'
import { openSequelizeOnSqlite, type Side } from './servers/sequelize-open.ts'

describe.each(drivers)('the table of connect-session-sequelize in SQLite on %s', (driver) => {
  const openSide = async (): Promise<Side> => {
    const file = freshFile()
    const db = openSequelizeOnSqlite(driver, file)
    await db.authenticate()
    return {
      db,
      ours: () => ({ dialect: 'sqlite', client: open(driver, file) }),
      raw: async (sql) => open(driver, file).prepare(sql).all() as Record<string, unknown>[],
      resolution: 1,
    }
  }
  declareSequelizeRules(openSide)

  describe('the rules of the port', () =>
    declareRules(async () => {
      const file = freshFile()
      const store = sequelizeFormat({ dialect: 'sqlite', client: open(driver, file), createTable: true })
      await store.ready()
      return { store, other: sequelizeFormat({ dialect: 'sqlite', client: open(driver, file) }) }
    }, randomUUID))

  it('understands the deadlines of another `timezone` of Sequelize', async () => {
    const file = freshFile()
    const client = open(driver, file)
    const store = sequelizeFormat({ dialect: 'sqlite', client, createTable: true })
    await store.ready()
    const write = (key: string, expires: string) =>
      client.exec(`INSERT INTO Sessions VALUES ('${key}', ${expires}, '{}', '', '')`)
    write('key', `'2026-11-22 17:11:40.322 +02:00'`)
    write('never', 'NULL')
    const deadline = Date.parse('2026-11-22T15:11:40.322Z')
    assert.equal((await store.get('key', at(deadline - 1)))?.expiresAt, deadline)
    assert.equal(await store.count({}, at(deadline - 1)), 1)
    assert.equal(await store.count({}, at(deadline)), 0)
    assert.equal(await store.get('never', at(now)), undefined)
  })
})
