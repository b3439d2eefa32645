import type { CipherKey } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { SessionData as AugmentedData, Session as AugmentedSession } from './express-session-data.cjs'
import type { Duration, Store as HoldfastStore } from './index.cjs'

// biome-ignore lint/suspicious/noExplicitAny: handlers that read `error.message` compile with express-session's types
type Failure = any
// biome-ignore lint/suspicious/noExplicitAny: other libraries' stores have session types of their own
type AnySession = any

// @ts-ignore: any, unless the types of Express are installed
type ExpressRequest = import('express').Request
type IfAny<T, Then, Else> = 0 extends 1 & T ? Then : Else

/** What the middleware adds. A base interface: where another library declares `req.session`, too, that one counts. */
interface WithSession {
  /** The session of this request. Absent where the middleware did not run, and after `destroy()`. */
  session: session.Session & Partial<session.SessionData>
  /** The id of the session, which the browser's cookie holds, signed. */
  sessionID: string
  /** The store in use. A Holdfast store is shown as one for express-session. */
  sessionStore: session.Store & { generate: (req: session.SessionRequest) => void }
}

declare global {
  namespace Express {
    interface Request extends WithSession {}
  }
}

/**
 * express-session on the engine of Holdfast: the same options, cookies, stores and stored sessions, and no lost updates, no
 * session that comes back after a logout, no response that leaves before its session is saved.
 *
 * Throws a TypeError for options that are wrong.
 */
declare function session(options?: session.SessionOptions): session.Middleware

declare namespace session {
  export { session, session as default }

  export type Middleware = (req: IncomingMessage, res: ServerResponse, next: (error?: Failure) => void) => void

  /** A request as the options' functions get it: Express's, if Express's types are installed. */
  export type SessionRequest = IfAny<ExpressRequest, IncomingMessage & Express.Request, ExpressRequest>

  /** Whatever `crypto.createHmac` takes as a key. */
  export type Secret = CipherKey

  /** The options of express-session, and two more. */
  export interface SessionOptions {
    /** Signs the cookies: one secret, or several of which the first signs and all verify. Default: `req.secret`. */
    secret?: Secret | readonly Secret[] | undefined
    /** The cookie's name. Default `'connect.sid'`. */
    name?: string | undefined
    /** The same as `name`. */
    key?: string | undefined
    /** The cookie's attributes, or a function that gives them for a request. */
    cookie?: CookieOptions | ((req: SessionRequest) => CookieOptions) | undefined
    /** Makes ids. Synchronous. Default: 24 random bytes as 32 characters of base64url. */
    genid?(req: SessionRequest): string
    /** Is the request secure? `true`: as `X-Forwarded-Proto` says. `false`: as the socket says. Default: as Express says. */
    proxy?: boolean | undefined
    /** Save sessions that were not changed? Default true, with a warning: say what you want. */
    resave?: boolean | undefined
    /** Send the cookie with every response? Default false. */
    rolling?: boolean | undefined
    /** Save new sessions that hold nothing? Default true, with a warning: say what you want. */
    saveUninitialized?: boolean | undefined
    /** A store for express-session, or one of Holdfast. Default: `MemoryStore`. */
    store?: AnyStore | HoldfastStore | undefined
    /** What `delete req.session` or `req.session = null` do. Default `'keep'`: nothing. */
    unset?: 'destroy' | 'keep' | undefined
    /** How long one call of the store may take. Default `'10s'`. Not in express-session, which waits for ever. */
    storeTimeout?: Duration | undefined
    /**
     * What a save does that failed at the end of a request. `'report'` (default) sends the response and then calls
     * `next(error)`, as express-session does. `'fail'` calls `next(error)` instead of sending the response.
     */
    commitError?: 'report' | 'fail' | undefined
  }

