/** What a driver's or server's error means, said without a key, a value or any other parameter. */

import { isSessionError, SessionStoreError } from '../../core/errors.ts'
import { StatementTimeout } from './client.ts'

interface Meaning {
  readonly problem: string
  readonly help: string
  /** Whether the same call may succeed later with nothing changed. */
  readonly retryable: boolean
  readonly notReady?: boolean
}

const CONTENTION: Meaning = {
  problem: 'other transactions were in the way (a deadlock, or a lock held for too long)',
  help: 'The store has tried again already: look for long transactions on its table.',
  retryable: true,
}
const FORGOTTEN: Meaning = {
  problem: 'the server has forgotten a prepared statement',
  help: 'A proxy that shares connections has to keep statements with theirs; otherwise raise table_definition_cache.',
  retryable: true,
}
const REFUSED: Meaning = {
  problem: 'the server refused the login or the user may not do this',
  help: 'Check the user, password, host and database of the pool, and the privileges SELECT, INSERT, UPDATE and DELETE on the table.',
  retryable: false,
}
const NO_DATABASE: Meaning = {
  problem: 'the database does not exist, or none is chosen',
  help: 'Name an existing one as "database" of the pool or of the store.',
  retryable: false,
}
const NO_TABLE: Meaning = {
  problem: 'the table is missing or is not one of this store',
  help: 'Make it with store.ready() or with what mysqlSchema() returns.',
  retryable: false,
  notReady: true,
}
const READ_ONLY: Meaning = {
  problem: 'the server is read-only',
  help: 'Connect to the primary, or make this server writable.',
  retryable: true,
}
const FULL: Meaning = {
  problem: 'the disk or the tablespace of the server is full',
  help: 'Make room; nothing was written.',
  retryable: true,
}
const CROWDED: Meaning = {
  problem: 'the server has no connection left',
  help: 'Lower "connectionLimit" of the pools that share it, or raise max_connections.',
  retryable: true,
}
const EXHAUSTED: Meaning = {
  problem: 'the pool has no free connection',
  help: 'Raise "connectionLimit" or "queueLimit" of the pool, or find out what holds its connections.',
  retryable: true,
}
const NO_CONNECTION: Meaning = {
  problem: 'no connection of the pool became free, or could be made, in time',
  help: 'Nothing was sent. Look at the server, and at what holds the connections of the pool.',
  retryable: true,
}
const CLOSED: Meaning = {
  problem: 'its pool or connection is closed',
  help: 'Give the store a pool, which replaces lost connections, and keep it open for as long as the store is in use.',
  retryable: false,
}
const TOO_LARGE: Meaning = {
  problem: 'the entry is larger than the server accepts',
  help: 'Keep less in a session, or raise max_allowed_packet.',
  retryable: false,
}
const TOO_SLOW: Meaning = {
  problem: 'the server took too long and the statement was given up',
  help: 'Whether a write took effect is unknown. Look at the load, the locks and the network.',
  retryable: true,
}
const LOST: Meaning = {
  problem: 'the server cannot be reached or closed the connection',
  help: 'Whether a write took effect is unknown. The next call of a pool connects again.',
  retryable: true,
}
const NO_STATEMENT: Meaning = {
  problem: 'the server keeps no more prepared statements',
  help: 'Raise max_prepared_stmt_count: the store needs about 25 for each connection.',
  retryable: true,
}
const SECURITY: Meaning = {
  problem: 'the login was broken off for its security',
  help: 'Set up TLS ("ssl" of the pool) as the server demands it. A server that asks for the password in clear text may be an impostor.',
  retryable: false,
}

const listed = (...groups: (readonly [Meaning, readonly (number | string)[]])[]): ReadonlyMap<unknown, Meaning> =>
  new Map(groups.flatMap(([meaning, codes]) => codes.map((code) => [code, meaning] as const)))

