import { createHmac, timingSafeEqual } from 'node:crypto'
import { serialize } from 'cookie'
import { andThen } from '../../core/answer.ts'
import { cookieValues } from '../../core/cookie.ts'
import { SessionOptionError } from '../../core/errors.ts'
import type { Answer, FormerSessions, Store } from '../../index.ts'
import { isHoldfastStore } from '../internal/engine.ts'
import { parsedObject } from '../internal/record.ts'
import { driven } from '../koa/generators.ts'
import { type FormerCalls, type FormerCookie, isAlive, ofHoldfast } from './former.ts'

/** What is asked of a store for koa-session, koa-generic-session or koa-session-minimal. */
export interface FormerKoaStore {
  get(id: string, maxAge?: unknown, options?: unknown): unknown
  destroy(id: string, options?: unknown): unknown
}

/** Keygrip, or whatever else is in `app.keys`. */
export interface KeyVerifier {
  verify(data: string, signature: string): boolean
}

export interface FormerKoaOptions {
  /** `app.keys`: what signed the cookies. `false` where they were not signed (koa-session-minimal). */
  readonly keys: readonly string[] | KeyVerifier | false
  /**
   * Where the sessions are: the store that the middleware had, one of `holdfast/formats`, or the one that the drop-in used.
   * Without it, they are in the cookie (koa-session's default, and cookie-session).
   */
  readonly store?: FormerKoaStore | Store | undefined
  /** The cookie's name. Default `'koa.sess'`; `'session'` for cookie-session. */
  readonly key?: string | undefined
  /** What the middleware puts before an id to make the store's key: `'koa:sess:'` for koa-generic-session. Default none. */
  readonly prefix?: string | undefined
  /** The cookie's `path` and `domain`, without which browsers do not remove it. Default: `'/'` and none. */
  readonly cookie?: FormerCookie | undefined
}

/** Sessions of koa-session, koa-generic-session, koa-session-minimal or cookie-session, for the option `moveFrom`. */
export function formerKoaSessions(options: FormerKoaOptions): FormerSessions {
  const { keys, store, key = 'koa.sess', prefix = '', cookie = {} } = options
  if (keys === undefined || (Array.isArray(keys) && keys.length === 0)) {
    throw new SessionOptionError('keys', 'is missing.', 'Give app.keys, or false where the cookies were not signed.')
  }
  const verify = keys === false ? () => true : 'verify' in keys ? keys.verify.bind(keys) : verifier(keys)
  const calls = store ? stored(store, prefix) : IN_COOKIE
  const gone = (name: string): string => serialize(name, '', { path: '/', ...cookie, expires: new Date(0) })

  return {
    name: 'koa-session',
    claim({ cookieHeader }) {
      const [value] = cookieValues(cookieHeader, key)
      const [signature] = cookieValues(cookieHeader, `${key}.sig`)
      if (!value) return undefined
      return keys === false || (signature && verify(`${key}=${value}`, signature)) ? value : undefined
    },
    load: (id) => andThen(calls.load(id), (data) => (data && isKept(data) ? withoutBookkeeping(data) : undefined)),
    remove: calls.remove,
    clearing: keys === false ? [gone(key)] : [gone(key), gone(`${key}.sig`)],
  }
}

/** As keygrip signs: HMAC-SHA1, base64url. */
function verifier(keys: readonly string[]): (data: string, signature: string) => boolean {
  return (data, signature) => {
    const given = Buffer.from(signature)
    return keys.some((key) => {
      const right = Buffer.from(createHmac('sha1', key).update(data).digest('base64url'))
      return right.length === given.length && timingSafeEqual(right, given)
    })
  }
}

function stored(store: FormerKoaStore | Store, prefix: string): FormerCalls {
  if (isHoldfastStore(store)) return ofHoldfast(store, prefix)
  return {
    load: (id) => driven(store.get(prefix + id, undefined, { rolling: false })) as Answer<object | undefined>,
    remove: (id) => driven(store.destroy(prefix + id, {})),
  }
}

/** The session is the cookie's value, so there is nothing to remove but the cookie. */
const IN_COOKIE: FormerCalls = {
  load: (value) => parsedObject(Buffer.from(value, 'base64').toString('utf8')),
  remove: () => undefined,
}

function isKept(data: object): boolean {
  const { _expire } = data as { readonly _expire?: unknown }
  return typeof _expire === 'number' ? _expire > Date.now() : isAlive(data)
}

/** Without what the three libraries keep beside the data. */
function withoutBookkeeping(data: object): Record<string, unknown> {
  const { _expire, _maxAge, _session, cookie, ...rest } = data as Record<string, unknown>
  return rest
}
