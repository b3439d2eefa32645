import type { Cookie, SessionRequest } from './express-session.cjs'

// What applications augment: `declare module 'holdfast/express-session' { interface SessionData { views: number } }`. In a module of
// its own, because ESM finds interfaces to augment behind `export *` only, and CommonJS behind `export =`.

// biome-ignore lint/suspicious/noExplicitAny: handlers that read `error.message` compile with express-session's types
type Failure = any

// @ts-ignore: any, unless the types of express-session are installed, which other libraries' stores import
type TheirData = import('express-session').SessionData
type Theirs = 0 extends 1 & TheirData ? object : TheirData

/** What a session holds: its cookie and the application's data. Yours to augment. */
export interface SessionData extends Theirs {
  cookie: Cookie
}

/** The methods of `req.session`. All answer the session itself and report by their callback. */
export class Session {
  constructor(req: SessionRequest, data?: object)
  /** As `req.sessionID`. */
  readonly id: string
  cookie: Cookie
  /** Ends the session and gives the request an empty one with a new id: call it at sign-in. */
  regenerate(callback: (error: Failure) => void): this
  /** Ends the session for good. `req.session` is gone at once. */
  destroy(callback?: (error: Failure) => void): this
  /** Reads the session again: `req.session` is another object afterwards. */
  reload(callback: (error: Failure) => void): this
  /** Commits now. The error says so if the session ended meanwhile. */
  save(callback?: (error?: Failure) => void): this
  /** Starts the cookie's time anew. Every request does it at its end. */
  touch(): this
  resetMaxAge(): this
}

// Without this, everything in a declaration file is exported.
export {}
