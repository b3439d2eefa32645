import { EventEmitter } from 'node:events'
import { inherits } from 'node:util'
import { Cookie } from './cookie.ts'
import { Session, type SessionData } from './session.ts'

export type Done<T = void> = (error?: unknown, value?: T) => void

/** What a session middleware asks of a store. Every method answers by its callback. */
export interface StoreMethods {
  get(sid: string, callback: Done<SessionData | null>): unknown
  set(sid: string, session: SessionData, callback?: Done): unknown
  destroy(sid: string, callback?: Done): unknown
  /** Moves the end of a session that was used and not changed. */
  touch?(sid: string, session: SessionData, callback?: Done): unknown
  all?(callback: Done<SessionData[] | Record<string, SessionData> | null>): unknown
  length?(callback: Done<number>): unknown
  clear?(callback?: Done): unknown
}

/** A request, as far as a store needs one. */
export interface StoreRequest {
  sessionID?: unknown
  session?: unknown
  sessionStore?: unknown
}

/** The base of stores: an event emitter with what stores share. */
export interface Store extends EventEmitter, StoreMethods {
  /** Gives a request a new session. Set by the middleware that uses the store. */
  generate?(req: StoreRequest): void
  /** Destroys the request's session and gives it a new one. */
  regenerate(req: StoreRequest, callback: Done): void
  /** Loads a session outside a request: for sockets and jobs. */
  load(sid: string, callback: Done<Session>): void
  /** Makes a session of stored data and gives it to the request. */
  createSession(req: StoreRequest, data: SessionData): Session
}

/** For `class MyStore extends session.Store`, `util.inherits(MyStore, session.Store)` and `session.Store.call(this)`. */
export interface StoreConstructor {
  new (): Store
  (this: unknown): void
  readonly prototype: Store
}

// A function and no class: old stores call it without `new`.
function StoreBase(this: EventEmitter): void {
  EventEmitter.call(this)
}
inherits(StoreBase, EventEmitter)
Object.defineProperty(StoreBase, 'name', { value: 'Store' })

export const Store = StoreBase as unknown as StoreConstructor

Store.prototype.regenerate = function regenerate(this: Store, req, callback) {
  this.destroy(req.sessionID as string, (error) => {
    this.generate?.(req)
    callback(error)
  })
}

Store.prototype.load = function load(this: Store, sid, callback) {
  this.get(sid, (error, data) => {
    if (error) callback(error)
    else if (!data) callback()
    else callback(null, this.createSession({ sessionID: sid, sessionStore: this }, data))
  })
}

Store.prototype.createSession = createSession

/** Makes a session of stored data. Throws a TypeError if they have no cookie: then they are no session's. */
export function createSession(req: StoreRequest, data: SessionData): Session {
  const expires = data.cookie.expires as unknown
  const originalMaxAge = data.cookie.originalMaxAge
  const cookie = new Cookie(data.cookie as object)
  if (typeof expires === 'string') cookie.expires = new Date(expires)
  // Setting `expires` has changed it.
  cookie.originalMaxAge = originalMaxAge
  data.cookie = cookie
  const session = new Session(req, data)
  req.session = session
  return session
}
