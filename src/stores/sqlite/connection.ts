/** The one place that talks to the driver: when a statement may run, how a write becomes one atomic step. */

import { SessionStoreError } from '../../core/errors.ts'
import { isLocked, storeFailure } from './failure.ts'

export type SqliteValue = string | number | null | Uint8Array

export interface SqliteStatement {
  all(...parameters: SqliteValue[]): unknown
}

/**
 * The members that the store calls of an open database: `DatabaseSync` of `node:sqlite`, `Database` of `better-sqlite3`
 * or of `libsql`. The store needs a connection of its own: a transaction that is open across an `await` would take
 * session writes with it when it is rolled back, so every call refuses to run inside one.
 */
export interface SqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
  /** better-sqlite3 and libsql. */
  readonly inTransaction?: boolean
  /** `node:sqlite`. */
  readonly isTransaction?: boolean
  /** better-sqlite3 and libsql: a boolean; `node:sqlite`: a method. */
  readonly open?: unknown
  /** `node:sqlite`. */
  readonly isOpen?: boolean
}

export type Row = Readonly<Record<string, unknown>>

export interface Connection {
  /** Runs what only reads. `act` is what the caller tries to do, for the message of a failure. */
  read<T>(act: string, work: () => T): T
  /** Runs what writes, in a transaction that holds the write lock from its start. */
  write<T>(act: string, work: () => T): T
  /** All rows of one statement, prepared once. Inside `read` or `write` only. */
  rows(sql: string, ...parameters: SqliteValue[]): readonly Row[]
  exec(sql: string): void
  /** Drops the prepared statements. The database stays open: it is the user's. */
  close(): void
}

export interface ConnectionOptions {
  readonly durable: boolean
  readonly busyTimeout: number
}

/** Between two looks at a lock. */
const MAX_PAUSE_MS = 0.2

export const connect = (database: SqliteDatabase, options: ConnectionOptions): Connection => {
  const statements = new Map<string, SqliteStatement>()
  let closed = false
  let configured = false

  const admit = (act: string): void => {
    if (closed) refuse(act, 'it was closed')
    if (database.open === false || database.isOpen === false) {
      statements.clear()
      configured = false
      refuse(act, 'its database is closed', 'Keep the database open for as long as the store is in use.')
    }
    if (database.inTransaction === true || database.isTransaction === true) {
      const help = 'Give the store a connection of its own.'
      refuse(act, 'its database is inside a transaction that the store did not begin', help)
    }
    if (configured) return
    // Both belong to the connection and not to the file.
    database.exec('PRAGMA busy_timeout = 0')
    database.exec(`PRAGMA synchronous = ${options.durable ? 'FULL' : 'NORMAL'}`)
    configured = true
  }

  // SQLite's own waiting sleeps up to 100 ms between two looks, and under a few busy writers the lock is hardly ever
  // free just then: waiters starved for seconds. So the store looks often, at random moments.
  const read = <T>(act: string, work: () => T): T => {
    let giveUpAt: number | undefined
    for (;;) {
      try {
        admit(act)
        return work()
      } catch (error) {
        if (!isLocked(error)) throw storeFailure(act, error)
        const time = performance.now()
        giveUpAt ??= time + options.busyTimeout
        if (time >= giveUpAt) throw storeFailure(act, error)
        sleep(Math.random() * MAX_PAUSE_MS)
      }
    }
  }

  // A write in autocommit mode would be one statement less. But where a driver does not reset a statement that failed
  // with SQLITE_BUSY (libsql 0.5 does not), SQLite counts it as a writer still at work, commits nothing that follows and
  // keeps the lock. A lock that is taken by `exec` leaves no statement behind, and what follows does not meet BUSY.
  const inTransaction = <T>(work: () => T): T => {
    database.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      database.exec('COMMIT')
      return result
    } catch (error) {
      rollBack(database)
      throw error
    }
  }

  return {
    read,
    write: (act, work) => read(act, () => inTransaction(work)),
    // Always `all`: libsql's `get` and `run` do not step a statement to its end, so that a read would hold on to its
    // snapshot and a RETURNING to its lock.
    rows: (sql, ...parameters) => {
      let statement = statements.get(sql)
      if (statement === undefined) {
        statement = database.prepare(sql)
        statements.set(sql, statement)
      }
      const rows = statement.all(...parameters)
      if (!Array.isArray(rows)) throw new TypeError('A statement of the database did not answer with an array.')
      return rows
    },
    exec: (sql) => {
      database.exec(sql)
    },
    close: () => {
      closed = true
      statements.clear()
    },
  }
}

const sleep = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

const rollBack = (database: SqliteDatabase): void => {
  try {
    database.exec('ROLLBACK')
  } catch {
    // SQLite has rolled back by itself (a full disk, an I/O error); the error that matters is already on its way.
  }
}

const refuse = (act: string, problem: string, help?: string): never => {
  const message = `The sqlite store could not ${act}: ${problem}.${help ? ` ${help}` : ''}`
  throw new SessionStoreError('ERR_SESSION_STORE', message, help ? { help } : {})
}
