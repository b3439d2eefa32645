/** Runs statements for the store: tries again what lost against other transactions, and codes what fails. */

import { setTimeout as pause } from 'node:timers/promises'
import type { StoreCall } from '../../core/store.ts'
import { type Client, type Header, isCommitted, type MysqlStatement, type MysqlValue, type Row } from './client.ts'
import { failed, isDuplicate, isPassing, storeFailure } from './failure.ts'

/** `act` is what the caller tries to do, for the message of a failure. */
export interface Connection {
  /** Throws when the store was closed. */
  admit(act: string): void
  /** All rows of a SELECT, each as `read` makes it. */
  rows<T>(
    act: string,
    read: (row: Row) => T,
    statement: MysqlStatement,
    values: MysqlValue[],
    call?: StoreCall,
  ): Promise<readonly T[]>
  /** How many rows a write matched; only those that it changed where the connection has no flag FOUND_ROWS. */
  write(act: string, statement: MysqlStatement, values: MysqlValue[], call?: StoreCall): Promise<number>
  /** False when the key is there already, expired or not. */
  insert(act: string, statement: MysqlStatement, values: MysqlValue[], call?: StoreCall): Promise<boolean>
  close(): void
}

const MOST_RETRIES = 3
const LONGEST_PAUSE_MS = 10

export const connect = (client: Client): Connection => {
  let closed = false

  const admit = (act: string): void => {
    if (closed) throw failed(act, 'it was closed')
  }

  const run = async (statement: MysqlStatement, values: MysqlValue[], call?: StoreCall): Promise<unknown> => {
    for (let retries = 0; ; retries += 1) {
      try {
        return await client.run(statement, values)
      } catch (error) {
        // The server has rolled back what it says this of, and each of our statements is a transaction of its own.
        if (!isPassing(error) || retries === MOST_RETRIES || call?.signal?.aborted) throw error
        await pause(Math.random() * LONGEST_PAUSE_MS * 2 ** retries)
      }
    }
  }

  const write: Connection['write'] = async (act, statement, values, call) => {
    admit(act)
    try {
      const result = (await run(statement, values, call)) as Header | undefined
      if (!isCommitted(result)) throw notCommitted(act)
      const affected = Number(result?.affectedRows)
      if (Number.isSafeInteger(affected)) return affected
      throw new TypeError('A write was not answered with a number of rows.')
    } catch (error) {
      throw storeFailure(act, error)
    }
  }

  return {
    admit,
    async rows(act, read, statement, values, call) {
      admit(act)
      try {
        const result = await run(statement, values, call)
        if (Array.isArray(result)) return result.map((row: Row) => read(row))
        throw new TypeError('A SELECT was not answered with rows.')
      } catch (error) {
        throw storeFailure(act, error)
      }
    },
    write,
    async insert(act, statement, values, call) {
      try {
        await write(act, statement, values, call)
        return true
      } catch (error) {
        if (isDuplicate((error as Error).cause)) return false
        throw error
      }
    },
    close() {
      closed = true
    },
  }
}

const notCommitted = (act: string) =>
  failed(act, 'its connection has autocommit switched off, or is inside a transaction that the store did not begin', {
    help: 'Give the store a pool of its own whose connections have autocommit = 1: nothing that it writes is kept otherwise.',
  })
