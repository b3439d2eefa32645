/**
 * Sessions in a PostgreSQL table: a `Pool` or `Client` of `pg`, `sql` of `postgres` (postgres.js) or a `PGlite`. Any number
 * of processes may share the table, also behind a pooler in transaction mode. Needs PostgreSQL 12 or later.
 */

import { SessionOptionError } from '../core/errors.ts'
import type { Store, StoreCall } from '../core/store.ts'
import { checkDeadline, checkEntry, checkKey, clampLimit, isKey, isOwner, keysIn, orNone } from './internal/key.ts'
import { checkNames } from './internal/options.ts'
import { driverOf, type PostgresClient } from './postgres/client.ts'
import { connect } from './postgres/connection.ts'
import { refusal } from './postgres/failure.ts'
import { type Row, toColumns, toEntry, toListing, toNumber } from './postgres/row.ts'
import { checkTable, makeTable, type PostgresSchemaOptions } from './postgres/schema.ts'
import { type Statement, statementsFor } from './postgres/statements.ts'

export type { PgClient, PgliteClient, PostgresClient, PostgresJsClient } from './postgres/client.ts'
export { type PostgresSchemaOptions, postgresSchema } from './postgres/schema.ts'

export interface PostgresStoreOptions extends PostgresSchemaOptions {
  /**
   * True (the default): statements are prepared once per connection, which halves the server's work. Behind a pooler that
   * gives each transaction another connection, the store notices and goes on without, from the first call on. False:
   * never, for poolers that hold a connection because of them (RDS Proxy).
   */
  readonly prepare?: boolean | undefined
}

type AnsweringLater<M> = M extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : M

/** A store that has every method of the port, each of which answers with a promise. */
export type PostgresStore = { readonly [K in keyof Store]-?: AnsweringLater<NonNullable<Store[K]>> }

const MOST_LISTED = 1000
const MOST_DELETED = 1000
const MOST_SWEPT = 1000
/** Marks our cursors; what follows is the last key of the page. */
const CURSOR = 'k:'
/** How often a call that others keep getting ahead of looks again before it fails. */
const LOOKS = 20

/**
 * Keeps sessions in one table. `ready()` makes the table; `close()` leaves the client open.
 *
 * Throws `SessionOptionError` for a client or an option that is wrong. Every method rejects with `SessionStoreError`
 * (`ERR_SESSION_STORE`) when the database fails, with `retryable: true` when it may work again by itself.
 */
