/**
 * Every error that Holdfast throws is a `SessionError` with a stable code. Messages name the option, the call or the
 * path in the data, and how to mend it; they never contain a cookie value, a secret or session data.
 */

import { condensed } from './condensed.ts'

export type SessionErrorCode =
  /** An option is wrong. Thrown at construction only. */
  | 'ERR_SESSION_OPTION'
  /** The application put something into a session that cannot be kept. */
  | 'ERR_SESSION_DATA'
  /** The session's data are over `maxBytes`. */
  | 'ERR_SESSION_TOO_LARGE'
  /** The store failed, or answered something the port does not know. */
  | 'ERR_SESSION_STORE'
  /** The store did not answer within `storeTimeout`. Whether a write took effect is unknown. */
  | 'ERR_SESSION_STORE_TIMEOUT'
  /** Other writers kept winning until `storeTimeout` was over. */
  | 'ERR_SESSION_CONFLICT'
  /** The session ended (logout, revocation, expiry) while this request was using it. */
  | 'ERR_SESSION_LOST'
  /** Another request gave the session a new id (a sign-in) while this one was using it. */
  | 'ERR_SESSION_SUPERSEDED'
  /** The session's owner has as many sessions as `ownerLimit` allows, so this one was not let in. */
  | 'ERR_SESSION_LIMIT'
  /** The call needs to send a cookie, and the response's headers are gone. */
  | 'ERR_SESSION_HEADERS_SENT'
  /** A store's own input is invalid (for example a key that is not text). */
  | 'ERR_SESSION_KEY'

const BRAND = Symbol.for('holdfast.error')

export interface SessionErrorInit {
  readonly cause?: unknown
  /** Whether the same call may succeed later with nothing changed. */
  readonly retryable?: boolean
  /** What to do, in one sentence. */
  readonly help?: string
  /** Of a store: what `ready()` makes is not there (any more), so that it should be called again. */
  readonly notReady?: boolean
}

export class SessionError extends Error {
  override readonly name: string = 'SessionError'
  readonly code: SessionErrorCode
  readonly retryable: boolean
  readonly help: string | undefined
  /**
   * The HTTP status that fits: 503 when the store is at fault, 409 when a limit is reached, 500 when the program is at
   * fault. Koa and Express read it.
   */
  readonly status: number
  /** The same, for NestJS and others that call it so. */
  readonly statusCode: number
  /** Koa shows the message of an error to clients only if this is true. */
  readonly expose = false

  constructor(code: SessionErrorCode, message: string, init: SessionErrorInit = {}) {
    super(message)
    this.code = code
    this.retryable = init.retryable ?? false
    this.help = init.help
    this.status = this.retryable || code === 'ERR_SESSION_STORE' ? 503 : code === 'ERR_SESSION_LIMIT' ? 409 : 500
    this.statusCode = this.status
    // Not enumerable, so that a logger which prints an error's own properties does not print a driver's error with
    // its parameters in it.
    Object.defineProperty(this, 'cause', { value: init.cause, enumerable: false, configurable: true, writable: true })
    Object.defineProperty(this, BRAND, { value: true })
  }
}

/** An option is wrong: thrown while the application starts. */
export class SessionOptionError extends SessionError {
  override readonly name = 'SessionOptionError'
  /** The option's path, like `cookie.sameSite`. */
  readonly option: string

  constructor(option: string, problem: string, help?: string) {
    super('ERR_SESSION_OPTION', `Option "${option}" ${problem}${help ? ` ${help}` : ''}`, help ? { help } : {})
    this.option = option
  }
}

/** The application's data cannot be kept. */
export class SessionDataError extends SessionError {
  override readonly name = 'SessionDataError'
  /** Where in the session, like `cart.items[3].price`. Keys only, never values. */
  readonly path: string

  constructor(
    code: 'ERR_SESSION_DATA' | 'ERR_SESSION_TOO_LARGE',
    path: string,
    problem: string,
    init: SessionErrorInit = {},
  ) {
    super(code, problem, init)
    this.path = path
  }
}

/** The store failed or was too slow. */
export class SessionStoreError extends SessionError {
  override readonly name = 'SessionStoreError'
  /** What the store's `ready()` makes is not there, for example because the server was emptied. The engine calls it again. */
  readonly notReady: boolean

  /** Of the cause, only what says nothing of sessions is kept: its name, codes, and message without quoted parts. */
  constructor(code: SessionErrorCode, message: string, init: SessionErrorInit = {}) {
    super(code, message, { ...init, cause: condensed(init.cause) })
    this.notReady = init.notReady ?? false
  }
}

/** The session is not there for this request any more, or others keep changing it. */
export class SessionStateError extends SessionError {
  override readonly name = 'SessionStateError'
}

/** Works across two copies of the library, where `instanceof` would not. */
export function isSessionError(error: unknown): error is SessionError {
  return typeof error === 'object' && error !== null && BRAND in error
}
