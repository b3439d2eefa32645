import type { Store } from '../../index.ts'
import { driven } from '../koa/generators.ts'
import { checkPlain } from './check-plain.ts'
import { ruled } from './ruled.ts'

/** As much of a store for Koa's session middlewares as is called. Its methods answer at once, by a promise, or are generators. */
export interface PlainKoaStore {
  get(key: string, maxAge?: number, options?: object): unknown
  /** `maxAge` is in ms. */
  set(key: string, session: object, maxAge?: number, options?: object): unknown
  destroy(key: string, options?: object): unknown
}

/**
 * A store made for koa-session, koa-generic-session or koa-session-minimal (koa-redis, koa-mysql-session ...) as one for
 * `createSessions`. What it keeps and what not is as with `fromExpressStore`.
 */
export function fromKoaStore(store: PlainKoaStore): Store {
  checkPlain(store)
  return ruled('koa store', store, {
    get: (sid) => driven(store.get(sid, undefined, {})),
    set: (sid, record, ttl) => driven(store.set(sid, record, ttl, { changed: true })),
    destroy: (sid) => driven(store.destroy(sid, {})),
  })
}
