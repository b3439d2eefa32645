/** PostgreSQL as the stores over other libraries' tables need it. */

import { driverOf } from '../../stores/postgres/client.ts'
import { connect } from '../../stores/postgres/connection.ts'
import { statement } from '../../stores/postgres/statements.ts'
import type { Parameters, SqlValue, Statement } from './layout.ts'
import { type Runner, retold } from './store.ts'

/** Taken while tables are made, because `CREATE TABLE IF NOT EXISTS` fails when two do it at once. "formats" in ASCII. */
const LOCK = '28836228066997363'

export interface PostgresTable {
  /** The table as SQL names it. */
  readonly quoted: string
  /** What makes it. */
  readonly definition: string
}

/** Conditions on a key. */
export const postgresKey = (column: string) => ({
  isKey: `${column} = {key}::text`,
  collides: `${column} = {key}::text`,
})

/** The expression of a column of text or JSON, and the condition that it is as it was, whatever collation it has. */
export const postgresValue = (column: string) => ({
  value: `${column}::text`,
  holds: `${column}::text COLLATE "C" IS NOT DISTINCT FROM {held}::text`,
})

/** @param made what `ready()` makes, if it is to make the table */
export const postgresRunner = (
  name: string,
  client: unknown,
  prepare: boolean,
  made: PostgresTable | undefined,
): Runner => {
  const connection = connect(driverOf(client), { prepare })

  const told = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw retold(error, name, made !== undefined)
    }
  }
  const rows: Runner['rows'] = (act, { text, order }, values, call) =>
    told(() => connection.rows(act, statement(text), bind(order, values), call))

  return {
    admit: (act) => {
      try {
        connection.admit(act)
      } catch (error) {
        throw retold(error, name, false)
      }
    },
    rows,
    write: async (...args) => (await rows(...args)).length,
    bind: (_, value) => value,
    ready: (act) =>
      told(async () => {
        if (made === undefined) return
        // Looked at first, so that a process whose user may make no tables starts where there is one.
        const isMade = statement(`SELECT to_regclass('${made.quoted}') IS NOT NULL`)
        if ((await connection.rows(act, isMade, []))[0]?.[0] === true) return
        await connection.script(act, script(made))
      }),
    close: () => connection.close(),
  }
}

const script = ({ quoted, definition }: PostgresTable): string =>
  `SELECT pg_advisory_xact_lock(${LOCK});\n` +
  `DO $$ BEGIN IF to_regclass('${quoted}') IS NULL THEN ${definition} END IF; END $$;`

const bind = (order: Statement['order'], values: Parameters): (string | null)[] =>
  order.map((name) => toText(values[name] ?? null))

const toText = (value: SqlValue): string | null =>
  typeof value === 'number' ? String(value) : (value as string | null)
