/** What the tests of connect-pg-simple's table share. */

import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import pg from 'pg'
import { onTestFinished } from 'vitest'

const require = createRequire(import.meta.url)
const session = require('express-session')
const PgStore = require('connect-pg-simple')(session)

/** A session as express-session hands one to a store. */
export const theirSession = (data: object, maxAge: number | null): { cookie: Record<string, unknown> } => {
  const cookie = new session.Cookie()
  cookie.maxAge = maxAge
  cookie.originalMaxAge = maxAge
  return { cookie, ...data }
}

export interface PgStoreOptions {
  readonly tableName?: string
  readonly schemaName?: string
  readonly createTableIfMissing?: boolean
}

/** The real connect-pg-simple, through its callbacks. */
export const pgStore = (pool: pg.Pool, options: PgStoreOptions = {}) => {
  const store = new PgStore({ pool, pruneSessionInterval: false, ...options })
  onTestFinished(() => store.close())
  return {
    /** As a middleware takes it. */
    store,
    get: promisify(store.get.bind(store)) as (sid: string) => Promise<unknown>,
    set: promisify(store.set.bind(store)) as (sid: string, data: object) => Promise<void>,
    touch: promisify(store.touch.bind(store)) as (sid: string, data: object) => Promise<void>,
    destroy: promisify(store.destroy.bind(store)) as (sid: string) => Promise<void>,
    prune: promisify(store.pruneSessions.bind(store)) as () => Promise<void>,
  }
}

/** Its connections are in this time zone. */
export const openPool = (url: string, timeZone?: string): pg.Pool => {
  const options = timeZone === undefined ? {} : { options: `-c TimeZone=${timeZone}` }
  const pool = new pg.Pool({ connectionString: url, max: 5, ...options })
  onTestFinished(() => pool.end())
  return pool
}
