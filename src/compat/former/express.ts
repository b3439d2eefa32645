import { serialize } from 'cookie'
import { andThen } from '../../core/answer.ts'
import { cookieValues } from '../../core/cookie.ts'
import { SessionOptionError } from '../../core/errors.ts'
import type { FormerSessions, Store } from '../../index.ts'
import { decoded } from '../express/cookies-in.ts'
import type { SessionData } from '../express/session.ts'
import { type Secret, verified } from '../express/signature.ts'
import type { StoreMethods } from '../express/store.ts'
import { asked } from '../internal/asked.ts'
import { isHoldfastStore } from '../internal/engine.ts'
import { type FormerCalls, type FormerCookie, isAlive, ofHoldfast } from './former.ts'

export interface FormerExpressOptions {
  /** What signed the cookies: all secrets that were in use. */
  readonly secret: Secret | readonly Secret[]
  /** Where the sessions are: the store of express-session, one of `holdfast/formats`, or the one that the drop-in used. */
  readonly store: Pick<StoreMethods, 'get' | 'destroy'> | Store
  /** The cookie's name. Default `'connect.sid'`. */
  readonly name?: string | undefined
  /** What stands before the id in a cookie. Default `'s:'`; `''` for @fastify/session, whose cookie is `'sessionId'`. */
  readonly prefix?: '' | 's:' | undefined
  /** The cookie's `path` and `domain`, without which browsers do not remove it. Default: `'/'` and none. */
  readonly cookie?: FormerCookie | undefined
}

/** Sessions of express-session or @fastify/session, for the option `moveFrom`. */
export function formerExpressSessions(options: FormerExpressOptions): FormerSessions {
  const { store, name = 'connect.sid', cookie = {}, prefix } = options
  const secrets = [options.secret].flat() as Secret[]
  if (secrets.length === 0 || secrets.some((secret) => !secret)) {
    throw new SessionOptionError('secret', 'is missing.', 'Give the secrets that signed the old cookies.')
  }
  const calls = isHoldfastStore(store) ? ofHoldfast(store) : ofExpress(store)

  return {
    name: 'express-session',
    claim({ cookieHeader }) {
      for (const value of cookieValues(cookieHeader, name)) {
        const its = verified(decoded(value), secrets, prefix)
        if (its) return its.id
      }
      return undefined
    },
    load: (id) => andThen(calls.load(id), (data) => (data && isAlive(data) ? withoutCookie(data) : undefined)),
    remove: calls.remove,
    clearing: [serialize(name, '', { path: '/', ...cookie, expires: new Date(0) })],
  }
}

const ofExpress = (store: Pick<StoreMethods, 'get' | 'destroy'>): FormerCalls => ({
  async load(id) {
    try {
      return await asked<SessionData | null>(store.get, 2, (done) => store.get(id, done))
    } catch (error) {
      // express-session's stores may say so of what they do not have.
      if ((error as { readonly code?: unknown } | undefined)?.code === 'ENOENT') return undefined
      throw error
    }
  },
  remove: (id) => asked(store.destroy, 2, (done) => store.destroy(id, done)),
})

function withoutCookie(data: object): Record<string, unknown> {
  const { cookie, ...rest } = data as Record<string, unknown>
  return rest
}
