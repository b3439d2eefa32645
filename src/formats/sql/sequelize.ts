/** The table of connect-session-sequelize as each of three databases keeps it. */

import { SessionOptionError } from '../../core/errors.ts'
import type {
  SequelizeFormatOptions,
  SequelizeMysqlOptions,
  SequelizePostgresOptions,
  SequelizeSqliteOptions,
} from '../sequelize.ts'
import { DOLLARS, type Layout, MARKS, RETURNING_MARKS, statementsFor } from './layout.ts'
import { mysqlKey, mysqlRunner, mysqlValue, textOf } from './mysql.ts'
import { checkFlag, checkName, inBackticks, inQuotes } from './names.ts'
import { postgresKey, postgresRunner, postgresValue } from './postgres.ts'
import { sqliteKey, sqliteRunner, sqliteValue } from './sqlite.ts'
import type { SqlFormat } from './store.ts'

export interface SequelizeTable {
  readonly table: string
  readonly columns: {
    readonly [K in 'sid' | 'expires' | 'data']: string
  } & { readonly [K in 'createdAt' | 'updatedAt']: string | false }
}

type Parts = Pick<SqlFormat, 'layout' | 'statements' | 'runner'>

export const sequelizeParts = (
  name: string,
  options: SequelizeFormatOptions,
  table: SequelizeTable,
  isMade: boolean,
): Parts => {
  if (options.dialect === 'postgres') return inPostgres(name, options, table, isMade)
  if (options.dialect === 'mysql') return inMysql(name, options, table, isMade)
  return inSqlite(name, options, table, isMade)
}

/** Later than any `Date` that SQL can write with four digits for the year is no deadline. */
const LAST_INSTANT = Date.parse('9999-12-31T23:59:59.000Z')
const FIRST_INSTANT = 0
const iso = (at: number): string =>
  new Date(Math.min(Math.max(at, FIRST_INSTANT), LAST_INSTANT)).toISOString().replace('T', ' ').slice(0, -1)

/** What Sequelize puts into its timestamps: `{now}` into both at first, and into the second with every change. */
const stamps = ({ columns }: SequelizeTable, quote: (name: string) => string, now: string) => {
  const created = columns.createdAt === false ? {} : { [quote(columns.createdAt)]: now }
  const updated = columns.updatedAt === false ? {} : { [quote(columns.updatedAt)]: now }
  return { created, updated }
}

const inPostgres = (name: string, options: SequelizePostgresOptions, at: SequelizeTable, isMade: boolean): Parts => {
  const { client, schemaName, prepare = true } = options
  const within = schemaName === undefined ? '' : `${inQuotes(checkName('schemaName', schemaName))}.`
  const table = within + inQuotes(at.table)
  const [key, expires, data] = quoted(at, inQuotes)
  const { created, updated } = stamps(at, inQuotes, '{now}::timestamptz')
  const layout: Layout = {
    table,
    key,
    ...postgresKey(key),
    ...postgresValue(data),
    deadline: `(extract(epoch from ${expires}) * 1000)::text`,
    isLive: `${expires} > {now}::timestamptz`,
    insert: {
      [key]: '{key}::text',
      [expires]: '{expires}::timestamptz',
      [data]: '{value}::text',
      ...created,
      ...updated,
    },
    update: { [expires]: '{expires}::timestamptz', [data]: '{value}::text', ...updated },
    touch: { [expires]: '{expires}::timestamptz', ...updated },
    after: '{after}::text',
    limit: '{limit}::int',
    toDeadline: (instant) => `${iso(instant)}+00`,
    toInstant: (now) => `${iso(now)}+00`,
    resolution: 1,
  }
  const types = { text: 'VARCHAR(36)', date: 'TIMESTAMP WITH TIME ZONE' }
  const made = isMade ? { quoted: table, definition: `${definition(table, at, inQuotes, types)};` } : undefined
  return {
    layout,
    statements: statementsFor(layout, DOLLARS),
    runner: postgresRunner(name, client, checkFlag('prepare', prepare), made),
  }
}

