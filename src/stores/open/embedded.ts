/** Opens the stores that need no server. */

import { mkdir, open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SessionOptionError, SessionStoreError } from '../../core/errors.ts'
import type { OpenedDatabase } from '../internal/sqlite-driver.ts'
import { closing } from './closing.ts'
import type { Opener } from './opener.ts'

export const openMemory: Opener = async ({ rest, options }) => {
  if (rest !== '' && rest !== '//') throw new SessionOptionError('url', 'has something after "memory:".')
  const { memoryStore } = await import('../memory.ts')
  return memoryStore(options)
}

export const openFiles: Opener = async ({ rest, options }) => {
  const directory = pathOf(rest)
  const { fileStore } = await import('../file.ts')
  return fileStore({ ...options, directory })
}

export const openSqlite: Opener = async ({ rest, options }) => {
  const path = pathOf(rest)
  const { sqliteStore } = await import('../sqlite.ts')
  const { findSqliteDriver } = await import('../internal/sqlite-driver.ts')
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
    return closing(sqliteStore(database, options), () => database.close())
  } catch (error) {
    database.close()
    throw error
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
