/** What a driver's error means, said without a key, a value or any other SQL parameter. */

import { isSessionError, SessionStoreError } from '../../core/errors.ts'

/** Primary result codes, for `node:sqlite`, which gives numbers; better-sqlite3 and libsql give names. */
const NAMES: Readonly<Record<number, string>> = {
  1: 'SQLITE_ERROR',
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  15: 'SQLITE_PROTOCOL',
  18: 'SQLITE_TOOBIG',
  26: 'SQLITE_NOTADB',
}

const LOCKED = {
  problem: 'the database stayed locked',
  help: 'Another connection held its lock for longer than "busyTimeout": keep its transactions short, or wait longer.',
}
const DAMAGED = {
  problem: 'the file is damaged or is no SQLite database',
  help: 'Restore it from a backup, or move it away to start empty. Holdfast never replaces it.',
}

const MEANINGS: Readonly<Record<string, { readonly problem: string; readonly help: string }>> = {
  SQLITE_ERROR: {
    problem: 'the statement does not fit the database',
    help: 'Make the table with store.ready() or with what sqliteSchema(table) returns.',
  },
  SQLITE_BUSY: LOCKED,
  SQLITE_LOCKED: LOCKED,
  SQLITE_PROTOCOL: LOCKED,
  SQLITE_READONLY: {
    problem: 'the database is read-only',
    help: 'Open it for writing, and let the process write the file and its folder.',
  },
  SQLITE_IOERR: { problem: 'reading or writing the file failed', help: 'Look at the disk and the file system.' },
  SQLITE_CORRUPT: DAMAGED,
  SQLITE_NOTADB: DAMAGED,
  SQLITE_FULL: { problem: 'the disk or the database is full', help: 'Make room; nothing was written.' },
  SQLITE_CANTOPEN: {
    problem: 'a file of the database cannot be opened',
    help: 'Check that the folder exists and that the process may write the file and its folder.',
  },
  SQLITE_TOOBIG: { problem: 'the value is larger than SQLite keeps', help: 'Keep less in a session.' },
}

/** The primary result code, like `'SQLITE_BUSY'`, or `undefined` when the error does not come from SQLite. */
const codeOf = (error: unknown): string | undefined => {
  if (typeof error !== 'object' || error === null) return undefined
  const { code, errcode } = error as { readonly code?: unknown; readonly errcode?: unknown }
  if (typeof errcode === 'number') return NAMES[errcode & 0xff]
  return typeof code === 'string' ? /^SQLITE_[A-Z]+/.exec(code)?.[0] : undefined
}

/** Whether waiting for other connections may help. */
export const isLocked = (error: unknown): boolean => {
  const code = codeOf(error)
  return code !== undefined && MEANINGS[code] === LOCKED
}

/** The coded error for whatever happened while the store tried to `act`, with the driver's error as its cause. */
export const storeFailure = (act: string, error: unknown): unknown => {
  if (isSessionError(error)) return error
  const code = codeOf(error)
  const meaning = code === undefined ? undefined : MEANINGS[code]
  const problem = meaning?.problem ?? 'the driver failed'
  const message = `The sqlite store could not ${act}: ${problem}${code === undefined ? '' : ` (${code})`}.`
  return new SessionStoreError('ERR_SESSION_STORE', meaning ? `${message} ${meaning.help}` : message, {
    cause: error,
    retryable: meaning === LOCKED,
    ...(meaning && { help: meaning.help }),
  })
}
