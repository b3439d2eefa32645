/**
 * Sessions in one table of MySQL or MariaDB, through a pool of the application: `mysql2` or `mysql2/promise`. Any number of
 * processes and machines may use one table.
 */

import { SessionOptionError } from '../core/errors.ts'
import type { Store, StoreCall } from '../core/store.ts'
import { checkDeadline, checkEntry, checkKey, clampLimit, isKey, isOwner, keysIn, orNone } from './internal/key.ts'
import { bound, checkNames } from './internal/options.ts'
import { clientFor, type MysqlConnection, type MysqlPool, type MysqlValue } from './mysql/client.ts'
import { connect } from './mysql/connection.ts'
import { failed } from './mysql/failure.ts'
import { areEqual, ascii, toColumns, toCount, toEntry, toKey, toListing, toPacket, toState, utf8 } from './mysql/row.ts'
import { checkTable, type MysqlTable, makeTable } from './mysql/schema.ts'
import { statementsFor } from './mysql/statements.ts'

export type { MysqlConnection, MysqlPool, MysqlPoolConnection, MysqlStatement, MysqlValue } from './mysql/client.ts'
export { type MysqlTable, mysqlSchema } from './mysql/schema.ts'

export interface MysqlStoreOptions extends MysqlTable {
  /**
   * How long one statement may take, with the wait for a connection, in milliseconds. Default 5000. After that the call
   * fails; a connection of a pool that has not answered is given up, so that one which the network has lost does not stay
   * in the pool for ever.
   */
  readonly queryTimeout?: number | undefined
}

/** A store that has every method of the port. */
export type MysqlStore = {
  readonly [K in keyof Store]-?: NonNullable<Store[K]> extends (...args: infer A) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : Store[K]
}

const DEFAULT_QUERY_TIMEOUT_MS = 5000
const MOST_LISTED = 1000
const MOST_SWEPT = 1000
/** Each of them is a statement of its own, because MySQL does not say which rows a DELETE has removed. */
const MOST_OWNED = 100
/** How often a call looks again at an entry that others keep changing under it. */
const MOST_LOOKS = 20
/** Marks our cursors; what follows is the last key of the page. */
const CURSOR = 'k:'
/** Below it no server's max_allowed_packet is worth a question. */
const SMALL_VALUE = 65_536
/** What a packet holds beside the value, at most. */
const PACKET_MARGIN = 4096

/**
 * Keeps sessions in one table of MySQL or MariaDB. Takes a pool or a connection of `mysql2` or `mysql2/promise`; a pool is
 * better, because it replaces connections that end. `ready()` makes the table; `close()` leaves the pool open.
 *
 * Throws `SessionOptionError` for an option that is wrong. Every method rejects with `SessionStoreError`
 * (`ERR_SESSION_STORE`) when the server fails, with the driver's error as its `cause` and `retryable: true` where the same
 * call may succeed later.
 */
