/** The one place that talks to the client: what is tried again, what becomes a coded error, when a call is refused. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { StoreCall } from '../../core/store.ts'
import { type Driver, rowsOf } from './client.ts'
import { codeOf, refusal, storeFailure } from './failure.ts'
import type { Row } from './row.ts'
import type { Statement } from './statements.ts'

export interface Connection {
  /** All rows of one statement. `act` is what the caller tries to do, for the message of a failure. */
  rows(act: string, statement: Statement, values: readonly (string | null)[], call?: StoreCall): Promise<readonly Row[]>
  /** Several statements, all or none of them. */
  script(act: string, sql: string): Promise<void>
  /** Throws if the store was closed. */
  admit(act: string): void
  close(): void
}

/** The server has rolled back and says that the same may work now. */
const ROLLED_BACK = new Set(['40001', '40P01'])
const RETRIES = 3
const PAUSE_MS = 10

/**
 * The named statement is not on this connection, or is there already: a pooler in transaction mode is in between. Found
 * while the statement is bound, before any of it has run.
 */
const LOST_STATEMENT = new Set(['26000', '42P05'])
/** A prepared statement is older than the table's columns. Also found before it runs. */
const OUTDATED_STATEMENT = '0A000'

export const connect = (driver: Driver, options: { readonly prepare: boolean }): Connection => {
  let named = options.prepare
  let closed = false

  const admit = (act: string): void => {
    if (closed) throw refusal(act, 'it was closed')
    if (driver.inTransaction()) {
      const problem = 'its connection is inside a transaction that the store did not begin'
      throw refusal(act, problem, 'Give the store a connection of its own.')
    }
  }

  const send = async (statement: Statement, values: readonly (string | null)[], call?: StoreCall): Promise<unknown> => {
    const prepared = named
    try {
      return await driver.run(statement, values, prepared, call)
    } catch (error) {
      const code = codeOf(error)
      if (!prepared || code === undefined) throw error
      if (LOST_STATEMENT.has(code)) named = false
      else if (code !== OUTDATED_STATEMENT) throw error
      return driver.run(statement, values, false, call)
    }
  }

  /** Only what the server says it has rolled back: after a broken connection a write may have taken effect. */
  const patiently = async <T>(act: string, work: () => PromiseLike<T>): Promise<T> => {
    for (let tries = 0; ; tries += 1) {
      try {
        admit(act)
        return await work()
      } catch (error) {
        if (tries === RETRIES || !ROLLED_BACK.has(codeOf(error) ?? '')) throw storeFailure(act, error)
      }
      await sleep(Math.random() * PAUSE_MS * 2 ** tries)
    }
  }

  return {
    rows: (act, statement, values, call) => patiently(act, async () => rowsOf(await send(statement, values, call))),
    async script(act, sql) {
      await patiently(act, () => driver.script(sql))
    },
    admit,
    close() {
      closed = true
    },
  }
}