export const postgresStore = (client: PostgresClient, options: PostgresStoreOptions = {}): PostgresStore => {
  const driver = driverOf(client)
  checkNames(options, ['table', 'schema', 'prepare'])
  const names = checkTable(options)
  const connection = connect(driver, { prepare: checkPrepare(options.prepare) })
  const { rows } = connection
  const sql = statementsFor(names.quoted)

  /** The answer that needs no statement, from a store that is open. */
  const atOnce = <T>(act: string, answer: T): T => {
    connection.admit(act)
    return answer
  }

  /**
   * What became of a write that names a revision: `'done'`, `'gone'`, or the row that has another revision. A row that has
   * this one is from a snapshot before somebody else's write, so the statement is sent again.
   */
  const decided = async (
    act: string,
    statement: Statement,
    [key, ...rest]: readonly [string, ...(string | null)[]],
    call: StoreCall & { readonly ifRevision?: unknown },
  ): Promise<'done' | 'gone' | Row> => {
    const ifRevision = orNone(call.ifRevision)
    for (let looks = 0; looks < LOOKS; looks += 1) {
      const [row] = await rows(act, statement, [key, instant(call.now), ifRevision, ...rest], call)
      if (row === undefined) return 'gone'
      if (row[1] === null) return 'done'
      if (row[1] !== ifRevision) return row
    }
    throw refusal(act, 'others kept writing to the entry', undefined, true)
  }

  return {
    name: 'postgres',

    async get(key, call) {
      const act = 'read an entry'
      if (!isKey(key)) return atOnce(act, undefined)
      const [row] = await rows(act, sql.get, [key, instant(call.now)], call)
      return row && read(act, toEntry, row)
    },

    async insert(key, entry, call) {
      checkKey(key)
      checkEntry(entry)
      const values = [key, instant(call.now), ...toColumns(entry)]
      return (await rows('insert an entry', sql.insert, values, call)).length > 0 ? 'inserted' : 'taken'
    },

    async update(key, entry, call) {
      const act = 'update an entry'
      if (!isKey(key)) return atOnce(act, { outcome: 'gone' })
      checkEntry(entry)
      const end = await decided(act, sql.update, [key, ...toColumns(entry)], call)
      if (end === 'done') return { outcome: 'updated' }
      return end === 'gone' ? { outcome: 'gone' } : { outcome: 'conflict', current: read(act, toEntry, end) }
    },

    async touch(key, expiresAt, call) {
      const act = 'touch an entry'
      if (!isKey(key)) return atOnce(act, 'gone')
      checkDeadline(expiresAt)
      const end = await decided(act, sql.touch, [key, String(expiresAt)], call)
      return end === 'done' ? 'touched' : end === 'gone' ? 'gone' : 'conflict'
    },

    async delete(key, call) {
      const act = 'delete an entry'
      if (!isKey(key)) return atOnce(act, 'gone')
      if (call.ifRevision === undefined) {
        return (await rows(act, sql.delete, [key, instant(call.now)], call)).length > 0 ? 'deleted' : 'gone'
      }
      const end = await decided(act, sql.deleteIf, [key], call)
      return end === 'done' ? 'deleted' : end === 'gone' ? 'gone' : 'conflict'
    },

    async list({ owner, cursor, limit }, call) {
      const act = 'list entries'
      if (owner !== undefined && !isOwner(owner)) return atOnce(act, { entries: [] })
      const after = typeof cursor === 'string' && cursor.startsWith(CURSOR) ? cursor.slice(CURSOR.length) : ''
      const most = clampLimit(limit, MOST_LISTED)
      const from = [isKey(after) ? after : '', String(most)]
      const found = await (owner === undefined
        ? rows(act, sql.list, from, call)
        : rows(act, sql.listOwner, [owner, ...from], call))
      // Expired rows are left out here and not in SQL, where one page would have to walk through all of them.
      const listings = found.map((row) => read(act, toListing, row))
      const entries = listings.filter(({ expiresAt }) => expiresAt > call.now)
      return found.length < most ? { entries } : { entries, cursor: `${CURSOR}${listings.at(-1)?.key}` }
    },

    async count({ owner }, call) {
      const act = 'count entries'
      if (owner !== undefined && !isOwner(owner)) return atOnce(act, 0)
      const now = instant(call.now)
      const [row] = await (owner === undefined
        ? rows(act, sql.count, [now], call)
        : rows(act, sql.countOwner, [owner, now], call))
      return read(act, toNumber, row?.[0])
    },

    async deleteOwned({ owner, except, limit }, call) {
      const act = "delete an owner's entries"
      if (!isOwner(owner)) return atOnce(act, [])
      const staying = JSON.stringify([...keysIn(except)])
      const values = [owner, instant(call.now), staying, String(clampLimit(limit, MOST_DELETED))]
      for (let looks = 0; looks < LOOKS; looks += 1) {
        const found = await rows(act, sql.deleteOwned, values, call)
        const keys = found.map(([key]) => key).filter(isKey)
        if (keys.length > 0 || found.length === 0) return keys
      }
      throw refusal(act, 'others kept writing to the entries', undefined, true)
    },

    async sweep(limit, call) {
      const act = 'sweep'
      const most = clampLimit(limit, MOST_SWEPT)
      const [row] = await rows(act, sql.sweep, [instant(call.now), String(most)], call)
      const removed = read(act, toNumber, row?.[0])
      return { removed, more: removed === most }
    },

    ready: async () => makeTable(connection, names),

    async ping(call) {
      await rows('ping', sql.ping, [], call)
    },

    async close() {
      connection.close()
    },
  }
}

/** A deadline is a whole number, so whether it has passed does not depend on the fraction of now. */
const instant = (now: number): string => String(Math.floor(now))

const read = <T, R>(act: string, as: (row: R) => T, row: R): T => {
  try {
    return as(row)
  } catch {
    throw refusal(act, 'a row of the table is not as the store wrote it', 'Nothing else may write to the table.')
  }
}

const checkPrepare = (prepare: unknown = true): boolean => {
  if (typeof prepare === 'boolean') return prepare
  throw new SessionOptionError('prepare', 'is neither true nor false.')
}