export const mysqlStore = (pool: MysqlPool | MysqlConnection, options: MysqlStoreOptions = {}): MysqlStore => {
  checkNames(options, ['table', 'database', 'queryTimeout'])
  const sql = statementsFor(checkTable(options))
  const timeout = bound(options.queryTimeout, 'queryTimeout', DEFAULT_QUERY_TIMEOUT_MS, 2 ** 31 - 1)
  const client = clientFor(pool, timeout)
  if (!client) {
    const problem = 'is no pool or connection of mysql2 or mysql2/promise.'
    throw new SessionOptionError('pool', problem, 'For example: mysqlStore(mysql.createPool(url)).')
  }
  const connection = connect(client)
  const { admit, rows, write, insert } = connection
  let largest: number | undefined

  /** A packet that is too large would cost the connection, and others their answers on it. */
  const checkSize = async (act: string, value: Buffer): Promise<void> => {
    if (value.length <= SMALL_VALUE) return
    largest ??= (await rows(act, toPacket, sql.packet, []))[0]
    if (largest !== undefined && value.length + PACKET_MARGIN <= largest) return
    throw failed(act, 'its value does not fit into a packet for the server', {
      help: 'Keep less in a session, or raise max_allowed_packet.',
    })
  }

  /** What the key holds, live or expired. */
  const stateOf = async (act: string, key: Buffer, call: StoreCall) =>
    (await rows(act, toState, sql.state, [key], call))[0]

  /** Asks until there is an answer: `undefined` says that the entry has changed between two statements. */
  const settle = async <T>(act: string, look: () => Promise<T | undefined>): Promise<T> => {
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      const answer = await look()
      if (answer !== undefined) return answer
    }
    throw failed(act, 'others kept changing it', { retryable: true })
  }

  return {
    name: 'mysql',

    async get(key, call) {
      const act = 'read an entry'
      admit(act)
      if (!isKey(key)) return undefined
      return (await rows(act, toEntry, sql.get, [ascii(key), call.now], call))[0]
    },

    async insert(key, entry, call) {
      const act = 'insert an entry'
      admit(act)
      checkKey(key)
      checkEntry(entry)
      const name = ascii(key)
      const columns = toColumns(entry)
      await checkSize(act, columns[3])
      return settle(act, async () => {
        if (await insert(act, sql.insert, [name, ...columns], call)) return 'inserted'
        const current = await stateOf(act, name, call)
        if (current && current.expiresAt > call.now) return 'taken'
        if (current) await write(act, sql.deleteExpired, [name, call.now], call)
        return undefined
      })
    },

    async update(key, entry, call) {
      const act = 'update an entry'
      admit(act)
      if (!isKey(key)) return { outcome: 'gone' }
      checkEntry(entry)
      const name = ascii(key)
      const columns = toColumns(entry)
      const expected = orNone(call.ifRevision)
      await checkSize(act, columns[3])
      return settle(act, async () => {
        if ((await write(act, sql.update, [...columns, name, call.now, ascii(expected)], call)) > 0) {
          return { outcome: 'updated' }
        }
        const [current] = await rows(act, toEntry, sql.get, [name, call.now], call)
        if (!current) return { outcome: 'gone' }
        if (current.revision !== expected) return { outcome: 'conflict', current }
        // Without the flag FOUND_ROWS a write that leaves a row as it was counts none.
        const unchanged = toColumns(current).every((column, index) => areEqual(column, columns[index] as MysqlValue))
        return unchanged ? { outcome: 'updated' } : undefined
      })
    },

    async touch(key, expiresAt, call) {
      const act = 'touch an entry'
      admit(act)
      if (!isKey(key)) return 'gone'
      checkDeadline(expiresAt)
      const name = ascii(key)
      const expected = orNone(call.ifRevision)
      return settle(act, async () => {
        if ((await write(act, sql.touch, [expiresAt, name, call.now, ascii(expected)], call)) > 0) return 'touched'
        const current = await stateOf(act, name, call)
        if (!current || current.expiresAt <= call.now) return 'gone'
        if (current.revision !== expected) return 'conflict'
        return current.expiresAt === expiresAt ? 'touched' : undefined
      })
    },

    async delete(key, call) {
      const act = 'delete an entry'
      admit(act)
      if (!isKey(key)) return 'gone'
      const name = ascii(key)
      if (call.ifRevision === undefined) {
        return (await write(act, sql.delete, [name, call.now], call)) > 0 ? 'deleted' : 'gone'
      }
      const expected = orNone(call.ifRevision)
      return settle(act, async () => {
        if ((await write(act, sql.deleteIf, [name, call.now, ascii(expected)], call)) > 0) return 'deleted'
        const current = await stateOf(act, name, call)
        if (!current || current.expiresAt <= call.now) return 'gone'
        return current.revision === expected ? undefined : 'conflict'
      })
    },

    async list({ owner, cursor, limit }, call) {
      const act = 'list entries'
      admit(act)
      if (owner !== undefined && !isOwner(owner)) return { entries: [] }
      const after = typeof cursor === 'string' && cursor.startsWith(CURSOR) ? cursor.slice(CURSOR.length) : ''
      const most = clampLimit(limit, MOST_LISTED)
      const found =
        owner === undefined
          ? await rows(act, toListing, sql.list, [utf8(after), String(most)], call)
          : await rows(act, toListing, sql.listOwner, [utf8(owner), utf8(after), String(most)], call)
      // Expired rows are left out here and not in SQL, where one page would have to walk through all of them.
      const entries = found.filter((listing) => listing.expiresAt > call.now)
      const last = found.at(-1)
      return last === undefined || found.length < most ? { entries } : { entries, cursor: CURSOR + last.key }
    },

    async count({ owner }, call) {
      const act = 'count entries'
      admit(act)
      if (owner !== undefined && !isOwner(owner)) return 0
      const [entries] =
        owner === undefined
          ? await rows(act, toCount, sql.count, [call.now], call)
          : await rows(act, toCount, sql.countOwner, [utf8(owner), call.now], call)
      return entries ?? 0
    },

    async deleteOwned({ owner, except, limit }, call) {
      const act = "delete an owner's entries"
      admit(act)
      if (!isOwner(owner)) return []
      const most = clampLimit(limit, MOST_OWNED)
      const spared = keysIn(except)
      const name = utf8(owner)
      const removed: string[] = []
      let after = ''
      for (;;) {
        const found = await rows(act, toListing, sql.listOwner, [name, utf8(after), String(MOST_LISTED)], call)
        for (const listing of found) {
          if (listing.expiresAt <= call.now || spared.has(listing.key)) continue
          const gone = await write(act, sql.deleteIfOwned, [ascii(listing.key), call.now, name], call)
          if (gone > 0) removed.push(listing.key)
          if (removed.length === most) return removed
        }
        if (found.length < MOST_LISTED || removed.length > 0) return removed
        after = found.at(-1)?.key as string
      }
    },

    async sweep(limit, call) {
      const act = 'sweep'
      admit(act)
      const most = clampLimit(limit, MOST_SWEPT)
      const found = await rows(act, toKey, sql.expired, [call.now, String(most)], call)
      const keys = found.map(ascii)
      if (keys.length === 0) return { removed: 0, more: false }
      // As many parameters as the next power of two, so that the server has few statements to prepare.
      const places = 2 ** Math.ceil(Math.log2(keys.length))
      while (keys.length < places) keys.push(keys[0] as Buffer)
      const removed = await write(act, sql.sweep(places), [...keys, call.now], call)
      return { removed, more: found.length === most }
    },

    async ready() {
      admit('prepare its table')
      largest = (await makeTable(connection, options)).packet
    },

    async ping(call) {
      await rows('ping', () => true, sql.ping, [], call)
    },

    async close() {
      connection.close()
    },
  }
}
