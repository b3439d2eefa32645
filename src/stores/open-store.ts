/** One store from one URL, for applications that configure it by an environment variable. */

import { mkdir, open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SessionOptionError, SessionStoreError } from '../core/errors.ts'
import type { Store } from '../core/store.ts'
import type { FileStoreOptions } from './file.ts'
import type { OpenedDatabase } from './internal/sqlite-driver.ts'
import type { MemoryStoreOptions } from './memory.ts'
import type { SqliteStoreOptions } from './sqlite.ts'

/** What the URL's store takes, but for what the URL says. An option of another store is an error. */
export type OpenStoreOptions = MemoryStoreOptions & Omit<FileStoreOptions, 'directory'> & SqliteStoreOptions

/** Makes a store of what follows the colon. A driver is loaded by the opener that needs it, and by no other. */
type Opener = (rest: string, options: OpenStoreOptions) => Promise<Store>

const openers: ReadonlyMap<string, Opener> = new Map([
  ['memory', openMemory],
  ['file', openFiles],
  ['sqlite', openSqlite],
])

/**
 * Opens the store that the URL names:
 *
 * - `memory:` is `memoryStore(options)`.
 * - `file:./sessions` is `fileStore({ directory: './sessions', ...options })`.
 * - `sqlite:./sessions.db` is `sqliteStore(database, options)` on a database file. The file and its folder are made
 *   if missing, for this user only. The database is opened with `node:sqlite` where this Node has it, else with `better-sqlite3` or `libsql` from the
 *   project in the current directory. `close()` closes it.
 *
 * A path is relative to the current directory, or absolute (`file:/var/sessions`, `file:///var/sessions`).
 *
 * Rejects with `SessionOptionError` for a URL or option that is wrong, or when a driver is missing (with the command that
 * installs it), and with `SessionStoreError` when the database cannot be opened. No message repeats the URL, which may
 * have a password in it.
 */
export async function openStore(url: string, options: OpenStoreOptions = {}): Promise<Store> {
  if (typeof url !== 'string') throw new SessionOptionError('url', 'is not text.', known())
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]
  if (scheme === undefined) throw new SessionOptionError('url', 'does not begin with a scheme.', known())
  const opener = openers.get(scheme.toLowerCase())
  if (opener === undefined) throw new SessionOptionError('url', 'has a scheme that does not exist.', known())
  return opener(url.slice(scheme.length + 1), options)
}

async function openMemory(rest: string, options: OpenStoreOptions): Promise<Store> {
  if (rest !== '' && rest !== '//') throw new SessionOptionError('url', 'has something after "memory:".')
  const { memoryStore } = await import('./memory.ts')
  return memoryStore(options)
}

async function openFiles(rest: string, options: OpenStoreOptions): Promise<Store> {
  const directory = pathOf(rest)
  const { fileStore } = await import('./file.ts')
  return fileStore({ ...options, directory })
}

async function openSqlite(rest: string, options: OpenStoreOptions): Promise<Store> {
  const path = pathOf(rest)
  const { sqliteStore } = await import('./sqlite.ts')
  const { findSqliteDriver } = await import('./internal/sqlite-driver.ts')
  const Database = findSqliteDriver()
  let database: OpenedDatabase
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    // For this user only, as the folder: a driver would let everybody read a new database.
    await (await open(path, 'a', 0o600)).close()
    database = new Database(path)
  } catch (cause) {
    const help = 'See the cause.'
    throw new SessionStoreError('ERR_SESSION_STORE', `The database ${path} cannot be opened. ${help}`, { cause, help })
  }
  try {
    return closing(sqliteStore(database, options), database)
  } catch (error) {
    database.close()
    throw error
  }
}

/** The store, whose `close` closes the database as well. */
function closing(store: Store, database: OpenedDatabase): Store {
  let closed = false
  return {
    ...store,
    async close() {
      await store.close?.()
      if (!closed) database.close()
      closed = true
    },
  }
}

/** The absolute path after the scheme. With two slashes it is a file URL's, percent-encoded; else it is taken as it is. */
function pathOf(rest: string): string {
  if (rest === ':memory:') throw new SessionOptionError('url', 'names no file.', 'Take "memory:" to keep nothing.')
  if (rest.includes('?')) throw new SessionOptionError('url', 'has a query.', 'Options are the second argument.')
  try {
    const path = rest.startsWith('//') ? fileURLToPath(`file:${rest}`) : rest
    if (path !== '' && !path.includes('\0')) return resolve(path)
  } catch {
    // Such as a host's name: the message below fits.
  }
  throw new SessionOptionError('url', 'names no path on this machine.', 'Write it like "file:./sessions".')
}

function known(): string {
  return `Known are: ${[...openers.keys()].map((scheme) => `${scheme}:`).join(', ')}.`
}
