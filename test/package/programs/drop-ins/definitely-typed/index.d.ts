// Declares express-session as @types/express-session 1.19 does, for those who keep it: some stores' types import it.
import type { CipherKey } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import type { Request, RequestHandler } from 'express'

declare global {
  namespace Express {
    type SessionStore = session.Store & { generate: (req: Request) => void }
    interface Request {
      session: session.Session & Partial<session.SessionData>
      sessionID: string
      sessionStore: SessionStore
    }
  }
}

export = session
declare function session(options?: session.SessionOptions): RequestHandler
declare namespace session {
  // biome-ignore lint/suspicious/noExplicitAny: as it is there
  type Failed = (err?: any) => void
  // biome-ignore lint/suspicious/noExplicitAny: as it is there
  type Found<T> = (err: any, found?: T) => void

  interface SessionOptions {
    secret: CipherKey | CipherKey[]
    genid?(req: Request): string
    name?: string | undefined
    store?: Store | undefined
    cookie?: CookieOptions | ((req: Request) => CookieOptions) | undefined
    rolling?: boolean | undefined
    resave?: boolean | undefined
    proxy?: boolean | undefined
    saveUninitialized?: boolean | undefined
    unset?: 'destroy' | 'keep' | undefined
  }
  class Session {
    private constructor(request: Express.Request, data: SessionData)
    id: string
    cookie: Cookie
    regenerate(callback: Failed): this
    destroy(callback: Failed): this
    reload(callback: Failed): this
    resetMaxAge(): this
    save(callback?: Failed): this
    touch(): this
  }
  interface SessionData {
    cookie: Cookie
  }
  interface CookieOptions {
    maxAge?: number | undefined
    partitioned?: boolean | undefined
    priority?: 'low' | 'medium' | 'high' | undefined
    signed?: boolean | undefined
    expires?: Date | null | undefined
    httpOnly?: boolean | undefined
    path?: string | undefined
    domain?: string | undefined
    secure?: boolean | 'auto' | undefined
    encode?: ((val: string) => string) | undefined
    sameSite?: boolean | 'lax' | 'strict' | 'none' | undefined
  }
  class Cookie implements CookieOptions {
    originalMaxAge: number | null
    maxAge?: number | undefined
    signed?: boolean | undefined
    expires?: Date | null | undefined
    httpOnly?: boolean | undefined
    path?: string | undefined
    domain?: string | undefined
    secure?: boolean | 'auto' | undefined
    sameSite?: boolean | 'lax' | 'strict' | 'none' | undefined
  }
  abstract class Store extends EventEmitter {
    regenerate(req: Request, callback: Failed): void
    load(sid: string, callback: Found<SessionData>): void
    createSession(req: Request, session: SessionData): Session & SessionData
    abstract get(sid: string, callback: Found<SessionData | null>): void
    abstract set(sid: string, session: SessionData, callback?: Failed): void
    abstract destroy(sid: string, callback?: Failed): void
    all?(callback: Found<SessionData[] | { [sid: string]: SessionData } | null>): void
    length?(callback: Found<number>): void
    clear?(callback?: Failed): void
    touch?(sid: string, session: SessionData, callback?: () => void): void
  }
  class MemoryStore extends Store {
    get(sid: string, callback: Found<SessionData | null>): void
    set(sid: string, session: SessionData, callback?: Failed): void
    destroy(sid: string, callback?: Failed): void
  }
}
