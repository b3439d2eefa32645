/**
 * That the bridges fit the declarations of others: of express-session (as @types/express-session has them), @fastify/session and
 * koa-session. Nothing here runs; it has to compile.
 */

import { EventEmitter } from 'node:events'
import type { FastifySessionOptions } from '@fastify/session'
import { fromExpressStore, fromKoaStore, toExpressStore, toKoaStore } from '../../../src/compat/bridges/index.ts'
import type { Store as HoldfastStore } from '../../../src/index.ts'

// biome-ignore lint/suspicious/noExplicitAny: as it is declared there
type Untyped = any
interface Cookie {
  originalMaxAge: number | null
  expires?: Date | null
  maxAge?: number
  httpOnly?: boolean
  path?: string
}
interface SessionData {
  cookie: Cookie
}
interface Session extends SessionData {
  id: string
}
type Request = { readonly sessionID: string }

declare abstract class Store extends EventEmitter {
  regenerate(req: Request, callback: (err?: Untyped) => Untyped): void
  load(sid: string, callback: (err: Untyped, session?: SessionData) => Untyped): void
  createSession(req: Request, session: SessionData): Session & SessionData
  abstract get(sid: string, callback: (err: Untyped, session?: SessionData | null) => void): void
  abstract set(sid: string, session: SessionData, callback?: (err?: Untyped) => void): void
  abstract destroy(sid: string, callback?: (err?: Untyped) => void): void
  all?(callback: (err: Untyped, obj?: SessionData[] | { [sid: string]: SessionData } | null) => void): void
  length?(callback: (err: Untyped, length?: number) => void): void
  clear?(callback?: (err?: Untyped) => void): void
  touch?(sid: string, session: SessionData, callback?: () => void): void
}

/** As koa-session declares its stores. */
interface KoaStore {
  get(key: string, maxAge: number | 'session' | undefined, data: { rolling: boolean; ctx: object }): Promise<Untyped>
  set(key: string, data: object, maxAge: number | 'session' | undefined, how: { changed: boolean }): Promise<Untyped>
  destroy(key: string, data: { ctx: object }): Promise<Untyped>
}

export const underExpress = (store: HoldfastStore): Store => toExpressStore(store)
export const underFastify = (store: HoldfastStore): FastifySessionOptions => ({
  secret: '',
  store: toExpressStore(store),
})
export const underKoa = (store: HoldfastStore): KoaStore => toKoaStore(store)
export const ofExpress = (store: Store): HoldfastStore => fromExpressStore(store)
export const ofKoa = (store: KoaStore): HoldfastStore => fromKoaStore(store)
