import { type Registry, registry } from './admin/registry.ts'
import { sweeper } from './admin/sweeper.ts'
import type { Events } from './core/events.ts'
import type { Exchange } from './core/exchange.ts'
import type { Session, SessionData } from './core/session.ts'
import type { Answer } from './core/store.ts'
import type { Visit as EngineVisit } from './core/visit.ts'
import { finish, kernel, open } from './engine.ts'
import { resolveOptions, type SessionOptions } from './options.ts'

/** One request's view of its session, between `open` and `finish`. */
export interface Visit<Data = SessionData> {
  get session(): Session<Data>
  /** Null destroys the session; an object replaces its data. */
  set session(value: Session<Data> | (Data & object) | null)
}

/**
 * The engine. One object serves several adapters, sockets, jobs and admin pages.
 */
export interface Sessions<Data = SessionData> extends Registry<Data> {
  /** Finds the session of a request. Rejects with a `SessionStoreError` if the store fails. */
  open(exchange: Exchange): Answer<Visit<Data>>
  /**
   * Commits what the request changed and sets the cookie; call it before the headers leave. Answers `undefined` at once
   * when nothing is due, and rejects if the commit was not acknowledged.
   */
  finish(visit: Visit<Data>): Answer<void>
  /** Calls a function for every event of a type, or of all (`'*'`). Answers a function that stops it. */
  on: Events['on']
  /** Makes the store ready before the first request does. */
  ready(): Promise<void>
  /** Removes all expired sessions from the store now, in small steps, and answers how many. */
  sweep(): Promise<number>
  /** Stops sweeping and closes the store. */
  close(): Promise<void>
}

export function createSessions<Data = SessionData>(options: SessionOptions<Data> = {}): Sessions<Data> {
  const resolved = resolveOptions(options)
  const engine = kernel(resolved)
  const { sweep, stop } = sweeper(engine)
  return {
    ...registry<Data>(engine),
    open: (exchange) => open(engine, exchange) as Answer<Visit<Data>>,
    finish: (visit) => finish(visit as unknown as EngineVisit),
    on: engine.events.on,
    sweep,
    async ready() {
      await engine.backend.ready(resolved.storeTimeout)
    },
    async close() {
      stop()
      await resolved.store.close?.()
    },
  }
}

export type { Registry, SessionDetail, SessionListing } from './admin/registry.ts'
export type { Clock } from './core/clock.ts'
export type { CookieOptions } from './core/cookie.ts'
export {
  isSessionError,
  SessionDataError,
  SessionError,
  type SessionErrorCode,
  SessionOptionError,
  SessionStateError,
  SessionStoreError,
} from './core/errors.ts'
export type { Listener, Logger, SessionEvent, SessionEventType } from './core/events.ts'
export type { Exchange } from './core/exchange.ts'
export type { Duration } from './core/expiry.ts'
export type { Secret } from './core/keyring.ts'
export type { FormerSessions } from './core/moving.ts'
export type { Callback, Session, SessionData, SessionMembers } from './core/session.ts'
export type * from './core/store.ts'
export type { OwnLifetime } from './core/visit.ts'
export type { OwnerLimit, SessionOptions } from './options.ts'
