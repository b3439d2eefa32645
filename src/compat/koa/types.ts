import type { Duration, Store } from '../../index.ts'
import type { Session } from './session.ts'

/** What koa-session leaves untyped stays so: applications annotate it as their own. */
// biome-ignore lint/suspicious/noExplicitAny: applications that compile with koa-session's types compile with these
type Untyped = any

/** What a store is told beside the session. */
export interface StoreCallOptions {
  /** The context of the request. */
  readonly ctx: Untyped
  /** The option `rolling`. */
  readonly rolling?: boolean | undefined
  /** Whether the data changed. Only in `set`. */
  readonly changed?: boolean | undefined
}

/** A store of koa-session. It may answer at once or with a promise. */
export interface SessionStore {
  /** The data stored under a key, or something falsy. `maxAge` is the option as it is: perhaps undefined. */
  get(key: string, maxAge: Untyped, options: Untyped): Untyped
  /** `maxAge` is in ms, and 10 s longer than the session's; or `'session'`. */
  set(key: string, data: Untyped, maxAge: Untyped, options: Untyped): Untyped
  destroy(key: string, options?: Untyped): Untyped
}

export type ContextStoreClass = new (ctx: Untyped) => SessionStore

/** Where the session's id comes from and goes to, instead of a cookie. Only with a store. */
export interface ExternalKey {
  get(ctx: Untyped): string | null | undefined
  set(ctx: Untyped, key: string): void
}

/** The options once the middleware has filled in its defaults. */
export interface SessionOptions {
  /** The cookie's name. Default `'koa.sess'`. */
  key: string
  /** The session's length in ms, or `'session'` for the browser's run. Default one day. */
  maxAge?: number | 'session' | undefined
  /** Whether a session is committed when the middleware after this one is through. Default true. */
  autoCommit: boolean
  /** Whether a later `Set-Cookie` replaces an earlier one of the same response. Default true. */
  overwrite: boolean
  /** Whether scripts of the page are kept from the cookie. Default true. */
  httpOnly: boolean
  /** Whether the cookie is signed with `app.keys`. Default true. */
  signed: boolean
  /** Whether each response moves the session's end. Default false. */
  rolling: boolean
  /** Whether a response moves the session's end when half of its time is over. Default false. */
  renew: boolean
  /** Whether the cookie goes over TLS only. Default: whether the request came over TLS. */
  secure?: boolean | undefined
  sameSite?: string | undefined
  /** Path of the cookie. Default `'/'`. */
  path?: string | undefined
  domain?: string | undefined
  expires?: Date | undefined
  priority?: 'low' | 'medium' | 'high' | undefined
  partitioned?: boolean | undefined
  externalKey?: ExternalKey | undefined
  /** Where sessions are kept: a store of koa-session, or one of Holdfast. Default: in the cookie. */
  store?: SessionStore | Store | undefined
  /** A class of stores, of which each context gets an instance. */
  ContextStore?: ContextStoreClass | undefined
  /** Makes the cookie's text of a session that is kept there. Default: JSON as base64. */
  encode(data: Untyped): string
  /** What a `SyntaxError` stops is a new session; any other error fails the request. */
  decode(text: string): Untyped
  /** Makes an id. At once: a promise is no id. Default `randomUUID()`. */
  genid(ctx: Untyped): string
  /** What ids begin with, unless there is a `genid`. */
  prefix?: string | undefined
  /** Whether a stored session may be used. With a store it may answer later. */
  valid?(ctx: Untyped, data: Untyped): Untyped
  /** Called before a session is saved; what it puts into the session is saved too. */
  beforeSave?(ctx: Untyped, session: Untyped): void
  /** How long one call of the store may take. Default `'10s'`. Not in koa-session, which waits for ever. */
  storeTimeout?: Duration | undefined
}

/** The options as they are given. Null counts as absent. */
export type CreateSessionOptions = { [Name in keyof SessionOptions]?: SessionOptions[Name] | null | undefined }

/** What is needed of a Koa application. */
export interface KoaApplication {
  readonly context: object
  use: unknown
}

/** What is needed of Koa's context. */
export interface KoaContext {
  readonly app: { emit(event: string, ...told: unknown[]): boolean }
  readonly cookies: {
    get(name: string, options?: object): string | undefined
    set(name: string, value?: string | null, options?: object): unknown
  }
  readonly response: { get(header: string): unknown }
  /** The response. Contexts that tests make may have none. */
  readonly res?: {
    readonly headersSent: boolean
    getHeader(name: string): string | number | readonly string[] | undefined
    setHeader(name: string, value: string | readonly string[]): unknown
    removeHeader(name: string): void
  }
}

export type Middleware = (ctx: KoaContext, next: () => Promise<unknown>) => Promise<void>

/** What stands behind `ctx.session`. */
export interface ContextSession {
  readonly ctx: KoaContext
  readonly app: KoaContext['app']
  /** This request's copy of the options: `ctx.sessionOptions`. */
  readonly opts: SessionOptions
  readonly store: SessionStore | Store | undefined
  /** The session; false when it was set to null; undefined before somebody looked. */
  readonly session: Session | false | undefined
  /** The id under which a store has the session. */
  readonly externalKey: string | undefined
  /** `ctx.session`, read. */
  get(): Session | null
  /** `ctx.session`, assigned. */
  set(value: object | null): void
  /** Looks the session up in the store. Rejects if that fails. */
  initFromExternal(): Promise<void>
  /** Saves, removes or leaves the session. Rejects if the store fails, or if a session to save has ended meanwhile. */
  commit(options?: { readonly save?: boolean; readonly regenerate?: boolean }): Promise<void>
}
