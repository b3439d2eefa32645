/** A store over a table of another library: what each method of the port is in reads and conditional writes. */

import { isSessionError, SessionError, SessionStoreError } from '../../core/errors.ts'
import type { InPlaceStore, Store, StoreCall } from '../../core/store.ts'
import { checkDeadline, checkEntry, checkKey, clampLimit, isKey, orNone } from '../../stores/internal/key.ts'
import type { Layout, Parameters, SqlValue, Statement, Statements } from './layout.ts'
import { type Found, toCount, toFound, toKey, toListing } from './row.ts'

/** Rows with their columns in the order of the statement. */
export type Rows = readonly (readonly unknown[])[]

/** A client of the database. What it throws is coded. */
export interface Runner {
  /** Throws if the store was closed. */
  admit(act: string): void
  rows(act: string, statement: Statement, values: Parameters, call?: StoreCall): Promise<Rows>
  /** How many rows were written; of an insert, none if the key is there. */
  write(act: string, statement: Statement, values: Parameters, call?: StoreCall): Promise<number>
  /** How a value is handed to the driver. Throws if the column cannot take it. */
  bind(act: string, value: string): SqlValue | Promise<SqlValue>
  ready(act: string): Promise<void>
  close(): void
}

type AnsweringLater<M> = M extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : M

/** A store over a table of another library. There is no owner in it, and therefore no `deleteOwned`. */
export type SqlFormatStore = {
  readonly [K in keyof Omit<Store, 'deleteOwned'>]-?: AnsweringLater<NonNullable<Store[K]>>
} & Pick<InPlaceStore, 'revisionOf'>

export interface SqlFormat {
  /** The library whose table it is. */
  readonly name: string
  readonly layout: Layout
  readonly statements: Statements
  readonly runner: Runner
  readonly revisionOf: (value: string) => string
}

const MOST_LISTED = 1000
/** Each of them is a statement of its own. */
const MOST_SWEPT = 100
/** How often a call looks again at an entry that others keep changing under it. */
const MOST_LOOKS = 20
/** Marks our cursors; what follows is the last key of the page. */
const CURSOR = 'k:'
/** No JSON text holds them as they are, and no database gives both of them back. */
const NOT_FOR_TEXT = /[\0\p{Surrogate}]/u

