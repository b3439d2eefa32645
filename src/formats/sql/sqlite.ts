/** SQLite as the stores over other libraries' tables need it. */

import { SessionOptionError } from '../../core/errors.ts'
import { bound } from '../../stores/internal/options.ts'
import { connect, type SqliteDatabase } from '../../stores/sqlite/connection.ts'
import type { Parameters, SqlValue, Statement } from './layout.ts'
import { type Runner, retold } from './store.ts'

const DEFAULT_BUSY_TIMEOUT_MS = 2000

/** Conditions on a key. SQLite compares byte for byte, where nobody has asked for another collation. */
export const sqliteKey = (column: string) => ({
  isKey: `${column} = {key} COLLATE BINARY`,
  collides: `${column} = {key}`,
})

export const sqliteValue = (column: string) => ({
  value: column,
  holds: `${column} IS {held} COLLATE BINARY`,
})

/** @param definition what `ready()` runs, if it is to make the table */
export const sqliteRunner = (
  name: string,
  client: unknown,
  busyTimeout: unknown,
  definition: string | undefined,
): Runner => {
  const { exec, prepare } = (client ?? {}) as Partial<SqliteDatabase>
  if (typeof exec !== 'function' || typeof prepare !== 'function') {
    throw new SessionOptionError('client', 'is no open database of node:sqlite, better-sqlite3 or libsql.')
  }
  const connection = connect(client as SqliteDatabase, {
    durable: true,
    busyTimeout: bound(busyTimeout, 'busyTimeout', DEFAULT_BUSY_TIMEOUT_MS, 2 ** 31 - 1),
  })

  const told = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw retold(error, name, definition !== undefined)
    }
  }
  // Outside of WAL, a read meets locks, too. Where a driver does not reset a statement that failed with SQLITE_BUSY (libsql
  // 0.5 does not), SQLite takes it for one that still reads, and the next read's lock stays and shuts all writers out. A
  // lock that is taken by `exec` leaves no statement behind.
  const locked = <T>(work: () => T): T => {
    connection.exec('BEGIN')
    try {
      connection.exec('SELECT 1 FROM sqlite_master LIMIT 1')
      return work()
    } finally {
      end()
    }
  }
  const end = (): void => {
    try {
      connection.exec('ROLLBACK')
    } catch {
      // SQLite has done it by itself (an I/O error); the error that matters is already on its way.
    }
  }
  const all = ({ text, order }: Statement, values: Parameters) =>
    connection.rows(text, ...bind(order, values)).map((row) => Object.values(row))

  return {
    admit: (act) => told(() => connection.read(act, () => undefined)),
    rows: async (act, statement, values) =>
      told(() => connection.read(act, () => locked(() => all(statement, values)))),
    write: async (act, statement, values) => told(() => connection.write(act, () => all(statement, values).length)),
    bind: (_, value) => value,
    ready: async (act) =>
      told(() => {
        if (definition !== undefined) connection.write(act, () => connection.exec(definition))
      }),
    close: () => connection.close(),
  }
}

const bind = (order: Statement['order'], values: Parameters): SqlValue[] => order.map((name) => values[name] ?? null)
