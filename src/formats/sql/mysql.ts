/** MySQL and MariaDB as the stores over other libraries' tables need them. */

import { SessionOptionError } from '../../core/errors.ts'
import { bound } from '../../stores/internal/options.ts'
import {
  type Client,
  clientFor,
  type MysqlConnection,
  type MysqlPool,
  type MysqlValue,
  type Row,
  statement,
} from '../../stores/mysql/client.ts'
import { connect } from '../../stores/mysql/connection.ts'
import { failed } from '../../stores/mysql/failure.ts'
import type { Parameters, SqlValue, Statement } from './layout.ts'
import { type Runner, retold } from './store.ts'

export type MysqlFormatClient = MysqlPool | MysqlConnection

export interface MysqlTableName {
  readonly database: string | undefined
  readonly table: string
  readonly valueColumn: string
}

const DEFAULT_QUERY_TIMEOUT_MS = 5000
/** Below it, it fits into every column of text and into every packet. */
const SMALL_VALUE = 60_000
/** What a packet holds beside the value, at most. It goes with the value that was there. */
const PACKET_MARGIN = 4096

const ROOM = statement(
  'SELECT @@max_allowed_packet AS packet, (SELECT CHARACTER_OCTET_LENGTH FROM information_schema.COLUMNS ' +
    'WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ? AND COLUMN_NAME = ?) AS room',
)

// The column may be text of any character set, JSON or bytes, and the connection may have another character set than
// either: what goes in and out is bytes of UTF-8.
export const bytesOf = (expression: string): string => `CAST(CONVERT(${expression} USING utf8mb4) AS BINARY)`
export const textOf = (parameter: string): string => `CONVERT(CAST(${parameter} AS BINARY) USING utf8mb4)`

/** Conditions on a key, under any collation: through the index first, and then byte for byte. */
export const mysqlKey = (column: string) => ({
  isKey: `${column} = {key} AND ${bytesOf(column)} = CAST({key} AS BINARY)`,
  collides: `${column} = {key}`,
})

/** The expression of a column of text, and the condition that it is as it was. */
export const mysqlValue = (column: string) => ({
  value: bytesOf(column),
  holds: `${bytesOf(column)} <=> CAST({held} AS BINARY)`,
})

/** @param definition what `ready()` runs, if it is to make the table */
export const mysqlRunner = (
  name: string,
  given: unknown,
  queryTimeout: unknown,
  { database, table, valueColumn }: MysqlTableName,
  definition: string | undefined,
): Runner => {
  const timeout = bound(queryTimeout, 'queryTimeout', DEFAULT_QUERY_TIMEOUT_MS, 2 ** 31 - 1)
  const client = clientFor(given, timeout)
  if (!client) throw new SessionOptionError('client', 'is no pool or connection of mysql2 or mysql2/promise.')
  const connection = connect(unaltered(client))
  const { admit, close } = connection

  const told = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw retold(error, name, definition !== undefined)
    }
  }

  return {
    admit: (act) => {
      try {
        admit(act)
      } catch (error) {
        throw retold(error, name, false)
      }
    },
    rows: (act, { text, order }, values, call) =>
      told(() => connection.rows(act, Object.values<unknown>, statement(text), bind(order, values), call)),
    write: (act, { text, order }, values, call) =>
      told(async () => {
        const write = text.startsWith('INSERT') ? connection.insert : connection.write
        return Number(await write(act, statement(text), bind(order, values), call))
      }),
    async bind(act, value) {
      const bytes = Buffer.from(value)
      if (bytes.length > SMALL_VALUE) await told(() => checkRoom(act, bytes.length))
      return bytes
    },
    ready: (act) =>
      told(async () => {
        if (definition !== undefined) await connection.write(act, statement(definition), [])
      }),
    close,
  }

  /** A packet that is too large costs the connection; a column that is too small would cost the session. */
  async function checkRoom(act: string, length: number): Promise<void> {
    const values = [database ?? null, table, valueColumn]
    const [found] = await connection.rows(act, (row: Row) => row, ROOM, values)
    const packet = Number(found?.packet)
    const room = Number(found?.room ?? Number.POSITIVE_INFINITY)
    // The statement carries the value that is there as well.
    if (length <= room && 2 * length + PACKET_MARGIN <= packet) return
    throw failed(act, 'its value does not fit into the column, or into a packet for the server', {
      help: 'Keep less in a session, make the column MEDIUMTEXT, or raise max_allowed_packet.',
    })
  }
}

/** Numbers go as text: the driver would send them as floating point, which LIMIT does not take. */
const bind = (order: Statement['order'], values: Parameters): MysqlValue[] =>
  order.map((name) => toMysql(values[name] ?? null))

const toMysql = (value: SqlValue): MysqlValue => {
  if (typeof value === 'number') return String(value)
  return value instanceof Uint8Array && !Buffer.isBuffer(value) ? Buffer.from(value) : (value as MysqlValue)
}

/**
 * Without strict mode, a server cuts off or replaces what a column cannot take, and says so in a warning only. These tables
 * have columns that are small, or in a character set of their own.
 */
const unaltered = ({ run }: Client): Client => ({
  async run(sql, values) {
    const result = await run(sql, values)
    const warnings = (result as { readonly warningStatus?: unknown } | null)?.warningStatus
    if (/^(INSERT|UPDATE)/.test(sql.sql) && typeof warnings === 'number' && warnings > 0) {
      throw failed('keep an entry', 'the server warned that it has stored something else', {
        help: 'Turn its strict mode on (sql_mode), and give the table columns of utf8mb4 that are large enough.',
      })
    }
    return result
  },
})