export const sqlFormat = ({ name, layout, statements: sql, runner, revisionOf }: SqlFormat): SqlFormatStore => {
  const { admit, rows, write } = runner

  const find = async (act: string, statement: Statement, key: string, call: StoreCall): Promise<Found | undefined> => {
    const [row] = await rows(act, statement, { key }, call)
    return row && readable(act, toFound, row)
  }
  /** What is in a row, or a coded error. */
  const readable = <T, R>(act: string, as: (row: R) => T, row: R): T => {
    try {
      return as(row)
    } catch (cause) {
      const help = 'Compare its columns with those that the options name.'
      const message = `The store of ${name} records could not ${act}: a row of the table is not as expected. ${help}`
      throw new SessionStoreError('ERR_SESSION_STORE', message, { cause, help })
    }
  }
  const findLive = async (act: string, key: string, call: StoreCall): Promise<Found | undefined> => {
    const found = await find(act, sql.read, key, call)
    return found && found.expiresAt > call.now ? found : undefined
  }
  const current = ({ value, expiresAt }: Found) => ({ value, expiresAt, revision: revisionOf(value) })
  const isThere = (found: Found, expiresAt: number) => Math.abs(found.expiresAt - expiresAt) < layout.resolution

  /** Asks until there is an answer: `undefined` says that the entry has changed between two statements. */
  const settle = async <T>(act: string, look: (again: boolean) => Promise<T | undefined>): Promise<T> => {
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      const answer = await look(looks > 0)
      if (answer !== undefined) return answer
    }
    const message = `The store of ${name} records could not ${act}: others kept changing it.`
    throw new SessionStoreError('ERR_SESSION_STORE', message, { retryable: true })
  }

  const now = (call: StoreCall) => layout.toInstant(floor(call.now))

  return {
    name,
    revisionOf,

    async get(key, call) {
      const act = 'read an entry'
      admit(act)
      if (!isKey(key)) return undefined
      const found = await findLive(act, key, call)
      return found && current(found)
    },

    async insert(key, entry, call) {
      const act = 'insert an entry'
      admit(act)
      checkKey(key)
      checkEntry(entry)
      checkText(entry.value)
      const value = await runner.bind(act, entry.value)
      const row = { key, value, expires: layout.toDeadline(entry.expiresAt), now: now(call) }
      return settle(act, async () => {
        if ((await write(act, sql.insert, row, call)) > 0) return 'inserted'
        const found = await find(act, sql.look, key, call)
        if (found && found.expiresAt > call.now) return 'taken'
        if (found) await write(act, sql.deleteDead, row, call)
        return undefined
      })
    },

    async update(key, entry, call) {
      const act = 'update an entry'
      admit(act)
      if (!isKey(key)) return { outcome: 'gone' }
      checkEntry(entry)
      checkText(entry.value)
      const expected = orNone(call.ifRevision)
      const value = await runner.bind(act, entry.value)
      const row = { key, value, expires: layout.toDeadline(entry.expiresAt), now: now(call) }
      return settle(act, async (again) => {
        const found = await findLive(act, key, call)
        if (!found) return { outcome: 'gone' }
        const stored = current(found)
        if (stored.revision !== expected) return { outcome: 'conflict', current: stored }
        // Some clients count only the rows that were changed: a write that changed nothing looks like one that came too late.
        const same = stored.revision === revisionOf(entry.value) && isThere(found, entry.expiresAt)
        if (again && same) return { outcome: 'updated' }
        const written = await write(act, sql.update, { ...row, held: found.held }, call)
        return written > 0 ? { outcome: 'updated' } : undefined
      })
    },

    async touch(key, expiresAt, call) {
      const act = 'touch an entry'
      admit(act)
      if (!isKey(key)) return 'gone'
      checkDeadline(expiresAt)
      const expected = orNone(call.ifRevision)
      const row = { key, expires: layout.toDeadline(expiresAt), now: now(call) }
      return settle(act, async (again) => {
        const found = await findLive(act, key, call)
        if (!found) return 'gone'
        if (revisionOf(found.value) !== expected) return 'conflict'
        if (again && isThere(found, expiresAt)) return 'touched'
        return (await write(act, sql.touch, { ...row, held: found.held }, call)) > 0 ? 'touched' : undefined
      })
    },

    async delete(key, call) {
      const act = 'delete an entry'
      admit(act)
      if (!isKey(key)) return 'gone'
      const row = { key, now: now(call) }
      if (call.ifRevision === undefined) return (await write(act, sql.delete, row, call)) > 0 ? 'deleted' : 'gone'
      const expected = orNone(call.ifRevision)
      return settle(act, async () => {
        const found = await findLive(act, key, call)
        if (!found) return 'gone'
        if (revisionOf(found.value) !== expected) return 'conflict'
        return (await write(act, sql.deleteIf, { ...row, held: found.held }, call)) > 0 ? 'deleted' : undefined
      })
    },

    async list({ owner, cursor, limit }, call) {
      const act = 'list entries'
      admit(act)
      if (owner !== undefined) return { entries: [] }
      const after = typeof cursor === 'string' && cursor.startsWith(CURSOR) ? cursor.slice(CURSOR.length) : ''
      const most = clampLimit(limit, MOST_LISTED)
      const found = await rows(act, sql.list, { after: isKey(after) ? after : '', limit: most }, call)
      const listings = found.map((row) => readable(act, toListing, row))
      const entries = listings.filter((listing) => isKey(listing.key) && listing.expiresAt > call.now)
      const last = listings.at(-1)
      return last === undefined || found.length < most ? { entries } : { entries, cursor: CURSOR + last.key }
    },

    async count({ owner }, call) {
      const act = 'count entries'
      admit(act)
      if (owner !== undefined) return 0
      const [row] = await rows(act, sql.count, { now: now(call) }, call)
      return readable(act, toCount, row)
    },

    async sweep(limit, call) {
      const act = 'sweep'
      admit(act)
      const most = clampLimit(limit, MOST_SWEPT)
      const found = await rows(act, sql.dead, { now: now(call), limit: most }, call)
      let removed = 0
      for (const row of found) {
        removed += await write(act, sql.deleteDead, { key: toKey(row), now: now(call) }, call)
      }
      return { removed, more: found.length === most && removed > 0 }
    },

    async ready() {
      const act = 'prepare its table'
      admit(act)
      await runner.ready(act)
    },

    async ping(call) {
      const act = 'ping'
      admit(act)
      await rows(act, sql.ping, {}, call)
    },

    async close() {
      runner.close()
    },
  }
}

/** Later than any deadline of a date with four digits for the year. */
const NEVER = Date.parse('9999-12-31T23:59:59.000Z')

/** Whole milliseconds: deadlines are. To a clock that shows no time everything has expired. */
const floor = (now: number): number => (now < NEVER ? Math.floor(now) : NEVER)

const checkText = (value: string): void => {
  if (!NOT_FOR_TEXT.test(value)) return
  const problem = 'holds a lone surrogate or U+0000 that is not escaped'
  throw new SessionError('ERR_SESSION_KEY', `A value that ${problem} is no JSON text, and the table cannot keep it.`)
}

/**
 * The same failure, told of this store: what the underlying client's error advises is about Holdfast's own tables.
 * `created` says whether `ready()` would make the table.
 */
export const retold = (error: unknown, name: string, created: boolean): unknown => {
  if (!isSessionError(error) || error.code !== 'ERR_SESSION_STORE') return error
  const { cause, help, retryable, notReady } = error as SessionStoreError
  const ofOurTable = help !== undefined && /store\.ready\(\)|Schema\(|holdfast_schema/.test(help)
  const said = help === undefined ? error.message : error.message.replace(` ${help}`, '')
  const advice = ofOurTable ? HELP : help
  const message = said.replace(/^The \w+ store could/, `The store of ${name} records could`)
  return new SessionStoreError('ERR_SESSION_STORE', advice ? `${message} ${advice}` : message, {
    cause,
    retryable,
    notReady: notReady && created,
    ...(advice && { help: advice }),
  })
}

const HELP =
  'Compare the names of the table and of its columns with the options, and the rights of the user; with ' +
  '"createTable: true", ready() makes the table that is missing.'
