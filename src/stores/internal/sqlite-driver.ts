/** Finds an SQLite driver: the one of this Node, else one that the application has installed. */

import { createRequire } from 'node:module'
import { join } from 'node:path'
import { SessionOptionError } from '../../core/errors.ts'
import type { SqliteDatabase } from '../sqlite.ts'

/** A database that we opened and therefore close. */
export interface OpenedDatabase extends SqliteDatabase {
  close(): unknown
}

export type SqliteDriver = new (path: string) => OpenedDatabase

/** In the order they are looked for. Both have the same interface and are installed with their binary. */
const PACKAGES = ['better-sqlite3', 'libsql']

/** Throws `SessionOptionError` with the install command when there is none that works. */
export function findSqliteDriver(): SqliteDriver {
  const builtIn = process.getBuiltinModule?.('node:sqlite') as { DatabaseSync: SqliteDriver } | undefined
  if (builtIn) return builtIn.DatabaseSync
  // From where the application runs, not from where this library lies: the driver is the application's.
  const require = createRequire(join(process.cwd(), 'package.json'))
  const broken: string[] = []
  for (const name of PACKAGES) {
    let path: string
    try {
      path = require.resolve(name)
    } catch {
      continue
    }
    try {
      const driver = require(path) as SqliteDriver
      // Some load their binary with the first database only, and it may be made for another Node.
      new driver(':memory:').close()
      return driver
    } catch {
      broken.push(name)
    }
  }
  throw broken.length === 0 ? noDriver() : brokenDriver(broken)
}

function noDriver(): SessionOptionError {
  return new SessionOptionError(
    'url',
    `asks for SQLite, which this Node (${process.version}) does not have, and no driver is installed.`,
    'Run "npm install better-sqlite3" (or libsql), or use Node 22.13 or later.',
  )
}

function brokenDriver(names: readonly string[]): SessionOptionError {
  return new SessionOptionError(
    'url',
    `asks for SQLite, and the installed driver (${names.join(', ')}) does not load on this Node (${process.version}).`,
    `Run "npm rebuild ${names[0]}", or install it again.`,
  )
}
