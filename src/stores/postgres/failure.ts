/** What a client's error means, said without a key, a value or any other SQL parameter. */

import { isSessionError, SessionStoreError } from '../../core/errors.ts'

interface Meaning {
  readonly problem: string
  readonly help?: string
  readonly retryable?: boolean
  readonly notReady?: boolean
}

const LOST: Meaning = {
  problem: 'the connection broke, and whether a write took effect is unknown',
  retryable: true,
}
const UNREACHABLE: Meaning = {
  problem: 'the server cannot be reached',
  help: 'Check its address, and that it is up.',
  retryable: true,
}
const ENDED: Meaning = {
  problem: 'the client has been ended',
  help: 'Keep it open for as long as the store is in use.',
}
const DEAD: Meaning = {
  problem: 'its one connection is dead',
  help: 'A Client of pg does not connect again. Hand in a Pool.',
}
const NO_TABLE: Meaning = {
  problem: 'its table is missing',
  help: 'Make it with store.ready(), or run what postgresSchema() returns.',
  notReady: true,
}
const NOT_OURS: Meaning = {
  problem: 'the table is not as this release of Holdfast makes it',
  help: 'Compare it with what postgresSchema() returns, or use another "table".',
}
const REFUSED: Meaning = {
  problem: 'the server refuses the user',
  help: 'Check user and password of the client, and pg_hba.conf.',
}
const CONTENDED: Meaning = { problem: 'other transactions kept getting in the way', retryable: true }
const GOING_DOWN: Meaning = {
  problem: 'the server ended the connection or is starting or stopping',
  retryable: true,
}
const FULL: Meaning = { problem: 'the disk of the server is full', help: 'Make room; nothing was written.' }
const CROWDED: Meaning = {
  problem: 'the server takes no more connections',
  help: 'Lower the pools’ sizes, raise max_connections, or put a pooler in between.',
  retryable: true,
}
const SHORT: Meaning = { problem: 'the server is short of memory or another resource', retryable: true }
const DAMAGED: Meaning = { problem: 'the server found its files damaged', help: 'Look at the server’s log.' }
const TOO_SLOW: Meaning = {
  problem: 'it did not answer in time',
  help: 'Look at the server, at locks, and at the timeouts of the client.',
  retryable: true,
}

/** SQLSTATEs and their first two characters, codes of Node and of postgres.js. */
const BY_CODE: Readonly<Record<string, Meaning>> = {
  '08': LOST,
  '08001': UNREACHABLE,
  '08004': REFUSED,
  '0A000': NOT_OURS,
  '22021': { problem: 'the database’s encoding cannot keep the text', help: 'Use a database in UTF8.' },
  '22P05': { problem: 'the database’s encoding cannot keep the text', help: 'Use a database in UTF8.' },
  '25006': {
    problem: 'the server is read-only',
    help: 'Connect to the primary and not to a replica (target_session_attrs=read-write); nothing was written.',
  },
  '25P02': {
    problem: 'its connection is inside a failed transaction',
    help: 'Give the store a connection of its own.',
  },
  '28': REFUSED,
  '3D000': { problem: 'the database does not exist', help: 'Make it, or name another one to the client.' },
  '3F000': NO_TABLE,
  '40': CONTENDED,
  '42501': {
    problem: 'the user may not do this',
    help: 'Grant SELECT, INSERT, UPDATE and DELETE on the table and SELECT on "holdfast_schema"; make them as their owner.',
  },
  '42703': NOT_OURS,
  '42804': NOT_OURS,
  '42P01': NO_TABLE,
  '42P10': NOT_OURS,
  '53': SHORT,
  '53100': FULL,
  '53300': CROWDED,
  '54': { problem: 'the value is larger than PostgreSQL keeps', help: 'Keep less in a session.' },
  '55P03': { problem: 'a lock was held for longer than lock_timeout', retryable: true },
  '57014': { problem: 'the statement was cancelled (statement_timeout?); nothing was written', retryable: true },
  '57P': GOING_DOWN,
  '58': { problem: 'the server’s files or its system failed', help: 'Look at the server’s log.' },
  XX: { problem: 'the server failed within', help: 'Look at the server’s log.' },
  XX001: DAMAGED,
  XX002: DAMAGED,
  CONNECTION_CLOSED: LOST,
  CONNECTION_DESTROYED: ENDED,
  CONNECTION_ENDED: ENDED,
  CONNECT_TIMEOUT: UNREACHABLE,
  ECONNREFUSED: UNREACHABLE,
  ECONNRESET: LOST,
  EPIPE: LOST,
  ETIMEDOUT: UNREACHABLE,
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  ENOTFOUND: UNREACHABLE,
  EAI_AGAIN: UNREACHABLE,
  ENOENT: UNREACHABLE,
}

/** What pg and PGlite say without a code. */
const BY_MESSAGE: readonly (readonly [RegExp, Meaning])[] = [
  [/^Connection terminated due to connection timeout|^timeout expired/, UNREACHABLE],
  [/^Connection terminated/, LOST],
  [
    /timeout exceeded when trying to connect/,
    { ...TOO_SLOW, problem: 'no connection of the pool became free in time' },
  ],
  [/^Query read timeout/, TOO_SLOW],
  [/after calling end on the pool|Client was closed|PGlite is clos/, ENDED],
  [/is not queryable/, DEAD],
  [/password must be a string/, REFUSED],
]

/** The SQLSTATE, or another short code. */
export const codeOf = (error: unknown): string | undefined => {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code
  return typeof code === 'string' && /^[A-Z0-9_]{4,40}$/.test(code) ? code : undefined
}

const meaningOf = (error: unknown, code: string | undefined): Meaning | undefined => {
  if (code !== undefined) {
    const meaning = BY_CODE[code] ?? BY_CODE[code.slice(0, 3)] ?? BY_CODE[code.slice(0, 2)]
    const { syscall } = error as { readonly syscall?: unknown }
    return meaning === UNREACHABLE && /^(read|write)$/.test(String(syscall)) ? LOST : meaning
  }
  const message = (error as { readonly message?: unknown } | null | undefined)?.message
  if (typeof message !== 'string') return undefined
  return BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1]
}

/** The coded error for whatever happened while the store tried to `act`, with what is harmless of the client's error. */
export const storeFailure = (act: string, error: unknown): unknown => {
  if (isSessionError(error)) return error
  const code = codeOf(error)
  const meaning = meaningOf(error, code)
  const problem = `${meaning?.problem ?? 'the client failed'}${code === undefined ? '' : ` (${code})`}`
  const help = meaning?.help
  const message = `The postgres store could not ${act}: ${problem}.${help ? ` ${help}` : ''}`
  return new SessionStoreError('ERR_SESSION_STORE', message, {
    cause: error,
    retryable: meaning?.retryable ?? false,
    notReady: meaning?.notReady ?? false,
    ...(help && { help }),
  })
}

export const refusal = (act: string, problem: string, help?: string, retryable = false): SessionStoreError => {
  const message = `The postgres store could not ${act}: ${problem}.${help ? ` ${help}` : ''}`
  return new SessionStoreError('ERR_SESSION_STORE', message, { retryable, ...(help && { help }) })
}
