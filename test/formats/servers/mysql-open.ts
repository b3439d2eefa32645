/** What the tests of express-mysql-session's and koa-mysql-session's tables share. */

import { createRequire } from 'node:module'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createPool, type Pool, type PoolOptions } from 'mysql2/promise'
import { onTestFinished } from 'vitest'
import { freshTable } from '../../stores/mysql/open.ts'

const require = createRequire(import.meta.url)
const session = require('express-session')
const MySQLStore = require('express-mysql-session')(session)
// biome-ignore lint/suspicious/noExplicitAny: the package has no types.
const KoaStore: any = require('koa-mysql-session')

export interface Theirs {
  /** As a middleware takes it. */
  readonly store: unknown
  get(sid: string): Promise<unknown>
  set(sid: string, data: object): Promise<unknown>
  touch(sid: string, data: object): Promise<unknown>
  destroy(sid: string): Promise<unknown>
}

/** A session as express-session hands one to a store. */
export const theirSession = (data: object, maxAge: number | null): { cookie: Record<string, unknown> } => {
  const cookie = new session.Cookie()
  cookie.maxAge = maxAge
  cookie.originalMaxAge = maxAge
  return { cookie, ...data }
}

interface Columns {
  readonly session_id?: string
  readonly expires?: string
  readonly data?: string
}

/** The real express-mysql-session, through its callbacks. It makes its table unless `made` says that it is there. */
export const expressStore = async (
  url: string,
  tableName: string,
  { columnNames = {}, made = false }: { readonly columnNames?: Columns; readonly made?: boolean } = {},
): Promise<Theirs> => {
  const { hostname: host, port, username: user, password, pathname } = new URL(url)
  const store = new MySQLStore({
    ...{ host, port: Number(port), user, password, database: pathname.slice(1) },
    ...{ clearExpired: false, createDatabaseTable: !made, schema: { tableName, columnNames } },
  })
  onTestFinished(() => store.close())
  await store.onReady()
  return {
    store,
    get: promisify(store.get.bind(store)),
    set: promisify(store.set.bind(store)),
    touch: promisify(store.touch.bind(store)),
    destroy: promisify(store.destroy.bind(store)),
  }
}

/** The methods of koa-mysql-session 0.0.2 are generators that yield functions which take a callback. */
const co = async (generator: Generator): Promise<unknown> => {
  for (let step = generator.next(); ; ) {
    if (step.done) return step.value
    const answer = await promisify(step.value as (done: (error: Error | null, rows: unknown) => void) => void)()
    // What has more than one result is handed on as an array.
    step = generator.next([answer])
  }
}

/** The real koa-mysql-session. Its table has a fixed name, and it makes it without saying when. */
export const koaStore = async (url: string, pool: Pool) => {
  const { hostname: host, port, username: user, password, pathname } = new URL(url)
  const database = pathname.slice(1)
  const { setInterval: real } = globalThis
  // It cleans up every quarter of an hour, and would keep this process.
  globalThis.setInterval = ((...args: Parameters<typeof real>) => real(...args).unref()) as typeof real
  const store = new KoaStore({ host, port: Number(port), user, password, database, charset: 'utf8mb4' })
  globalThis.setInterval = real
  onTestFinished(() => promisify(store.getConnection().end.bind(store.getConnection()))() as Promise<void>)
  for (;;) {
    const [rows] = await pool.query("SHOW TABLES LIKE '\\_mysql\\_session\\_store'")
    if ((rows as readonly unknown[]).length > 0) break
    await pause(10)
  }
  return {
    get: (sid: string) => co(store.get(sid)),
    set: (sid: string, data: object, ttl?: number) => co(store.set(sid, data, ttl)),
    destroy: (sid: string) => co(store.destroy(sid)),
  }
}

/** A pool and a table's name of this test alone. */
export const openPool = (url: string, settings: PoolOptions = {}) => {
  const pool = createPool({ uri: url, connectionLimit: 5, ...settings })
  const tableName = freshTable()
  onTestFinished(async () => {
    await pool.query(`DROP TABLE IF EXISTS \`${tableName}\``)
    await pool.end()
  })
  return { pool, tableName }
}