/** By the server's number, the driver's code, or the message of an error that the driver gives neither. */
const MEANINGS = listed(
  [CONTENTION, [1205, 1213, 1020]],
  [FORGOTTEN, [1243, 1615]],
  [REFUSED, [1044, 1045, 1130, 1142, 1143, 1227, 1251, 1370, 1410, 1698, 1862, 3118, 3955]],
  [NO_DATABASE, [1046, 1049]],
  [NO_TABLE, [1054, 1146, 1051]],
  [READ_ONLY, [1290, 1792, 1836]],
  [FULL, [1021, 1026, 1114, 3675]],
  [CROWDED, [1040, 1203, 1226]],
  [EXHAUSTED, ['Queue limit reached.', 'No connections available.', 'POOL_ENQUEUELIMIT', 'POOL_NOCONN']],
  [CLOSED, ['Pool is closed.', "Can't add new command when connection is in closed state", 'POOL_CLOSED']],
  [TOO_LARGE, [1118, 1153, 1301, 1406]],
  [TOO_SLOW, [1317, 1907, 1969, 3024, 'PROTOCOL_SEQUENCE_TIMEOUT']],
  [LOST, [1047, 1053, 1077, 1079, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 3032, 3169, 4031]],
  [
    LOST,
    ['PROTOCOL_CONNECTION_LOST', 'PROTOCOL_UNEXPECTED_PACKET', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'],
  ],
  [LOST, ['ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOENT', 'ECONNABORTED', 'ECONNECTION']],
  [NO_STATEMENT, [1461]],
  [
    SECURITY,
    [
      'AUTH_SWITCH_PLUGIN_ERROR',
      'HANDSHAKE_SSL_ERROR',
      'HANDSHAKE_NO_SSL_SUPPORT',
      'HANDSHAKE_SECURE_TRANSPORT_REQUIRED',
      3159,
    ],
  ],
)

interface Said {
  readonly errno?: unknown
  readonly code?: unknown
  readonly message?: unknown
}

const meaningOf = (error: unknown): Meaning | undefined => {
  if (typeof error !== 'object' || error === null) return undefined
  if (error instanceof StatementTimeout) return error.message === 'no answer' ? TOO_SLOW : NO_CONNECTION
  const { errno, code, message } = error as Said
  return MEANINGS.get(errno) ?? MEANINGS.get(code) ?? MEANINGS.get(message)
}

/** Whether the statement had no effect for sure, and may succeed in a moment. */
export const isPassing = (error: unknown): boolean => {
  const meaning = meaningOf(error)
  return meaning === CONTENTION || meaning === FORGOTTEN
}

const DUPLICATE_KEY = 1062

export const isDuplicate = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && (error as Said).errno === DUPLICATE_KEY

/** The driver's code, or the server's number where the driver has no name for it. */
const labelOf = (error: unknown): string => {
  const { errno, code } = (error ?? {}) as Said
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(code)) return ` (${code})`
  return typeof errno === 'number' ? ` (${errno})` : ''
}

/** The coded error for whatever happened while the store tried to `act`, with the driver's error as its cause. */
export const storeFailure = (act: string, error: unknown): unknown => {
  if (isSessionError(error)) return error
  const meaning = meaningOf(error)
  return failed(act, `${meaning?.problem ?? 'the driver failed'}${labelOf(error)}`, {
    cause: error,
    retryable: meaning?.retryable ?? false,
    notReady: meaning?.notReady ?? false,
    help: meaning?.help,
  })
}

interface Init {
  readonly cause?: unknown
  readonly retryable?: boolean
  readonly notReady?: boolean
  readonly help?: string | undefined
}

export const failed = (act: string, problem: string, { help, ...init }: Init = {}) =>
  new SessionStoreError('ERR_SESSION_STORE', `The mysql store could not ${act}: ${problem}.${help ? ` ${help}` : ''}`, {
    ...init,
    ...(help && { help }),
  })
