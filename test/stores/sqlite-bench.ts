/** What the SQLite tests share: the drivers that are here, and fresh files. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { type SqliteDatabase, type SqliteStoreOptions, sqliteStore } from '../../src/stores/sqlite.ts'

export type Driver = 'node:sqlite' | 'libsql' | 'better-sqlite3'

interface Drivers {
  readonly everyDriver: readonly Driver[]
  /** Those of `everyDriver` that can be opened here. */
  readonly drivers: readonly Driver[]
  /** `readOnly` has no effect on libsql. */
  openSqlite(driver: Driver, file: string, readOnly?: boolean): SqliteDatabase & { close(): unknown }
}

export const child = (name: string): string => fileURLToPath(new URL(`../children/${name}`, import.meta.url))

// The children share this file, and they are plain JavaScript.
export const { everyDriver, drivers, openSqlite }: Drivers = await import(child('sqlite-open.mjs'))

export const now = 1_700_000_000_000
export const call = { now }

/** The path of a file that does not exist yet, in a folder that goes when the test is over. */
export const freshFile = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-sqlite-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'sessions.db')
}

/** An open database, closed when the test is over. */
export const open = (driver: Driver, file: string, readOnly = false) => {
  const database = openSqlite(driver, file, readOnly)
  onTestFinished(() => {
    try {
      database.close()
    } catch {
      // The test closed it.
    }
  })
  return database
}

/** A store on a file, ready, with the database under it. */
export const openStore = (driver: Driver, file = freshFile(), options?: SqliteStoreOptions) => {
  const database = open(driver, file)
  const store = sqliteStore(database, options)
  store.ready()
  return { file, database, store }
}

export const entry = (revision: string, over: object = {}) => ({
  value: `{"of":"${revision}"}`,
  expiresAt: now + 60_000,
  revision,
  ...over,
})
