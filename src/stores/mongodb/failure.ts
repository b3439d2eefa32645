/** What a driver's error means, said without a key, a value, an address or any text of the server. */

import { isSessionError, SessionStoreError } from '../../core/errors.ts'

interface Meaning {
  readonly problem: string
  readonly help: string
  /** Whether the same call may succeed later with nothing changed. */
  readonly retryable: boolean
}

const later = (problem: string, help: string): Meaning => ({ problem, help, retryable: true })
const never = (problem: string, help: string): Meaning => ({ problem, help, retryable: false })

const NO_PRIMARY = later(
  'the server is not the primary, or stops being it',
  'The set elects another one within seconds; the driver finds it by itself.',
)
const STOPPING = later('the server shuts down', 'The driver finds another member, or this one when it is back.')
const CONCERN = later(
  'the write was not acknowledged by as many members as its write concern asks',
  'Whether it stays is unknown. Look at the members of the set.',
)
const SLOW = later('the server or another member took too long', 'Look at its load and at the network.')
const LOGIN = never(
  'the server refused the login',
  'Check the user, the password and authSource in the URL of the client.',
)
const TOO_LARGE = never('the value is larger than a document, which holds 16 MiB', 'Keep less in a session.')
const UNREACHABLE = later(
  'no server could be reached',
  'Check that the server runs and that the host in the URL of the client is right.',
)
const CUT = later('the connection was cut', 'Whether a write took effect is unknown.')
const POOL = later(
  'no connection came free in time',
  'All of them are in use. Raise maxPoolSize of the client, or look at why the server is slow.',
)
const CLIENT_CLOSED = never('its client is closed', 'Keep the client open for as long as the store is in use.')

/** By the server's code, with the name that we know for it. */
const CODES: Readonly<Record<number, readonly [name: string, meaning: Meaning]>> = {
  6: ['HostUnreachable', SLOW],
  7: ['HostNotFound', SLOW],
  13: [
    'Unauthorized',
    never(
      'the user may not do that',
      'Grant it readWrite on the database, or let an administrator run what mongodbSchema() returns.',
    ),
  ],
  18: ['AuthenticationFailed', LOGIN],
  50: ['MaxTimeMSExpired', SLOW],
  64: ['WriteConcernTimeout', CONCERN],
  79: ['UnknownReplWriteConcern', never('the set has no such write concern', 'Check the option writeConcern.')],
  85: [
    'IndexOptionsConflict',
    never('an index of another kind is in the way', 'Look at the indexes of the collection.'),
  ],
  89: ['NetworkTimeout', SLOW],
  91: ['ShutdownInProgress', STOPPING],
  100: ['UnsatisfiableWriteConcern', CONCERN],
  112: ['WriteConflict', later('another write was in the way', 'Try again.')],
  121: ['DocumentValidationFailure', never('a validator of the collection refused the document', 'Remove it.')],
  189: ['PrimarySteppedDown', NO_PRIMARY],
  262: ['ExceededTimeLimit', SLOW],
  8000: ['AtlasError', LOGIN],
  9001: ['SocketException', SLOW],
  10058: ['LegacyNotPrimary', NO_PRIMARY],
  10107: ['NotWritablePrimary', NO_PRIMARY],
  10334: ['BSONObjectTooLarge', TOO_LARGE],
  11600: ['InterruptedAtShutdown', STOPPING],
  11602: ['InterruptedDueToReplStateChange', NO_PRIMARY],
  13435: ['NotPrimaryNoSecondaryOk', NO_PRIMARY],
  13436: ['NotPrimaryOrSecondary', NO_PRIMARY],
  14031: ['OutOfDiskSpace', never('the disk of the server is full', 'Make room; nothing was written.')],
  17419: ['BSONObjectTooLarge', TOO_LARGE],
  17420: ['BSONObjectTooLarge', TOO_LARGE],
}

