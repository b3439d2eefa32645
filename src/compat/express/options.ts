import type { Duration, Store as HoldfastStore } from '../../index.ts'
import type { CookieOptions } from './cookie.ts'
import { deprecate } from './deprecate.ts'
import type { SessionRequest } from './passage.ts'
import type { Secret } from './signature.ts'
import { generateId } from './signature.ts'
import type { StoreMethods } from './store.ts'

/** The options of express-session, and two more. */
export interface SessionOptions {
  /** Signs the cookies: one secret, or several of which the first signs and all verify. */
  secret?: Secret | readonly Secret[] | undefined
  /** The cookie's name. Default `'connect.sid'`. */
  name?: string | undefined
  /** The same as `name`. */
  key?: string | undefined
  /** The cookie's attributes, or a function that gives them for a request. */
  cookie?: CookieOptions | ((req: SessionRequest) => CookieOptions) | undefined
  /** Makes ids. Synchronous. Default: 24 random bytes as 32 characters of base64url. */
  genid?: ((req: SessionRequest) => string) | undefined
  /** Is the request secure? `true`: as `X-Forwarded-Proto` says. `false`: as the socket says. Default: as Express says. */
  proxy?: boolean | undefined
  /** Save sessions that were not changed? Default true, with a warning: say what you want. */
  resave?: boolean | undefined
  /** Send the cookie with every response? Default false. */
  rolling?: boolean | undefined
  /** Save new sessions that hold nothing? Default true, with a warning: say what you want. */
  saveUninitialized?: boolean | undefined
  /** A store for express-session, or one of Holdfast. Default: `MemoryStore`. */
  store?: StoreMethods | HoldfastStore | undefined
  /** What `delete req.session` or `req.session = null` do. Default `'keep'`: nothing. */
  unset?: 'keep' | 'destroy' | undefined
  /** How long one call of the store may take. Default `'10s'`. */
  storeTimeout?: Duration | undefined
  /**
   * What a save does that failed at the end of a request. `'report'` (default) sends the response and then calls `next(error)`, as
   * express-session does. `'fail'` calls `next(error)` instead of sending the response.
   */
  commitError?: 'report' | 'fail' | undefined
}

/** What the middleware works with. */
export interface Settings {
  readonly secrets: readonly Secret[] | undefined
  readonly name: string
  readonly cookieOf: (req: SessionRequest) => CookieOptions
  readonly idOf: (req: SessionRequest) => string
  readonly proxy: boolean | undefined
  readonly resave: boolean
  readonly rolling: boolean
  readonly saveUninitialized: boolean
  readonly unsetDestroys: boolean
  readonly commitError: 'report' | 'fail'
}

export function settle(o: SessionOptions): Settings {
  const { unset, secret } = o
  // What is false counts as not given, as it always has.
  const genid = o.genid || generateId
  const cookie = o.cookie || {}
  if (typeof genid !== 'function') throw new TypeError('genid option must be a function')
  if (o.resave === undefined) deprecate('undefined resave option; provide resave option')
  if (o.saveUninitialized === undefined) {
    deprecate('undefined saveUninitialized option; provide saveUninitialized option')
  }
  if (unset && unset !== 'destroy' && unset !== 'keep') {
    throw new TypeError('unset option must be "destroy" or "keep"')
  }
  if (Array.isArray(secret) && secret.length === 0) {
    throw new TypeError('secret option array must contain one or more strings')
  }
  if (!secret) deprecate('req.secret; provide secret option')
  return {
    secrets: secret ? ([secret].flat() as Secret[]) : undefined,
    name: o.name || o.key || 'connect.sid',
    cookieOf: typeof cookie === 'function' ? cookie : () => cookie,
    idOf: genid,
    proxy: o.proxy,
    resave: o.resave === undefined || Boolean(o.resave),
    rolling: Boolean(o.rolling),
    saveUninitialized: o.saveUninitialized === undefined || Boolean(o.saveUninitialized),
    unsetDestroys: unset === 'destroy',
    commitError: o.commitError ?? 'report',
  }
}
