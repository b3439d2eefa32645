/** The table of connect-session-sequelize, in place, in any of three databases. */

import { SessionOptionError } from '../core/errors.ts'
import { checkNames } from '../stores/internal/options.ts'
import type { PostgresClient } from '../stores/postgres/client.ts'
import type { SqliteDatabase } from '../stores/sqlite/connection.ts'
import type { MysqlFormatClient } from './sql/mysql.ts'
import { checkColumns, checkFlag, checkName } from './sql/names.ts'
import { revisionOfText } from './sql/revision.ts'
import { type SequelizeTable, sequelizeParts } from './sql/sequelize.ts'
import { type SqlFormatStore, sqlFormat } from './sql/store.ts'

export interface SequelizeColumns {
  readonly sid?: string | undefined
  readonly expires?: string | undefined
  readonly data?: string | undefined
  /** `false` where the model has no timestamps. */
  readonly createdAt?: string | false | undefined
  /** `false` where the model has no timestamps. */
  readonly updatedAt?: string | false | undefined
}

interface Shared {
  /** As of connect-session-sequelize, or the table of the model that it was given. Default `'Sessions'`. */
  readonly tableName?: string | undefined
  /** The columns' names, where the model has others (`underscored`). Default: each as it is called here. */
  readonly columns?: SequelizeColumns | undefined
  /** True: `ready()` makes the table as `sync()` does, unless it is there. Default false. */
  readonly createTable?: boolean | undefined
}

export interface SequelizePostgresOptions extends Shared {
  readonly dialect: 'postgres'
  /** A `Pool` or `Client` of `pg`, `sql` of `postgres` (postgres.js), or a `PGlite`. */
  readonly client: PostgresClient
  /** The schema that the table is in. Default: the first one of the connection's `search_path` that has it. */
  readonly schemaName?: string | undefined
  /** Whether statements are prepared once per connection, as of `postgresStore`. Default true. */
  readonly prepare?: boolean | undefined
}

export interface SequelizeMysqlOptions extends Shared {
  readonly dialect: 'mysql'
  /** A pool or a connection of `mysql2` or `mysql2/promise`. */
  readonly client: MysqlFormatClient
  /** The database that the table is in. Default: the one that the connection has chosen. */
  readonly database?: string | undefined
  /** `timezone` of Sequelize, as an offset: its DATETIMEs are in it. Default `'+00:00'`. */
  readonly timezone?: string | undefined
  /** How long one statement may take, with the wait for a connection, in milliseconds. Default 5000. */
  readonly queryTimeout?: number | undefined
}

export interface SequelizeSqliteOptions extends Shared {
  readonly dialect: 'sqlite'
  /** An open database of `node:sqlite`, `better-sqlite3` or `libsql`: a connection of the store's own. */
  readonly client: SqliteDatabase
  /** How long a call waits for another connection's lock, in milliseconds, and the process with it. Default 2000. */
  readonly busyTimeout?: number | undefined
}

export type SequelizeFormatOptions = SequelizePostgresOptions | SequelizeMysqlOptions | SequelizeSqliteOptions

const NAME = 'connect-session-sequelize'
const SHARED = ['client', 'dialect', 'tableName', 'columns', 'createTable']
const MORE: Readonly<Record<string, readonly string[]>> = {
  postgres: ['schemaName', 'prepare'],
  mysql: ['database', 'timezone', 'queryTimeout'],
  sqlite: ['busyTimeout'],
}
const COLUMNS = { sid: 'sid', expires: 'expires', data: 'data', createdAt: 'createdAt', updatedAt: 'updatedAt' }

/**
 * A store over the table of connect-session-sequelize, which may go on using it at the same time. It asks the database
 * itself, through a client that you hand in, and not Sequelize. Its keys are that library's session ids, its values the
 * JSON text that the library stores. An expired entry is absent, although the library itself would still return it.
 *
 * Throws `SessionOptionError` for an option that is wrong. Every method rejects with `SessionStoreError`
 * (`ERR_SESSION_STORE`) when the database fails, with `retryable: true` when it may work again by itself.
 */
export const sequelizeFormat = (options: SequelizeFormatOptions): SqlFormatStore => {
  const dialect: unknown = options?.dialect
  if (typeof dialect !== 'string' || !Object.hasOwn(MORE, dialect)) {
    throw new SessionOptionError('dialect', 'is unknown.', `There are: ${Object.keys(MORE).join(', ')}.`)
  }
  checkNames(options, [...SHARED, ...(MORE[dialect] ?? [])])
  const table: SequelizeTable = {
    table: checkName('tableName', options.tableName ?? 'Sessions'),
    columns: checkColumns('columns', options.columns, COLUMNS, ['createdAt', 'updatedAt']),
  }
  const isMade = checkFlag('createTable', options.createTable)
  return sqlFormat({ name: NAME, ...sequelizeParts(NAME, options, table, isMade), revisionOf: revisionOfText })
}
