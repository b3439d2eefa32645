/**
 * Sessions in an SQLite database that the application opened: `DatabaseSync` of `node:sqlite` (Node 22.5 and later),
 * `Database` of `better-sqlite3` or of `libsql`. Several processes may use one file. Every method answers at once.
 */

import { SessionOptionError } from '../core/errors.ts'
import type { Store, StoreEntry } from '../core/store.ts'
import { checkDeadline, checkEntry, checkKey, clampLimit, isKey, isOwner, keysIn, orNone } from './internal/key.ts'
import { bound, checkNames } from './internal/options.ts'
import { connect, type SqliteDatabase } from './sqlite/connection.ts'
import { toColumns, toEntry, toListing } from './sqlite/row.ts'
import { checkTable, makeTable } from './sqlite/schema.ts'
import { statementsFor } from './sqlite/statements.ts'

export type { SqliteDatabase, SqliteStatement, SqliteValue } from './sqlite/connection.ts'
export { sqliteSchema } from './sqlite/schema.ts'

export interface SqliteStoreOptions {
  /** Letters, digits and underscores. Default `'holdfast_sessions'`. `ready()` makes it. */
  readonly table?: string | undefined
  /**
   * True (the default): an acknowledged write survives a power cut (`synchronous = FULL`). False: it survives a crash of
   * the process, and a power cut may take the last ones with it (`NORMAL`).
   */
  readonly durable?: boolean | undefined
  /**
   * How long a call waits for another connection's lock, in milliseconds. Default 2000. The whole process waits with it,
   * because these drivers are synchronous.
   */
  readonly busyTimeout?: number | undefined
}

type AnsweringAtOnce<M> = M extends (...args: infer A) => infer R ? (...args: A) => Awaited<R> : M

/** A store that has every method of the port, each of which answers at once. */
export type SqliteStore = { readonly [K in keyof Store]-?: AnsweringAtOnce<NonNullable<Store[K]>> }

const DEFAULT_BUSY_TIMEOUT_MS = 2000
const MOST_LISTED = 1000
const MOST_SWEPT = 10_000
/** Marks our cursors; what follows is the last key of the page. */
const CURSOR = 'k:'

/**
 * Keeps sessions in one table of an open SQLite database. Give it a connection of its own. `ready()` makes the table
 * and switches the file to WAL; `close()` leaves the database open.
 *
 * Throws `SessionOptionError` for an option that is wrong. Every method throws `SessionStoreError` (`ERR_SESSION_STORE`)
 * when the database fails, with the driver's error as its `cause` and `retryable: true` when it was locked.
 */
