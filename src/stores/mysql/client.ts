/** The one place that talks to the driver: one statement, on a connection that is given up when it does not answer. */

export type MysqlValue = string | number | null | Buffer

/** What the store passes to `execute`: the statement, and what decides how its rows come back whatever the pool's settings. */
export interface MysqlStatement {
  readonly sql: string
  readonly typeCast: (field: unknown, next: () => unknown) => unknown
  readonly rowsAsArray: false
  readonly nestTables: false
}

/** A connection that the pool lends. */
export interface MysqlPoolConnection {
  execute(
    statement: MysqlStatement,
    values: MysqlValue[],
    callback: (error: Error | null, result: unknown) => void,
  ): unknown
  release(): unknown
  destroy(): unknown
}

/**
 * A pool of `mysql2` or of `mysql2/promise`. One of the latter holds one of the former as `pool`, and that is asked: it
 * makes no further promise, wrapper and stack trace for each statement.
 */
export interface MysqlPool {
  getConnection(callback: (error: Error | null, connection: MysqlPoolConnection) => void): unknown
  execute(statement: MysqlStatement, values: MysqlValue[]): unknown
  readonly pool?: unknown
}

/** A single connection of `mysql2` (which has `promise()`) or of `mysql2/promise`. */
export interface MysqlConnection {
  execute(statement: MysqlStatement, values: MysqlValue[]): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** Rows of a SELECT. */
export type Row = Readonly<Record<string, unknown>>

/** What the server says of a statement that has no rows. */
export interface Header {
  readonly affectedRows?: unknown
  readonly serverStatus?: unknown
}

export interface Client {
  /** Rows, or the header. Rejects with what the driver said, or with a `StatementTimeout`. */
  run(statement: MysqlStatement, values: MysqlValue[]): Promise<unknown>
}

export class StatementTimeout extends Error {
  readonly code = 'ETIMEDOUT'
}

interface Lent extends MysqlPoolConnection {
  /** `destroy` says good-bye and waits for an answer, which a dead network never brings. */
  readonly stream?: { destroy?(): unknown }
}

interface Lender {
  getConnection(callback: (error: Error | null, connection: Lent) => void): unknown
}

interface Asked {
  execute(statement: MysqlStatement, values: MysqlValue[]): PromiseLike<unknown>
}

/** A function, because one that the pool has would win over everything else. */
const asItIs = (_: unknown, next: () => unknown): unknown => next()

export const statement = (sql: string): MysqlStatement => ({
  sql,
  typeCast: asItIs,
  rowsAsArray: false,
  nestTables: false,
})

/** `undefined` when this is nothing that mysql2 made. */
export const clientFor = (given: unknown, timeout: number): Client | undefined => {
  const lender = lenderOf(given)
  if (lender) {
    listenToEach(given as Emitter)
    return { run: (sql, values) => runOnPool(lender, sql, values, timeout) }
  }
  const asked = connectionOf(given)
  if (!asked) return undefined
  listen(given as Emitter)
  return { run: (sql, values) => runOnConnection(asked, sql, values, timeout) }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const lenderOf = (given: unknown): Lender | undefined => {
  if (!isObject(given) || typeof given.getConnection !== 'function') return undefined
  const within = given.pool
  if (isObject(within) && typeof within.getConnection === 'function') return within as unknown as Lender
  return typeof given.execute === 'function' ? (given as unknown as Lender) : undefined
}

const connectionOf = (given: unknown): Asked | undefined => {
  if (!isObject(given) || typeof given.execute !== 'function') return undefined
  return typeof given.promise === 'function' ? (given.promise() as Asked) : (given as unknown as Asked)
}

interface Emitter {
  on?(event: string, listener: (emitted: Emitter) => void): unknown
}

/** An 'error' that nobody listens to ends the process. What failed is told to whoever called. */
const ignore = (): void => undefined
const listening = new WeakSet<object>()

const listen = (emitter: Emitter): void => {
  if (listening.has(emitter) || typeof emitter.on !== 'function') return
  listening.add(emitter)
  emitter.on('error', ignore)
}

const listenToEach = (pool: Emitter): void => {
  if (listening.has(pool)) return
  listen(pool)
  pool.on?.('connection', listen)
}

/**
 * What has not been sent when the time is over is never sent: a write that nobody waits for any more does not happen.
 * What has been sent takes its connection with it, so that a pool whose server fell silent is not full of connections
 * that never come back.
 */
const runOnPool = (pool: Lender, sql: MysqlStatement, values: MysqlValue[], timeout: number): Promise<unknown> =>
  new Promise((resolve, reject) => {
    let lent: Lent | undefined
    let over = false
    const end = (): boolean => {
      if (over) return false
      over = true
      clearTimeout(timer)
      return true
    }
    const timer = setTimeout(() => {
      if (!end()) return
      lent?.destroy()
      lent?.stream?.destroy?.()
      reject(new StatementTimeout(lent ? 'no answer' : 'no connection'))
    }, timeout)
    pool.getConnection((error, connection) => {
      if (over) return void connection?.release()
      if (error) return void (end() && reject(error))
      lent = connection
      try {
        connection.execute(sql, values, (failure, result) => {
          if (!end()) return
          if (!failure && isCommitted(result)) connection.release()
          else if (failure && !endsConnection(failure)) connection.release()
          else connection.destroy()
          if (failure) reject(failure)
          else resolve(result)
        })
      } catch (failure) {
        if (!end()) return
        connection.release()
        reject(failure)
      }
    })
  })

const runOnConnection = async (
  connection: Asked,
  sql: MysqlStatement,
  values: MysqlValue[],
  timeout: number,
): Promise<unknown> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StatementTimeout('no answer')), timeout)
  })
  try {
    const answer = await Promise.race([connection.execute(sql, values), late])
    if (!Array.isArray(answer)) throw new TypeError('The connection did not answer as one of mysql2.')
    return answer[0]
  } finally {
    clearTimeout(timer)
  }
}

const SERVER_STATUS_IN_TRANS = 1
const SERVER_STATUS_AUTOCOMMIT = 2

/**
 * Whether a statement without rows has taken effect for good. On a connection with autocommit off, or in a transaction
 * that somebody left open, it waits for a COMMIT which the store does not send.
 */
export const isCommitted = (result: unknown): boolean => {
  const status = isObject(result) && !Array.isArray(result) ? result.serverStatus : undefined
  if (typeof status !== 'number') return true
  return (status & SERVER_STATUS_AUTOCOMMIT) !== 0 && (status & SERVER_STATUS_IN_TRANS) === 0
}

/**
 * Where another connection may fare better: the server cannot write any more (after a failover a new connection finds the
 * one that can), or what stands behind the connection does not know the statements that were prepared on it.
 */
const ENDING = new Set<unknown>([1290, 1792, 1836, 1243])

const endsConnection = (failure: unknown): boolean => isObject(failure) && ENDING.has(failure.errno)
