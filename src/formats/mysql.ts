/** The tables of express-mysql-session and of koa-mysql-session, in place. */

import { SessionOptionError } from '../core/errors.ts'
import { checkNames } from '../stores/internal/options.ts'
import { type Layout, MARKS, statementsFor } from './sql/layout.ts'
import { type MysqlFormatClient, mysqlKey, mysqlRunner, mysqlValue, textOf } from './sql/mysql.ts'
import { checkColumns, checkFlag, checkName, inBackticks } from './sql/names.ts'
import { revisionOfJson } from './sql/revision.ts'
import { type SqlFormatStore, sqlFormat } from './sql/store.ts'

export type { MysqlFormatClient } from './sql/mysql.ts'
export type { SqlFormatStore } from './sql/store.ts'

/** The library that the table belongs to. */
export type MysqlFormatLayout = 'express-mysql-session' | 'koa-mysql-session'

export interface MysqlFormatOptions {
  /** A pool (better, because it replaces connections that end) or a connection of `mysql2` or `mysql2/promise`. */
  readonly client: MysqlFormatClient
  /** Default `'express-mysql-session'`. */
  readonly layout?: MysqlFormatLayout | undefined
  /** `schema.tableName` of express-mysql-session. Default `'sessions'`, or `'_mysql_session_store'` of koa-mysql-session. */
  readonly tableName?: string | undefined
  /** `schema.columnNames` of express-mysql-session. Default: each column has the name that it has here. */
  readonly columnNames?: { readonly session_id?: string; readonly expires?: string; readonly data?: string } | undefined
  /** The database that the table is in. Default: the one that the connection has chosen. */
  readonly database?: string | undefined
  /** True: `ready()` makes the table as the library does, unless it is there. Default false. */
  readonly createTable?: boolean | undefined
  /** How long one statement may take, with the wait for a connection, in milliseconds. Default 5000. */
  readonly queryTimeout?: number | undefined
}

interface Kind {
  readonly tableName: string
  readonly columnNames: { readonly session_id: string; readonly expires: string; readonly data: string }
  /** From the column `expires` to milliseconds. */
  readonly deadline: (column: string) => string
  readonly resolution: number
  toDeadline(at: number): number
  toInstant(now: number): number
  definition(table: string, key: string, expires: string, data: string): string
}

const LAST_UNSIGNED_INT = 4_294_967_295

const KINDS: Readonly<Record<MysqlFormatLayout, Kind>> = {
  'express-mysql-session': {
    tableName: 'sessions',
    columnNames: { session_id: 'session_id', expires: 'expires', data: 'data' },
    deadline: (column) => `${column} * 1000`,
    resolution: 1000,
    toDeadline: (at) => Math.min(Math.max(Math.round(at / 1000), 0), LAST_UNSIGNED_INT),
    // Of whole seconds: later than the whole ones of now is later than now.
    toInstant: (now) => Math.floor(now / 1000),
    definition: (table, key, expires, data) =>
      `CREATE TABLE IF NOT EXISTS ${table} (${key} varchar(128) COLLATE utf8mb4_bin NOT NULL, ` +
      `${expires} int(11) unsigned NOT NULL, ${data} mediumtext COLLATE utf8mb4_bin, PRIMARY KEY (${key})) ENGINE=InnoDB`,
  },
  'koa-mysql-session': {
    tableName: '_mysql_session_store',
    columnNames: { session_id: 'id', expires: 'expires', data: 'data' },
    deadline: (column) => column,
    resolution: 1,
    toDeadline: (at) => at,
    toInstant: (now) => now,
    definition: (table, key, expires, data) =>
      `CREATE TABLE IF NOT EXISTS ${table} (${key} VARCHAR(255) NOT NULL, ${expires} BIGINT NULL, ` +
      `${data} TEXT NULL, PRIMARY KEY (${key}))`,
  },
}

const OPTIONS = ['client', 'layout', 'tableName', 'columnNames', 'database', 'createTable', 'queryTimeout']

/**
 * A store over the table of express-mysql-session 3 or koa-mysql-session, which may go on using it at the same time. Its
 * keys are that library's session ids, its values the JSON text that the library stores.
 *
 * Throws `SessionOptionError` for an option that is wrong. Every method rejects with `SessionStoreError`
 * (`ERR_SESSION_STORE`) when the server fails, with `retryable: true` where the same call may succeed later.
 */
export const mysqlFormat = (options: MysqlFormatOptions): SqlFormatStore => {
  checkNames(options, OPTIONS)
  const {
    layout: name = 'express-mysql-session',
    client,
    database,
    createTable,
    queryTimeout,
    ...names
  } = options ?? {}
  if (!Object.hasOwn(KINDS, name)) {
    throw new SessionOptionError('layout', 'is unknown.', `There are: ${Object.keys(KINDS).join(', ')}.`)
  }
  const kind = KINDS[name]
  const tableName = checkName('tableName', names.tableName ?? kind.tableName)
  const columns = checkColumns('columnNames', names.columnNames, kind.columnNames)
  const within = database === undefined ? '' : `${inBackticks(checkName('database', database))}.`
  const table = within + inBackticks(tableName)
  const key = inBackticks(columns.session_id)
  const expires = inBackticks(columns.expires)
  const data = inBackticks(columns.data)

  const layout: Layout = {
    table,
    key,
    ...mysqlKey(key),
    ...mysqlValue(data),
    deadline: kind.deadline(expires),
    isLive: `${expires} > {now}`,
    insert: { [key]: '{key}', [expires]: '{expires}', [data]: textOf('{value}') },
    update: { [expires]: '{expires}', [data]: textOf('{value}') },
    touch: { [expires]: '{expires}' },
    after: '{after}',
    limit: '{limit}',
    toDeadline: kind.toDeadline,
    toInstant: kind.toInstant,
    resolution: kind.resolution,
  }
  const place = { database, table: tableName, valueColumn: columns.data }
  const definition = checkFlag('createTable', createTable) ? kind.definition(table, key, expires, data) : undefined
  return sqlFormat({
    name,
    layout,
    statements: statementsFor(layout, MARKS),
    runner: mysqlRunner(name, client, queryTimeout, place, definition),
    // The column may be JSON, which MySQL does not keep as text.
    revisionOf: revisionOfJson,
  })
}
