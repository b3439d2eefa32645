import { SessionOptionError } from '../../core/errors.ts'
import type { Store } from '../../index.ts'
import { isHoldfastStore } from '../internal/engine.ts'
import { hosted } from './hosted.ts'
import { endAfter, endIn, objectIn } from './stored.ts'

/** A store as Koa's session middlewares call one. Every method rejects with a `SessionError` if the store fails. */
export interface KoaStore {
  /** The session, or undefined. */
  get(key: string, maxAge?: unknown, options?: unknown): Promise<object | undefined>
  /** `maxAge` is in ms. Without one, the session's `cookie` says when it ends, and else it ends in one day. */
  set(key: string, session: object, maxAge?: unknown, options?: unknown): Promise<void>
  destroy(key: string, options?: unknown): Promise<void>
}

/**
 * A Holdfast store as one for the published koa-session, koa-generic-session and koa-session-minimal. Sessions are kept under a
 * hash of their key, as JSON text of what the middleware gives: `holdfast/koa-session` with the same store reads those of
 * koa-session. Throws a `SessionOptionError` for what is no Holdfast store.
 */
export function toKoaStore(store: Store): KoaStore {
  if (!isHoldfastStore(store)) throw new SessionOptionError('store', 'is no Holdfast store.')
  const sessions = hosted(store, true)

  return {
    async get(key) {
      const entry = await sessions.load(idOf(key))
      return entry && objectIn(entry.value)
    },
    async set(key, session, maxAge) {
      const end = typeof maxAge === 'number' ? endAfter(maxAge) : endIn(session)
      await sessions.save(idOf(key), JSON.stringify(session), end)
    },
    async destroy(key) {
      await sessions.remove(idOf(key))
    },
  }
}

/** koa-session takes numbers for ids. Anything else is none. */
const idOf = (key: unknown): string => (typeof key === 'number' ? String(key) : (key as string))
