/** connect-session-sequelize on Sequelize with its real drivers, and our store on the same table with a client of its own. */

import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { type Options, Sequelize } from 'sequelize'
import { onTestFinished } from 'vitest'
import type { SequelizeFormatOptions } from '../../../src/formats/sequelize.ts'
import type { Driver } from '../../stores/sqlite-bench.ts'
import { open } from '../../stores/sqlite-bench.ts'
import { sqlite3Handle } from '../sqlite3-handle.ts'

const require = createRequire(import.meta.url)
const session = require('express-session')
const SequelizeStore = require('connect-session-sequelize')(session.Store)

/** A session as express-session hands one to a store. */
export const theirSession = (data: object, maxAge: number | null): { cookie: Record<string, unknown> } => {
  const cookie = new session.Cookie()
  cookie.maxAge = maxAge
  cookie.originalMaxAge = maxAge
  return { cookie, ...data }
}

/** The real connect-session-sequelize, through its callbacks. `sync` makes its table. */
export const sequelizeStore = (db: Sequelize, options: object = {}) => {
  const store = new SequelizeStore({ db, checkExpirationInterval: 0, ...options })
  return {
    /** As a middleware takes it. */
    store,
    sync: () => store.sync() as Promise<unknown>,
    get: promisify(store.get.bind(store)) as (sid: string) => Promise<unknown>,
    set: promisify(store.set.bind(store)) as (sid: string, data: object) => Promise<unknown>,
    touch: promisify(store.touch.bind(store)) as (sid: string, data: object) => Promise<unknown>,
    destroy: promisify(store.destroy.bind(store)) as (sid: string) => Promise<unknown>,
    length: promisify(store.length.bind(store)) as () => Promise<number>,
    clearExpired: promisify(store.clearExpiredSessions.bind(store)) as () => Promise<unknown>,
  }
}

/** Ended when the test is over. */
export const openSequelize = (url: string, options: Options = {}): Sequelize => {
  const db = new Sequelize(url, { logging: false, ...options })
  onTestFinished(() => db.close())
  return db
}

/** Sequelize's dialect of SQLite wants the package sqlite3: this is what it calls of it, over another driver. */
export const openSequelizeOnSqlite = (driver: Driver, file: string): Sequelize => {
  function Database(path: string, _mode: number, done: (error: Error | null) => void) {
    setImmediate(done, null)
    return sqlite3Handle(open(driver, path))
  }
  return openSequelize(`sqlite:${file}`, {
    dialectModule: { Database, OPEN_READWRITE: 2, OPEN_CREATE: 4 },
    storage: file,
  })
}

/** Where a test has Sequelize and our store side by side. */
export interface Side {
  readonly db: Sequelize
  /** What our store is made of, anew each time, so that each has connections of its own. */
  ours(): Promise<SequelizeFormatOptions> | SequelizeFormatOptions
  raw(sql: string): Promise<readonly Record<string, unknown>[]>
  /** How exactly the column keeps deadlines, in milliseconds. */
  readonly resolution: number
}
