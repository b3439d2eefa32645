/** The table of connect-sqlite3, in place. */

import { checkNames } from '../stores/internal/options.ts'
import type { SqliteDatabase } from '../stores/sqlite/connection.ts'
import { type Layout, RETURNING_MARKS, statementsFor } from './sql/layout.ts'
import { checkFlag, checkName, inQuotes } from './sql/names.ts'
import { revisionOfText } from './sql/revision.ts'
import { sqliteKey, sqliteRunner, sqliteValue } from './sql/sqlite.ts'
import { type SqlFormatStore, sqlFormat } from './sql/store.ts'

export interface SqliteFormatOptions {
  /**
   * An open database: `DatabaseSync` of `node:sqlite`, `Database` of `better-sqlite3` or of `libsql`. Give the store a
   * connection of its own.
   */
  readonly client: SqliteDatabase
  /** As of connect-sqlite3. Default `'sessions'`. */
  readonly table?: string | undefined
  /** True: `ready()` makes the table as connect-sqlite3 does, unless it is there. Default false. */
  readonly createTable?: boolean | undefined
  /** How long a call waits for another connection's lock, in milliseconds, and the process with it. Default 2000. */
  readonly busyTimeout?: number | undefined
}

const NAME = 'connect-sqlite3'

/**
 * A store over the table of connect-sqlite3, which may go on using it at the same time. Its keys are that library's session
 * ids, its values the JSON text that the library stores.
 *
 * Throws `SessionOptionError` for an option that is wrong. Every method rejects with `SessionStoreError`
 * (`ERR_SESSION_STORE`) when the database fails, with `retryable: true` when it was locked.
 */
export const sqliteFormat = (options: SqliteFormatOptions): SqlFormatStore => {
  checkNames(options, ['client', 'table', 'createTable', 'busyTimeout'])
  const { client, table: name = 'sessions', createTable, busyTimeout } = options ?? {}
  const table = inQuotes(checkName('table', name))
  const layout: Layout = {
    table,
    key: 'sid',
    ...sqliteKey('sid'),
    ...sqliteValue('sess'),
    deadline: 'expired',
    isLive: 'expired > {now}',
    insert: { sid: '{key}', expired: '{expires}', sess: '{value}' },
    update: { expired: '{expires}', sess: '{value}' },
    touch: { expired: '{expires}' },
    after: '{after}',
    limit: '{limit}',
    toDeadline: (at) => at,
    toInstant: (now) => now,
    resolution: 1,
  }
  const definition = `CREATE TABLE IF NOT EXISTS ${table} (sid PRIMARY KEY, expired, sess)`
  return sqlFormat({
    name: NAME,
    layout,
    statements: statementsFor(layout, RETURNING_MARKS),
    runner: sqliteRunner(NAME, client, busyTimeout, checkFlag('createTable', createTable) ? definition : undefined),
    revisionOf: revisionOfText,
  })
}