/** By the name of the driver's error. */
const KINDS: Readonly<Record<string, Meaning>> = {
  MongoServerSelectionError: UNREACHABLE,
  MongooseServerSelectionError: UNREACHABLE,
  MongoNetworkError: CUT,
  MongoNetworkTimeoutError: later('the server did not answer in time', 'Whether a write took effect is unknown.'),
  MongoOperationTimeoutError: later('the server did not answer in time', 'Whether a write took effect is unknown.'),
  MongoPoolClearedError: CUT,
  PoolClearedOnNetworkError: CUT,
  // The driver has just taken this server out of its list, or met another one than it had chosen.
  MongoServerClosedError: UNREACHABLE,
  MongoUnexpectedServerResponseError: CUT,
  MongoStalePrimaryError: NO_PRIMARY,
  MongoWaitQueueTimeoutError: POOL,
  MongoPoolClosedError: CLIENT_CLOSED,
  MongoTopologyClosedError: CLIENT_CLOSED,
  MongoNotConnectedError: CLIENT_CLOSED,
  MongoClientClosedError: CLIENT_CLOSED,
  MongoExpiredSessionError: CLIENT_CLOSED,
}

interface DriverError {
  readonly name?: unknown
  readonly code?: unknown
  readonly errorLabels?: unknown
}

/** The server's code of an error, if it has one. */
export const codeOf = (error: unknown): number | undefined => {
  const { code } = (error ?? {}) as DriverError
  // An object of the driver, where the client was told to promote no values.
  const number = typeof code === 'object' && code !== null ? Number(code.valueOf()) : code
  return typeof number === 'number' ? number : undefined
}

/** The client has given up connecting, or is being closed. Nothing was sent. */
export const isDisconnected = (error: unknown): boolean =>
  ((error ?? {}) as DriverError).name === 'MongoTopologyClosedError'

/** A unique index has this already: nearly always that of `_id`. */
export const isDuplicate = (error: unknown): boolean => codeOf(error) === 11000

/** The server keeps no such document (FerretDB: arrays in arrays). It was not written. */
export const isRefusedDocument = (error: unknown): boolean => [2, 15, 52, 55, 56, 57].includes(codeOf(error) ?? 0)

/** The server does not know this kind of index. */
export const isUnknownIndex = (error: unknown): boolean => [67, 72, 115, 197, 238, 303].includes(codeOf(error) ?? 0)

/** The coded error for whatever happened while the store tried to `act`, with the driver's error as its cause. */
export const storeFailure = (act: string, error: unknown): unknown => {
  if (isSessionError(error)) return error
  const { name, errorLabels } = (error ?? {}) as DriverError
  const code = codeOf(error)
  const [said, meaning] = meaningOf(error, String(name), code)
  const labels = Array.isArray(errorLabels) ? errorLabels : []
  const problem = meaning?.problem ?? (code === undefined ? 'the driver failed' : 'the server failed')
  const message = `The mongodb store could not ${act}: ${problem}${said === undefined ? '' : ` (${said})`}.`
  return new SessionStoreError('ERR_SESSION_STORE', meaning ? `${message} ${meaning.help}` : message, {
    cause: error,
    retryable: meaning?.retryable === true || labels.includes('RetryableWriteError'),
    ...(meaning && { help: meaning.help }),
  })
}

const meaningOf = (error: unknown, kind: string, code: number | undefined): [string | undefined, Meaning?] => {
  const isConcern = kind === 'MongoWriteConcernError'
  const known = code === undefined ? undefined : CODES[code]
  if (isConcern) return [known?.[0] ?? kind, known?.[1] ?? CONCERN]
  if (known) return [...known]
  const system = systemMeaning(error)
  if (system) return system
  const meaning = KINDS[kind]
  return meaning ? [kind, meaning] : [code === undefined ? undefined : `code ${code}`]
}

/** What Node says of a socket or a host name, which the driver does not always make an error of its own. */
const systemMeaning = (error: unknown): [string, Meaning] | undefined => {
  const { code, syscall } = (error ?? {}) as { readonly code?: unknown; readonly syscall?: unknown }
  if (typeof code !== 'string') return undefined
  // Of a write to a socket whose other side has just ended it, which is no call of the system.
  if (/^(EPIPE|ECONNRESET|ERR_STREAM_\w+|ERR_SOCKET_CLOSED)$/.test(code)) return [code, CUT]
  if (!/^E[A-Z_]{2,20}$/.test(code) || typeof syscall !== 'string') return undefined
  return [code, syscall === 'write' || syscall === 'read' ? CUT : UNREACHABLE]
}
