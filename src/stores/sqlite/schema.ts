/** The table of the store: its name, its DDL, and making it while other processes do the same. */

import { SessionOptionError, SessionStoreError } from '../../core/errors.ts'
import type { Connection } from './connection.ts'

const DEFAULT_TABLE = 'holdfast_sessions'

/** Which layout the tables of this database have, one row per table, so that a later release knows what it meets. */
const REGISTER = 'holdfast_schema'
const VERSION = 1

const TABLE = /^[A-Za-z_][A-Za-z0-9_]{0,59}$/

/** Throws unless the name needs no escaping and is free for a table of ours. */
export const checkTable = (table: unknown = DEFAULT_TABLE): string => {
  if (typeof table === 'string' && TABLE.test(table) && !/^(sqlite_|holdfast_schema$)/i.test(table)) return table
  throw new SessionOptionError(
    'table',
    'is not a name of 1 to 60 letters, digits and underscores that begins with neither a digit nor "sqlite_".',
    `The default is "${DEFAULT_TABLE}".`,
  )
}

/**
 * The DDL that `ready()` runs, to print, review or run by another tool: `sqlite3 sessions.db < schema.sql`. Running it
 * again changes nothing.
 *
 * @throws SessionOptionError when the table's name is not plain letters, digits and underscores.
 */
export const sqliteSchema = (table?: string): string =>
  `PRAGMA journal_mode = WAL;\nBEGIN IMMEDIATE;\n${definition(checkTable(table))}COMMIT;\n`

// An ordinary table and not WITHOUT ROWID: with 2 KB per session the latter took twice as long for an update and three
// times as long for a read. The value comes last, so that nothing reads through it to find a deadline.
const definition = (table: string): string => `CREATE TABLE IF NOT EXISTS "${table}" (
  key TEXT NOT NULL PRIMARY KEY,
  expires_at INTEGER NOT NULL, -- milliseconds since 1970
  revision TEXT NOT NULL,
  owner TEXT,
  value NOT NULL -- TEXT; a BLOB of UTF-16LE when text cannot hold it
);
CREATE INDEX IF NOT EXISTS "${table}_owner" ON "${table}" (owner, key) WHERE owner IS NOT NULL;
CREATE INDEX IF NOT EXISTS "${table}_expires_at" ON "${table}" (expires_at);
CREATE TABLE IF NOT EXISTS ${REGISTER} (name TEXT NOT NULL PRIMARY KEY COLLATE NOCASE, version INTEGER NOT NULL);
INSERT INTO ${REGISTER} (name, version) VALUES ('${table}', ${VERSION}) ON CONFLICT (name) DO NOTHING;
`

/** Makes the table unless it is there, and refuses one that this release does not know. */
export const makeTable = (connection: Connection, table: string): void => {
  const act = 'prepare its table'
  // Looked at first, so that a restart needs no write lock.
  if (connection.read(act, () => isMade(connection, table))) return
  connection.read(act, () => enterWal(connection))
  connection.write(act, () => {
    connection.exec(definition(table))
    isMade(connection, table)
  })
}

const isMade = ({ rows }: Connection, table: string): boolean => {
  const sql = `SELECT name FROM sqlite_master WHERE type = 'table' AND name COLLATE NOCASE IN ('${REGISTER}', ?)`
  if (rows(sql, table).length < 2) return false
  const version = rows(`SELECT version FROM ${REGISTER} WHERE name = ?`, table)[0]?.version
  if (version === undefined) return false
  if (Number(version) !== VERSION) {
    const problem = `Table "${table}" has layout ${Number(version)}, and this release of Holdfast knows ${VERSION}.`
    const help = 'Use the release that made the table, or another "table".'
    throw new SessionStoreError('ERR_SESSION_STORE', `${problem} ${help}`, { help })
  }
  // Fails on a table of the same name that something else made.
  rows(`SELECT key, expires_at, revision, owner, value FROM "${table}" LIMIT 0`)
  return true
}

const enterWal = ({ rows, exec }: Connection): void => {
  if (rows('PRAGMA journal_mode')[0]?.journal_mode !== 'wal') exec('PRAGMA journal_mode = WAL')
}