const inMysql = (name: string, options: SequelizeMysqlOptions, at: SequelizeTable, isMade: boolean): Parts => {
  const { client, database, timezone = '+00:00', queryTimeout } = options
  const within = database === undefined ? '' : `${inBackticks(checkName('database', database))}.`
  const table = within + inBackticks(at.table)
  const offset = offsetOf(timezone)
  const [key, expires, data] = quoted(at, inBackticks)
  const { created, updated } = stamps(at, inBackticks, '{now}')
  const layout: Layout = {
    table,
    key,
    ...mysqlKey(key),
    ...mysqlValue(data),
    // Not UNIX_TIMESTAMP, which would take the DATETIME for one in the time zone of the connection.
    deadline: `TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', ${expires}) DIV 1000 - ${offset}`,
    isLive: `${expires} > {now}`,
    insert: { [key]: '{key}', [expires]: '{expires}', [data]: textOf('{value}'), ...created, ...updated },
    update: { [expires]: '{expires}', [data]: textOf('{value}'), ...updated },
    touch: { [expires]: '{expires}', ...updated },
    after: '{after}',
    limit: '{limit}',
    toDeadline: (instant) => iso(instant + offset),
    toInstant: (now) => iso(now + offset),
    resolution: 1000,
  }
  const types = { text: 'VARCHAR(36)', date: 'DATETIME' }
  const made = isMade ? `${definition(table, at, inBackticks, types)} ENGINE=InnoDB` : undefined
  const names = { database, table: at.table, valueColumn: at.columns.data }
  return {
    layout,
    statements: statementsFor(layout, MARKS),
    runner: mysqlRunner(name, client, queryTimeout, names, made),
  }
}

const inSqlite = (name: string, options: SequelizeSqliteOptions, at: SequelizeTable, isMade: boolean): Parts => {
  const table = inQuotes(at.table)
  const [key, expires, data] = quoted(at, inQuotes)
  const { created, updated } = stamps(at, inQuotes, "strftime('%Y-%m-%d %H:%M:%f +00:00', {now} / 1000.0, 'unixepoch')")
  // Text like '2026-11-22 15:11:40.322 +00:00', with the offset that Sequelize was given. SQLite counts days, of which
  // 2440587.5 are before 1970, in whole milliseconds.
  const instant = `(CAST(round(julianday(${expires}) * 86400000) AS INTEGER) - 210866760000000)`
  const layout: Layout = {
    table,
    key,
    ...sqliteKey(key),
    ...sqliteValue(data),
    deadline: instant,
    isLive: `${instant} > {now}`,
    insert: { [key]: '{key}', [expires]: '{expires}', [data]: '{value}', ...created, ...updated },
    update: { [expires]: '{expires}', [data]: '{value}', ...updated },
    touch: { [expires]: '{expires}', ...updated },
    after: '{after}',
    limit: '{limit}',
    toDeadline: (deadline) => `${iso(deadline)} +00:00`,
    toInstant: (now) => now,
    resolution: 1,
  }
  const types = { text: 'VARCHAR(36)', date: 'DATETIME' }
  return {
    layout,
    statements: statementsFor(layout, RETURNING_MARKS),
    runner: sqliteRunner(
      name,
      options.client,
      options.busyTimeout,
      isMade ? definition(table, at, inQuotes, types) : undefined,
    ),
  }
}

const quoted = ({ columns }: SequelizeTable, quote: (name: string) => string) =>
  [quote(columns.sid), quote(columns.expires), quote(columns.data)] as const

const definition = (
  table: string,
  { columns }: SequelizeTable,
  quote: (name: string) => string,
  { text, date }: { readonly text: string; readonly date: string },
): string => {
  const key = quote(columns.sid)
  const lines = [`${key} ${text}`, `${quote(columns.expires)} ${date}`, `${quote(columns.data)} TEXT`]
  for (const stamp of [columns.createdAt, columns.updatedAt]) {
    if (stamp !== false) lines.push(`${quote(stamp)} ${date} NOT NULL`)
  }
  return `CREATE TABLE IF NOT EXISTS ${table} (${lines.join(', ')}, PRIMARY KEY (${key}))`
}

const OFFSET = /^([+-])(\d\d):(\d\d)$/

/** In milliseconds. */
const offsetOf = (timezone: unknown): number => {
  const [, sign, hours, minutes] = (typeof timezone === 'string' && OFFSET.exec(timezone)) || []
  if (sign === undefined) throw new SessionOptionError('timezone', 'is no offset.', 'For example: "+00:00".')
  return (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1)
}
