/** As much of the package `sqlite3` as connect-sqlite3 and Sequelize call, over a database that answers at once. */

import type { SqliteDatabase, SqliteValue } from '../../src/stores/sqlite.ts'

type Done = (this: { lastID: number; changes: number }, error: Error | null, result?: unknown) => void
type Bound = readonly SqliteValue[] | Readonly<Record<string, SqliteValue>>

interface Runs {
  all(...values: SqliteValue[]): unknown[]
  run(...values: SqliteValue[]): { readonly lastInsertRowid: number | bigint; readonly changes: number | bigint }
}

/** Sequelize binds `$1`, `$2` ... by name, connect-sqlite3 in turn. */
const toValues = (bound: Bound): SqliteValue[] =>
  Array.isArray(bound)
    ? [...bound]
    : Object.keys(bound).map((_, n) => (bound as Record<string, SqliteValue>)[`$${n + 1}`]!)

export const sqlite3Handle = (database: SqliteDatabase & { close(): unknown }) => {
  const later = (work: () => [object, unknown?], done?: Done) => {
    let outcome: [Error] | [null, object, unknown?]
    try {
      outcome = [null, ...work()]
    } catch (error) {
      outcome = [error as Error]
    }
    setImmediate(() => done?.apply((outcome[1] ?? {}) as ThisParameterType<Done>, [outcome[0], outcome[2]]))
  }
  const prepare = (sql: string) => database.prepare(sql.replace(/\$(\d+)/g, '?$1')) as unknown as Runs
  const all = (sql: string, bound: Bound | Done = [], done?: Done) => {
    if (typeof bound === 'function') later(() => [{}, prepare(sql).all()], bound)
    else later(() => [{}, prepare(sql).all(...toValues(bound))], done)
  }
  return {
    all,
    get: (sql: string, bound: Bound, done: Done) => later(() => [{}, prepare(sql).all(...toValues(bound))[0]], done),
    run: (sql: string, bound: Bound = [], done?: Done) =>
      later(() => {
        const { lastInsertRowid, changes } = prepare(sql).run(...toValues(bound))
        return [{ lastID: Number(lastInsertRowid), changes: Number(changes) }]
      }, done),
    exec: (sql: string, done?: Done) => later(() => [{ of: database.exec(sql) }], done),
    serialize: (work: () => void) => work(),
    // Whoever opened the database closes it, also before Sequelize does; node:sqlite refuses to do it twice.
    close: (done?: Done) => later(() => [{}], done),
  }
}
