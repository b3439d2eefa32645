/** The table of the store: its name, its DDL, and making it while other processes do the same. */

import { SessionOptionError } from '../../core/errors.ts'
import { type Row, statement } from './client.ts'
import type { Connection } from './connection.ts'
import { failed } from './failure.ts'

export interface MysqlTable {
  /** Letters, digits and underscores. Default `'holdfast_sessions'`. */
  readonly table?: string | undefined
  /** The database that the table is in. Default: the one that the connection has chosen. */
  readonly database?: string | undefined
}

const DEFAULT_TABLE = 'holdfast_sessions'

/** In the table's comment, so that it is made, moved and dropped together with the table. */
const VERSION = 1
const MARK = 'Holdfast sessions, layout '

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/

/** Throws unless the names need no escaping. The answer is what stands in SQL. */
export const checkTable = ({ table = DEFAULT_TABLE, database }: MysqlTable): string => {
  checkName('table', table)
  if (database === undefined) return `\`${table}\``
  checkName('database', database)
  return `\`${database}\`.\`${table}\``
}

const checkName = (option: string, name: unknown): void => {
  if (typeof name === 'string' && NAME.test(name)) return
  const problem = 'is not a name of 1 to 64 letters, digits and underscores that does not begin with a digit.'
  throw new SessionOptionError(option, problem, option === 'table' ? `The default is "${DEFAULT_TABLE}".` : undefined)
}

/**
 * The DDL that `ready()` runs, to print, review or run by another tool: `mariadb holdfast < schema.sql`. Running it again
 * changes nothing.
 *
 * @throws SessionOptionError when a name is not plain letters, digits and underscores.
 */
export const mysqlSchema = (options: MysqlTable = {}): string => `${definition(checkTable(options))};\n`

// VARBINARY and not CHAR with a binary collation, under which 'a' and 'a ' are equal. LONGBLOB, which is never the limit:
// a server without strict mode would cut off what does not fit. The value comes last, and InnoDB keeps what is long apart.
const definition = (table: string): string => `CREATE TABLE IF NOT EXISTS ${table} (
  \`key\` VARBINARY(255) NOT NULL,
  expires_at BIGINT NOT NULL COMMENT 'milliseconds since 1970',
  revision VARBINARY(64) NOT NULL,
  owner VARBINARY(765) NULL COMMENT 'UTF-8',
  value LONGBLOB NOT NULL COMMENT 'UTF-8; UTF-16LE after a byte FF when that cannot hold it',
  PRIMARY KEY (\`key\`),
  KEY owner_key (owner, \`key\`),
  KEY expires_at (expires_at)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC COMMENT = '${MARK}${VERSION}'`

/** By column: type, and the least length in bytes. */
const COLUMNS: Readonly<Record<string, readonly [string, number]>> = {
  key: ['varbinary', 255],
  expires_at: ['bigint', 0],
  revision: ['varbinary', 64],
  owner: ['varbinary', 765],
  value: ['longblob', 0],
}

const ACT = 'prepare its table'

/** Where the connection's character set is `binary`, names and words come as bytes. */
const asText = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Buffer.isBuffer(value) ? String(value) : value]))

const SETTINGS = statement('SELECT DATABASE() AS chosen, @@autocommit AS autocommit, @@max_allowed_packet AS packet')
const TABLES = statement(
  'SELECT ENGINE AS engine, TABLE_COMMENT AS comment FROM information_schema.TABLES ' +
    'WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
)
const COLUMNS_OF = statement(
  'SELECT COLUMN_NAME AS `column`, DATA_TYPE AS type, CHARACTER_OCTET_LENGTH AS bytes, ' +
    'COLUMN_KEY AS `index` FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
)

/** Makes the table unless it is there, and refuses one that this release does not know. */
export const makeTable = async (connection: Connection, options: MysqlTable): Promise<{ readonly packet: number }> => {
  const { rows, write } = connection
  const [settings] = await rows(ACT, asText, SETTINGS, [])
  if (Number(settings?.autocommit) !== 1) {
    throw failed(ACT, 'its connections have autocommit switched off', { help: AUTOCOMMIT })
  }
  const database = options.database ?? settings?.chosen
  if (typeof database !== 'string') {
    throw failed(ACT, 'no database is chosen', { help: 'Name one as "database" of the pool or of the store.' })
  }
  if (!(await isMade(connection, options, database))) {
    await write(ACT, statement(definition(checkTable(options))), [])
    if (!(await isMade(connection, options, database))) {
      throw failed(ACT, 'the table cannot be seen after it was made', { help: 'Call ready() of the primary server.' })
    }
  }
  return { packet: Number(settings?.packet) }
}

const isMade = async ({ rows }: Connection, options: MysqlTable, database: string): Promise<boolean> => {
  const { table = DEFAULT_TABLE } = options
  const [made] = await rows(ACT, asText, TABLES, [database, table])
  if (!made) return false
  const version = String(made.comment).startsWith(MARK) ? String(made.comment).slice(MARK.length) : undefined
  if (version === undefined) throw foreign(table, `has no comment "${MARK}${VERSION}", so something else made it`)
  if (version !== String(VERSION)) {
    throw failed(
      ACT,
      `table "${table}" has layout ${version.slice(0, 10)}, and this release of Holdfast knows ${VERSION}`,
      {
        help: 'Use the release that made the table, or another "table".',
      },
    )
  }
  if (String(made.engine).toLowerCase() !== 'innodb') throw foreign(table, 'is not kept by InnoDB')
  const columns = new Map((await rows(ACT, asText, COLUMNS_OF, [database, table])).map((row) => [row.column, row]))
  for (const [name, [type, bytes]] of Object.entries(COLUMNS)) {
    const column = columns.get(name)
    if (column?.type !== type || Number(column.bytes ?? 0) < bytes) {
      throw foreign(table, `has no column "${name}" as the schema has it`)
    }
  }
  const primary = [...columns.values()].filter(({ index }) => index === 'PRI').map(({ column }) => column)
  if (primary.join() !== 'key') throw foreign(table, 'has another primary key')
  return true
}

const AUTOCOMMIT =
  'Give the store a pool whose connections have autocommit = 1: nothing that it writes is kept otherwise.'

const foreign = (table: string, problem: string) =>
  failed(ACT, `table "${table}" ${problem}`, {
    help: 'Choose another "table", or move it away and call store.ready(). mysqlSchema() returns what is needed.',
  })
