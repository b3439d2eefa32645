/** The table of connect-pg-simple, in place. */

import { SessionOptionError } from '../core/errors.ts'
import { checkNames } from '../stores/internal/options.ts'
import type { PostgresClient } from '../stores/postgres/client.ts'
import { DOLLARS, type Layout, statementsFor } from './sql/layout.ts'
import { checkFlag, checkName, inQuotes } from './sql/names.ts'
import { postgresKey, postgresRunner, postgresValue } from './sql/postgres.ts'
import { revisionOfJson } from './sql/revision.ts'
import { type SqlFormatStore, sqlFormat } from './sql/store.ts'

export interface PostgresFormatOptions {
  /** A `Pool` or `Client` of `pg`, `sql` of `postgres` (postgres.js), or a `PGlite`. */
  readonly client: PostgresClient
  /** As of connect-pg-simple. Default: the first schema of the connection's `search_path` that has the table. */
  readonly schemaName?: string | undefined
  /** As of connect-pg-simple. Default `'session'`. */
  readonly tableName?: string | undefined
  /**
   * The time zone in which the table's deadlines are, like `'America/Los_Angeles'`: the `TimeZone` of the connections of
   * connect-pg-simple. Default: that of our own connections, which then has to be the same as that of its connections.
   */
  readonly timeZone?: string | undefined
  /** True: `ready()` makes the table as connect-pg-simple does, unless it is there. Default false. */
  readonly createTable?: boolean | undefined
  /** Whether statements are prepared once per connection, as of `postgresStore`. Default true. */
  readonly prepare?: boolean | undefined
}

const NAME = 'connect-pg-simple'
const OPTIONS = ['client', 'schemaName', 'tableName', 'timeZone', 'createTable', 'prepare']
const TIME_ZONE = /^[A-Za-z0-9_+\-/:]{1,64}$/
/** The last whole second that every reader knows as a date. */
const LAST_SECOND = 253_402_300_799

/**
 * A store over the table of connect-pg-simple, which may go on using it at the same time. Its keys are that library's
 * session ids, its values the JSON text of its column `sess`, which may be `json`, `jsonb` or text.
 *
 * Throws `SessionOptionError` for an option that is wrong. Every method rejects with `SessionStoreError`
 * (`ERR_SESSION_STORE`) when the database fails, with `retryable: true` when it may work again by itself.
 */
export const postgresFormat = (options: PostgresFormatOptions): SqlFormatStore => {
  checkNames(options, OPTIONS)
  const { client, schemaName, tableName = 'session', timeZone, createTable, prepare = true } = options ?? {}
  checkName('tableName', tableName)
  const within = schemaName === undefined ? '' : `${inQuotes(checkName('schemaName', schemaName))}.`
  const table = within + inQuotes(tableName)
  if (timeZone !== undefined && !(typeof timeZone === 'string' && TIME_ZONE.test(timeZone))) {
    throw new SessionOptionError('timeZone', 'is no name of a time zone.', 'For example: "UTC".')
  }

  // A timestamp without a time zone, put into the column from one that has one: PostgreSQL converts it in the zone of the
  // connection, on writing and on comparing. That is what the library does, so these expressions are the library's.
  const zone = timeZone === undefined ? '' : ` AT TIME ZONE '${timeZone}'`
  const instant = (parameter: string) => `to_timestamp(${parameter}::float8)${zone}`
  const expire = timeZone === undefined ? 'expire::timestamptz' : `expire${zone}`
  const layout: Layout = {
    table,
    key: 'sid',
    ...postgresKey('sid'),
    ...postgresValue('sess'),
    deadline: `(extract(epoch from ${expire}) * 1000)::text`,
    isLive: `expire > ${instant('{now}')}`,
    // From json there is a way into jsonb and into text; from text there is none into json.
    insert: { sid: '{key}::text', sess: '{value}::text::json', expire: instant('{expires}') },
    update: { sess: '{value}::text::json', expire: instant('{expires}') },
    touch: { expire: instant('{expires}') },
    after: '{after}::text',
    limit: '{limit}::int',
    toDeadline: (at) => Math.min(Math.max(Math.ceil(at / 1000), 0), LAST_SECOND),
    toInstant: (now) => now / 1000,
    resolution: 1000,
  }
  const made = checkFlag('createTable', createTable)
    ? { quoted: table, definition: definition(table, tableName) }
    : undefined
  return sqlFormat({
    name: NAME,
    layout,
    statements: statementsFor(layout, DOLLARS),
    runner: postgresRunner(NAME, client, checkFlag('prepare', prepare), made),
    // jsonb does not keep the text.
    revisionOf: revisionOfJson,
  })
}

/** The library gives the same names to constraint and index of every table, so that a schema takes only one of them. */
const definition = (table: string, name: string): string =>
  `CREATE TABLE ${table} ("sid" varchar NOT NULL COLLATE "default", "sess" json NOT NULL, ` +
  `"expire" timestamp(6) NOT NULL) WITH (OIDS=FALSE); ALTER TABLE ${table} ADD CONSTRAINT "${name}_pkey" ` +
  `PRIMARY KEY ("sid") NOT DEFERRABLE INITIALLY IMMEDIATE; CREATE INDEX "IDX_${name}_expire" ON ${table} ("expire");`