export const sqliteStore = (database: SqliteDatabase, options: SqliteStoreOptions = {}): SqliteStore => {
  checkDatabase(database)
  checkNames(options, ['table', 'durable', 'busyTimeout'])
  const table = checkTable(options.table)
  const durable = checkDurable(options.durable)
  const busyTimeout = bound(options.busyTimeout, 'busyTimeout', DEFAULT_BUSY_TIMEOUT_MS, 2 ** 31 - 1)
  const connection = connect(database, { durable, busyTimeout })
  const { read, write, rows } = connection
  const sql = statementsFor(table)

  const findLive = (key: string, now: number): StoreEntry | undefined => {
    const row = rows(sql.get, key, now)[0]
    return row && toEntry(row)
  }
  /** Why a conditional write met no row. Asked inside its transaction, so that nothing has changed in between. */
  const refusal = (key: string, now: number): 'gone' | 'conflict' =>
    rows(sql.exists, key, now).length > 0 ? 'conflict' : 'gone'
  /** The answer that needs no statement, from a store that is open. */
  const atOnce = <T>(act: string, answer: T): T => read(act, () => answer)

  return {
    name: 'sqlite',

    get(key, { now }) {
      return read('read an entry', () => (isKey(key) ? findLive(key, now) : undefined))
    },

    insert(key, entry, { now }) {
      checkKey(key)
      checkEntry(entry)
      return write('insert an entry', () =>
        rows(sql.insert, key, ...toColumns(entry), now).length > 0 ? 'inserted' : 'taken',
      )
    },

    update(key, entry, { now, ifRevision }) {
      const act = 'update an entry'
      if (!isKey(key)) return atOnce(act, { outcome: 'gone' })
      checkEntry(entry)
      return write(act, () => {
        if (rows(sql.update, ...toColumns(entry), key, now, orNone(ifRevision)).length > 0) {
          return { outcome: 'updated' }
        }
        const current = findLive(key, now)
        return current ? { outcome: 'conflict', current } : { outcome: 'gone' }
      })
    },

    touch(key, expiresAt, { now, ifRevision }) {
      const act = 'touch an entry'
      if (!isKey(key)) return atOnce(act, 'gone')
      checkDeadline(expiresAt)
      return write(act, () =>
        rows(sql.touch, expiresAt, key, now, orNone(ifRevision)).length > 0 ? 'touched' : refusal(key, now),
      )
    },

    delete(key, { now, ifRevision }) {
      const act = 'delete an entry'
      if (!isKey(key)) return atOnce(act, 'gone')
      return write(act, () => {
        if (ifRevision === undefined) return rows(sql.delete, key, now).length > 0 ? 'deleted' : 'gone'
        return rows(sql.deleteIf, key, now, orNone(ifRevision)).length > 0 ? 'deleted' : refusal(key, now)
      })
    },

    list({ owner, cursor, limit }, { now }) {
      const act = 'list entries'
      if (owner !== undefined && !isOwner(owner)) return atOnce(act, { entries: [] })
      const after = typeof cursor === 'string' && cursor.startsWith(CURSOR) ? cursor.slice(CURSOR.length) : ''
      const most = clampLimit(limit, MOST_LISTED)
      const found = read(act, () =>
        owner === undefined ? rows(sql.list, after, most) : rows(sql.listOwner, owner, after, most),
      )
      // Expired rows are left out here and not in SQL, where one page would have to walk through all of them.
      const entries = found.map(toListing).filter((listing) => listing.expiresAt > now)
      return found.length < most ? { entries } : { entries, cursor: `${CURSOR}${found.at(-1)?.key}` }
    },

    count({ owner }, { now }) {
      const act = 'count entries'
      if (owner !== undefined && !isOwner(owner)) return atOnce(act, 0)
      return read(act, () => {
        const [row] = owner === undefined ? rows(sql.count, now) : rows(sql.countOwner, owner, now)
        return Number(row?.entries)
      })
    },

    deleteOwned({ owner, except, limit }, { now }) {
      const act = "delete an owner's entries"
      if (!isOwner(owner)) return atOnce(act, [])
      const most = clampLimit(limit, MOST_LISTED)
      // As one parameter: a statement has room for so many and no more.
      const spared = JSON.stringify([...keysIn(except)])
      return write(act, () => rows(sql.deleteOwned, owner, now, spared, most).map(({ key }) => String(key)))
    },

    sweep(limit, { now }) {
      const most = clampLimit(limit, MOST_SWEPT)
      const removed = write('sweep', () => rows(sql.sweep, now, most).length)
      return { removed, more: removed === most }
    },

    ready: () => makeTable(connection, table),

    ping() {
      read('ping', () => rows(sql.ping))
    },

    close: () => connection.close(),
  }
}

const checkDatabase = (database: unknown): void => {
  const { exec, prepare } = (database ?? {}) as Partial<SqliteDatabase>
  if (typeof exec === 'function' && typeof prepare === 'function') return
  const problem = 'is no open database of node:sqlite, better-sqlite3 or libsql.'
  throw new SessionOptionError('database', problem, "For example: sqliteStore(new DatabaseSync('sessions.db')).")
}

const checkDurable = (durable: unknown = true): boolean => {
  if (typeof durable === 'boolean') return durable
  throw new SessionOptionError('durable', 'is neither true nor false.')
}
