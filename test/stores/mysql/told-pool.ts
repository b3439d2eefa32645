import type { MysqlPool } from '../../../src/stores/mysql.ts'
import { CANARY } from './failure-of.ts'

/** A pool of mysql2 as far as the store sees it, whose statements end as told, one after the other; `'never'` does not. */
export function toldPool(...ends: (Error | object | 'never')[]) {
  const told = { statements: 0, released: 0, destroyed: 0 }
  const connection = {
    execute(_: unknown, __: unknown, callback: (error: Error | null, result: unknown) => void) {
      const end = ends[Math.min(told.statements, ends.length - 1)]
      told.statements += 1
      if (end === 'never') return
      process.nextTick(() => (end instanceof Error ? callback(end, undefined) : callback(null, end)))
    },
    release: () => void (told.released += 1),
    destroy: () => void (told.destroyed += 1),
  }
  const pool: MysqlPool = { getConnection: (callback) => callback(null, connection), execute: () => undefined }
  return { told, pool }
}

export const serverError = (errno: number, code = `ER_${errno}`) =>
  Object.assign(new Error(`about '${CANARY}'`), { errno, code, sql: CANARY, sqlMessage: CANARY })
export const done = { affectedRows: 1, serverStatus: 2 }
