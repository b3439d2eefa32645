/** The table of the store: its names, its DDL, and making it while other processes do the same. */

import { SessionOptionError, SessionStoreError } from '../../core/errors.ts'
import type { Connection } from './connection.ts'
import { refusal } from './failure.ts'
import { BUCKET_BITS, statement } from './statements.ts'

export interface PostgresSchemaOptions {
  /** The table's name: 1 to 48 letters, digits and underscores. Default `'holdfast_sessions'`. */
  readonly table?: string | undefined
  /** The schema that it is in. Default: the first one of the connection's `search_path`, as a rule `public`. */
  readonly schema?: string | undefined
}

/** Names that are checked, and quoted where they go into SQL. */
export interface Names {
  readonly table: string
  readonly schema: string | undefined
  /** The table as SQL names it. */
  readonly quoted: string
  readonly register: string
}

const DEFAULT_TABLE = 'holdfast_sessions'
/** Which layout the tables of this schema have, one row per table, so that a later release knows what it meets. */
const REGISTER = 'holdfast_schema'
const VERSION = 1
/** Taken while tables are made: `CREATE TABLE IF NOT EXISTS` fails when two do it at once. "holdfast" in ASCII. */
const LOCK = '7525352680829580148'

/** No name of an index gets longer than the 63 bytes that PostgreSQL keeps. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,47}$/

/** Throws unless the names need no escaping and are free for a table of ours. */
export const checkTable = ({ table = DEFAULT_TABLE, schema }: PostgresSchemaOptions): Names => {
  if (typeof table !== 'string' || !NAME.test(table) || table === REGISTER) {
    throw new SessionOptionError(
      'table',
      `is not a name of 1 to 48 letters, digits and underscores that begins with no digit, or is "${REGISTER}".`,
      `The default is "${DEFAULT_TABLE}".`,
    )
  }
  if (schema !== undefined && (typeof schema !== 'string' || !NAME.test(schema) || /^pg_/.test(schema))) {
    throw new SessionOptionError(
      'schema',
      'is not a name of 1 to 48 letters, digits and underscores that begins with neither a digit nor "pg_".',
      'Leave it out to use the first schema of the search_path.',
    )
  }
  const within = schema === undefined ? '' : `"${schema}".`
  return { table, schema, quoted: `${within}"${table}"`, register: `${within}"${REGISTER}"` }
}

/**
 * The DDL that `ready()` runs, to print, review or run by another tool (`psql -f schema.sql`). Running it again changes
 * nothing. It also makes the schema, if one is named and missing.
 *
 * @throws SessionOptionError when a name is not plain letters, digits and underscores.
 */
export const postgresSchema = (options: PostgresSchemaOptions = {}): string =>
  `BEGIN;\n${definition(checkTable(options))}COMMIT;\n`

const definition = ({ table, schema, quoted, register }: Names): string => `SELECT pg_advisory_xact_lock(${LOCK});
${schema === undefined ? '' : makeSchema(schema)}CREATE TABLE IF NOT EXISTS ${quoted} (
  key text COLLATE "C" NOT NULL PRIMARY KEY,
  expires_at bigint NOT NULL, -- milliseconds since 1970
  expires_bucket bigint NOT NULL GENERATED ALWAYS AS (expires_at >> ${BUCKET_BITS}) STORED,
  revision text COLLATE "C" NOT NULL,
  owner text COLLATE "C",
  value text NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX IF NOT EXISTS "${table}_owner" ON ${quoted} (owner, key) WHERE owner IS NOT NULL;
CREATE INDEX IF NOT EXISTS "${table}_expires_bucket" ON ${quoted} (expires_bucket);
CREATE TABLE IF NOT EXISTS ${register} (name text COLLATE "C" NOT NULL PRIMARY KEY, version integer NOT NULL);
INSERT INTO ${register} (name, version) VALUES ('${table}', ${VERSION}) ON CONFLICT (name) DO NOTHING;
`

// Not CREATE SCHEMA IF NOT EXISTS, which asks for the right to make one even where it is there.
const makeSchema = (schema: string): string =>
  `DO $$ BEGIN IF to_regnamespace('"${schema}"') IS NULL THEN CREATE SCHEMA "${schema}"; END IF; END $$;\n`

const COLUMNS = ['expires_at bigint', 'key text', 'owner text', 'revision text', 'value text']
const ACT = 'prepare its table'

/** Makes the table unless it is there, and refuses one that this release does not know. */
export const makeTable = async (connection: Connection, names: Names): Promise<void> => {
  // Looked at first, so that a process whose user may make no tables starts where there is one.
  if (await isMade(connection, names)) return
  await connection.script(ACT, definition(names))
  if (!(await isMade(connection, names))) throw foreign(names.table)
}

const isMade = async ({ rows }: Connection, { table, quoted, register }: Names): Promise<boolean> => {
  const [found] = await rows(
    ACT,
    statement(
      "SELECT current_setting('server_encoding'), to_regclass($1::text) IS NOT NULL, to_regclass($2::text) IS NOT NULL",
    ),
    [quoted, register],
  )
  const [encoding, hasTable, hasRegister] = found ?? []
  if (encoding !== 'UTF8' && encoding !== 'SQL_ASCII') {
    const help = "Make one with CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0."
    throw refusal(ACT, 'the database is not in UTF8 and cannot keep every text', help)
  }
  const version = hasRegister ? await versionOf(rows, register, table) : undefined
  if (version !== undefined && version !== VERSION) {
    const problem = `Table "${table}" has layout ${version}, and this release of Holdfast knows ${VERSION}.`
    const help = 'Use the release that made the table, or another "table".'
    throw new SessionStoreError('ERR_SESSION_STORE', `${problem} ${help}`, { help })
  }
  if (!hasTable) return false
  const columns = await rows(
    ACT,
    statement(
      "SELECT attname::text || ' ' || format_type(atttypid, NULL) FROM pg_attribute " +
        'WHERE attrelid = to_regclass($1::text) AND attnum > 0 AND NOT attisdropped',
    ),
    [quoted],
  )
  const there = new Set(columns.map(([column]) => column))
  if (version === undefined || COLUMNS.some((column) => !there.has(column))) throw foreign(table)
  return true
}

const versionOf = async (rows: Connection['rows'], register: string, table: string): Promise<number | undefined> => {
  const sql = statement(`SELECT version FROM ${register} WHERE name = $1::text`)
  const [row] = await rows(ACT, sql, [table])
  return row && Number(row[0])
}

const foreign = (table: string): SessionStoreError =>
  refusal(
    ACT,
    `a table "${table}" is there that Holdfast did not make, or that was changed since`,
    'Use another "table" or "schema", or compare it with what postgresSchema() returns. Holdfast never alters it.',
  )
