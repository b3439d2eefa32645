import { describe } from 'vitest'
import { sequelizeFormat } from '../../src/formats/sequelize.ts'
import { sqliteFormat } from '../../src/formats/sqlite.ts'
import type { SqliteDatabase } from '../../src/stores/sqlite.ts'
import { drivers, freshFile, open } from '../stores/sqlite-bench.ts'
import { declareRaces, type Raced } from './race-rules.ts'

type Client = Pick<SqliteDatabase, 'exec' | 'prepare'>
type All = { all(...values: (string | number)[]): unknown }

describe.each(drivers)('races with the other library on %s', (driver) => {
  /** Every read ends with a ROLLBACK. */
  const hooked = () => {
    const file = freshFile()
    const database = open(driver, file)
    const foe = open(driver, file)
    let act: (() => unknown) | undefined
    const client: Client = {
      prepare: (sql) => database.prepare(sql),
      exec(sql) {
        database.exec(sql)
        if (sql !== 'ROLLBACK') return
        const once = act
        act = undefined
        once?.()
      },
    }
    const run = (sql: string, ...values: (string | number)[]) =>
      (foe.prepare(`${sql} RETURNING 1`) as All).all(...values)
    return { client, run, afterRead: (next: () => unknown) => (act = next) }
  }

  describe('connect-sqlite3', () =>
    declareRaces(async (): Promise<Raced> => {
      const { client, run, afterRead } = hooked()
      const store = sqliteFormat({ client, createTable: true })
      await store.ready()
      return {
        store,
        afterRead,
        foe: {
          set: (key, value, expiresAt) =>
            run('INSERT OR REPLACE INTO sessions VALUES (?, ?, ?)', key, expiresAt, value),
          touch: (key, expiresAt) => run('UPDATE sessions SET expired = ? WHERE sid = ?', expiresAt, key),
          destroy: (key) => run('DELETE FROM sessions WHERE sid = ?', key),
        },
      }
    }))

  describe('connect-session-sequelize', () =>
    declareRaces(async (): Promise<Raced> => {
      const { client, run, afterRead } = hooked()
      const store = sequelizeFormat({ dialect: 'sqlite', client, createTable: true })
      await store.ready()
      const date = (instant: number) => new Date(instant).toISOString().replace('T', ' ').replace('Z', ' +00:00')
      return {
        store,
        afterRead,
        foe: {
          set: (key, value, expiresAt) =>
            run(
              'INSERT OR REPLACE INTO Sessions VALUES (?, ?, ?, ?, ?)',
              key,
              date(expiresAt),
              value,
              date(0),
              date(0),
            ),
          touch: (key, expiresAt) => run('UPDATE Sessions SET expires = ? WHERE sid = ?', date(expiresAt), key),
          destroy: (key) => run('DELETE FROM Sessions WHERE sid = ?', key),
        },
      }
    }))
})
