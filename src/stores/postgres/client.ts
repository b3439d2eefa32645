/** The clients that the store can work with, each of them as one function that runs a statement. */

import { SessionOptionError } from '../../core/errors.ts'
import type { StoreCall } from '../../core/store.ts'
import type { Row } from './row.ts'
import type { Statement } from './statements.ts'

/** The members that the store calls of a `Pool`, a `Client` or a client of a pool of `pg`. */
export interface PgClient {
  query(config: {
    readonly text: string
    readonly values?: (string | null)[]
    readonly rowMode: 'array'
    readonly name?: string
  }): PromiseLike<{ readonly rows: readonly unknown[] }>
}

/** The member that the store calls of `sql` of `postgres` (postgres.js). */
export interface PostgresJsClient {
  unsafe(
    text: string,
    values?: (string | null)[],
    options?: { readonly prepare?: boolean },
  ): PromiseLike<unknown> & { values(): PromiseLike<unknown> }
}

/** The members that the store calls of a `PGlite`. */
export interface PgliteClient {
  query(
    text: string,
    values?: (string | null)[],
    options?: { readonly rowMode?: 'array' },
  ): PromiseLike<{ readonly rows: readonly unknown[] }>
  exec(text: string): PromiseLike<unknown>
}

export type PostgresClient = PgClient | PostgresJsClient | PgliteClient

export interface Driver {
  /** All rows of one statement, as a prepared one if `named`. */
  run(statement: Statement, values: readonly (string | null)[], named: boolean, call?: StoreCall): PromiseLike<unknown>
  /** Several statements without parameters, all or none of them. */
  script(sql: string): PromiseLike<unknown>
  /** Whether a transaction is open that the store did not begin. */
  inTransaction(): boolean
}

/** Throws `SessionOptionError` for what is none of the three. */
export const driverOf = (client: unknown): Driver => {
  const members = (client ?? {}) as Readonly<Record<string, unknown>>
  if (typeof members.unsafe === 'function') {
    if (typeof members.savepoint === 'function') throw insideTransaction()
    return ofPostgresJs(client as PostgresJsClient)
  }
  if (typeof members.query === 'function' && typeof members.exec === 'function') {
    if (typeof members.rollback === 'function') throw insideTransaction()
    return ofPglite(client as PgliteClient)
  }
  if (typeof members.query === 'function') return ofPg(client as PgClient & PgMore)
  throw new SessionOptionError(
    'client',
    'is no Pool or Client of pg, no sql of postgres.js and no PGlite.',
    'For example: postgresStore(new pg.Pool({ connectionString })).',
  )
}

const insideTransaction = () =>
  new SessionOptionError(
    'client',
    'is a transaction, which would take session writes with it when it is rolled back.',
    'Hand in the client that it was begun on.',
  )

/** What pg's classes have besides, none of which has to be there. */
interface PgMore {
  on?(event: 'error', listener: () => void): unknown
  listenerCount?(event: 'error'): number
  /** Of a Client, not of a Pool. */
  escapeLiteral?: unknown
  readonly pipeline?: unknown
  getTransactionStatus?(): string | null
}

const ofPg = (client: PgClient & PgMore): Driver => {
  // Without a listener, an idle connection that breaks (a restart of the server) ends the process. There is nothing to
  // do about it: a pool replaces the connection, and the next call on a lone client says that it is dead.
  if (typeof client.on === 'function' && client.listenerCount?.('error') === 0) client.on('error', () => undefined)
  const send: Driver['run'] = async ({ text, name }, values, named) => {
    const { rows } = await client.query({ text, values: [...values], rowMode: 'array', ...(named && { name }) })
    return rows
  }
  const isLone = typeof client.escapeLiteral === 'function' && client.pipeline !== true
  const inTurn = isLone ? queue() : undefined
  return {
    run: inTurn ? (...args) => inTurn(() => send(...args), args[3]) : send,
    script: (text) => {
      const run = () => client.query({ text, rowMode: 'array' })
      return inTurn ? inTurn(run) : run()
    },
    inTransaction: () => isLone && /^[TE]$/.test(client.getTransactionStatus?.() ?? ''),
  }
}

const ofPostgresJs = (sql: PostgresJsClient): Driver => ({
  // As arrays, so that a transformation of column names, if there is one, is not met.
  run: ({ text }, values, named) => sql.unsafe(text, [...values], { prepare: named }).values(),
  script: (text) => sql.unsafe(text),
  inTransaction: () => false,
})

const ofPglite = (database: PgliteClient): Driver => ({
  run: async ({ text }, values) => (await database.query(text, [...values], { rowMode: 'array' })).rows,
  script: (text) => database.exec(text),
  inTransaction: () => false,
})

type Turn = <T>(work: () => PromiseLike<T>, call?: StoreCall) => Promise<T>

/**
 * One call after the other on one connection: pg warns about more. A call that has to wait asks for its signal, so that
 * what nobody waits for any more is not sent once the connection answers again.
 */
const queue = (): Turn => {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return (work, call) => {
    const signal = waiting > 0 ? call?.signal : undefined
    waiting += 1
    const turn = last.then(() => {
      if (signal?.aborted) throw new Error('The caller gave up before it was sent.')
      return work()
    })
    last = turn.then(
      () => {
        waiting -= 1
      },
      () => {
        waiting -= 1
      },
    )
    return turn
  }
}

/** Rows as arrays, however the driver wraps them. */
export const rowsOf = (answer: unknown): readonly Row[] => {
  if (Array.isArray(answer) && answer.every((row) => Array.isArray(row))) return answer
  throw new TypeError('A statement of the database did not answer with rows.')
}
