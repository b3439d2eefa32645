/** What a table of another library is like, and the statements that follow from it. */

export type SqlValue = string | number | null | Uint8Array

/** The parameters of all statements. In SQL they stand in braces, each as often as it is needed: `{key}`. */
export interface Parameters {
  readonly key?: SqlValue
  readonly value?: SqlValue
  /** A deadline, as `Layout.toDeadline` makes it. */
  readonly expires?: SqlValue
  /** The caller's clock, as `Layout.toInstant` makes it. */
  readonly now?: SqlValue
  /** What the column of the value held when it was read. */
  readonly held?: SqlValue
  readonly after?: SqlValue
  readonly limit?: SqlValue
}

/** One column's new content, as an expression. */
export type Assignments = Readonly<Record<string, string>>

/** Every column is named as SQL names it, quoted. */
export interface Layout {
  readonly table: string
  readonly key: string
  /** Condition: the row's key is `{key}`, byte for byte. */
  readonly isKey: string
  /** Condition: the column takes the row's key and `{key}` for one and the same. */
  readonly collides: string
  /** Expression: the stored text, so that the driver neither parses nor converts it. */
  readonly value: string
  /** Condition: the row still holds `{held}`. */
  readonly holds: string
  /** Expression: the deadline in milliseconds since 1970. */
  readonly deadline: string
  /** Condition: the deadline is later than `{now}`. */
  readonly isLive: string
  readonly insert: Assignments
  readonly update: Assignments
  readonly touch: Assignments
  /** `{after}` and `{limit}`, with a cast where the server needs one. */
  readonly after: string
  readonly limit: string
  toDeadline(at: number): SqlValue
  toInstant(now: number): SqlValue
  /** Deadlines that are less than this apart may be one and the same once they are stored. In milliseconds. */
  readonly resolution: number
}

export interface Dialect {
  /** How the parameter stands in SQL: the n-th one (from 1) that is bound. */
  place(n: number): string
  /** Whether a parameter is bound once and named several times. */
  readonly numbered: boolean
  /** What makes a write answer a row for each row that it wrote. */
  readonly counted: string
  /** What makes an insert of a key that is there write no row, where it is no error. */
  readonly orNothing: string
}

export interface Statement {
  readonly text: string
  readonly order: readonly (keyof Parameters)[]
}

export const DOLLARS: Dialect = {
  place: (n) => `$${n}`,
  numbered: true,
  counted: ' RETURNING 1',
  orNothing: ' ON CONFLICT DO NOTHING',
}
export const RETURNING_MARKS: Dialect = { ...DOLLARS, place: () => '?', numbered: false }
export const MARKS: Dialect = { place: () => '?', numbered: false, counted: '', orNothing: '' }

const PARAMETER = /\{(\w+)\}/g

export const compile = (sql: string, { place, numbered }: Dialect): Statement => {
  const order: (keyof Parameters)[] = []
  const text = sql.replace(PARAMETER, (_, name: keyof Parameters) => {
    const at = order.indexOf(name)
    if (numbered && at >= 0) return place(at + 1)
    return place(order.push(name))
  })
  return { text, order }
}

export type Statements = ReturnType<typeof statementsFor>

export const statementsFor = (layout: Layout, dialect: Dialect) => {
  const { table, key, value, deadline, isKey, isLive, holds, collides } = layout
  const to = (sql: string) => compile(sql, dialect)
  const write = (sql: string) => to(sql + dialect.counted)
  const set = (assignments: Assignments) =>
    Object.entries(assignments)
      .map(([column, expression]) => `${column} = ${expression}`)
      .join(', ')
  // True also of a row without a deadline.
  const isDead = `(${isLive}) IS NOT TRUE`
  const as = `${value} AS value, ${deadline} AS deadline`
  const columns = Object.keys(layout.insert).join(', ')
  const values = Object.values(layout.insert).join(', ')
  return {
    read: to(`SELECT ${as} FROM ${table} WHERE ${isKey}`),
    look: to(`SELECT ${as} FROM ${table} WHERE ${collides}`),
    insert: write(`INSERT INTO ${table} (${columns}) VALUES (${values})${dialect.orNothing}`),
    update: write(`UPDATE ${table} SET ${set(layout.update)} WHERE ${isKey} AND ${isLive} AND ${holds}`),
    touch: write(`UPDATE ${table} SET ${set(layout.touch)} WHERE ${isKey} AND ${isLive} AND ${holds}`),
    delete: write(`DELETE FROM ${table} WHERE ${isKey} AND ${isLive}`),
    deleteIf: write(`DELETE FROM ${table} WHERE ${isKey} AND ${isLive} AND ${holds}`),
    deleteDead: write(`DELETE FROM ${table} WHERE ${collides} AND ${isDead}`),
    list: to(
      `SELECT ${key} AS id, ${deadline} AS deadline FROM ${table} ` +
        `WHERE ${key} > ${layout.after} ORDER BY ${key} LIMIT ${layout.limit}`,
    ),
    count: to(`SELECT COUNT(*) AS entries FROM ${table} WHERE ${isLive}`),
    // Read first and then removed one by one through the primary key: these tables have no index on the deadline, and a
    // DELETE that walks through all rows would lock all of them.
    dead: to(`SELECT ${key} AS id FROM ${table} WHERE ${isDead} LIMIT ${layout.limit}`),
    ping: to(`SELECT 1 AS answer FROM ${table} LIMIT 1`),
  }
}