  export interface CookieOptions {
    /** Milliseconds from now. Default: the cookie ends with the browser's run. */
    maxAge?: number | null | undefined
    /** Better set `maxAge`. Of both, the last one counts. */
    expires?: Date | null | undefined
    /** Default `'/'`. Requests outside it have no session. */
    path?: string | undefined
    /** Default: not set, so that the cookie is for this host alone. */
    domain?: string | undefined
    /** Default true: scripts of the page do not see it. */
    httpOnly?: boolean | undefined
    /** `'auto'`: as the request that creates the session came. Default: not set. */
    secure?: boolean | 'auto' | undefined
    /** True is `'strict'`; `'auto'` is `'none'` for a session that is created over TLS, else `'lax'`. Default: not set. */
    sameSite?: boolean | 'lax' | 'strict' | 'none' | 'auto' | undefined
    partitioned?: boolean | undefined
    priority?: 'low' | 'medium' | 'high' | undefined
    /** Ignored: the value is always signed. */
    signed?: boolean | undefined
    /** Ignored. */
    encode?: ((value: string) => string) | undefined
  }

  /** The `cookie` of a session: how long it lasts, and the attributes of the browser's cookie. Stored with the session. */
  export class Cookie implements CookieOptions {
    constructor(options?: CookieOptions)
    /** What `maxAge` was when it was set, in milliseconds. Null: the cookie ends with the browser's run. */
    originalMaxAge: number | null
    /** Milliseconds that are left; null where the cookie ends with the browser's run, whatever the type says. */
    maxAge?: number | undefined
    expires?: Date | null | undefined
    path?: string | undefined
    domain?: string | undefined
    httpOnly?: boolean | undefined
    secure?: boolean | 'auto' | undefined
    sameSite?: boolean | 'lax' | 'strict' | 'none' | undefined
    partitioned?: boolean | undefined
    priority?: 'low' | 'medium' | 'high' | undefined
  }

  /** What a session holds: its cookie and the application's data. Yours to augment. */
  export interface SessionData extends AugmentedData {}

  /** The methods of `req.session`. Yours to augment, too. */
  export class Session extends AugmentedSession {}

  /** The base of stores: an event emitter with what stores share. A subclass adds at least `get`, `set` and `destroy`. */
  export abstract class Store extends EventEmitter {
    /** The session data of an id, or null or undefined if there are none. */
    abstract get(sid: string, callback: (error: Failure, session?: SessionData | null) => void): void
    /** Creates or overwrites. */
    abstract set(sid: string, session: SessionData, callback?: (error?: Failure) => void): void
    abstract destroy(sid: string, callback?: (error?: Failure) => void): void
    /** Moves the end of a session that was used and not changed. */
    touch?(sid: string, session: SessionData, callback?: () => void): void
    all?(callback: (error: Failure, sessions?: SessionData[] | Record<string, SessionData> | null) => void): void
    length?(callback: (error: Failure, length?: number) => void): void
    clear?(callback?: (error?: Failure) => void): void
    /** Destroys the request's session and gives it a new one. */
    regenerate(req: SessionRequest, callback: (error?: Failure) => void): void
    /** Loads a session outside a request: for sockets and jobs. */
    load(sid: string, callback: (error: Failure, session?: SessionData) => void): void
    /** Makes a session of stored data and gives it to the request. Throws a TypeError if the data have no cookie. */
    createSession(req: SessionRequest, data: SessionData): Session & SessionData
  }

  /** The store of whoever gives none: this process's memory. For development. */
  export class MemoryStore extends Store {
    get(sid: string, callback: (error: Failure, session?: SessionData | null) => void): void
    set(sid: string, session: SessionData, callback?: (error?: Failure) => void): void
    destroy(sid: string, callback?: (error?: Failure) => void): void
    touch(sid: string, session: SessionData, callback?: () => void): void
    all(callback: (error: Failure, sessions?: Record<string, SessionData> | null) => void): void
    length(callback: (error: Failure, length?: number) => void): void
    clear(callback?: (error?: Failure) => void): void
  }

  /** What the middleware asks of a store, whatever it was made with. */
  export interface AnyStore {
    get(sid: string, callback: (error: Failure, session?: AnySession) => void): unknown
    set(sid: string, session: AnySession, callback?: (error?: Failure) => void): unknown
    destroy(sid: string, callback?: (error?: Failure) => void): unknown
    touch?(sid: string, session: AnySession, callback?: (error?: Failure) => void): unknown
  }
}

export = session
