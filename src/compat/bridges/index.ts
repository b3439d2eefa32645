/**
 * Stores of one kind in the place of another: Holdfast's under the published middlewares of Express, Fastify and Koa, and the
 * stores that were made for those under `createSessions`.
 */

export { type FormerExpressOptions, formerExpressSessions } from '../former/express.ts'
export type { FormerCookie } from '../former/former.ts'
export { type FormerKoaOptions, type FormerKoaStore, formerKoaSessions, type KeyVerifier } from '../former/koa.ts'
export { type ExpressStore, toExpressStore } from './express-store.ts'
export { fromExpressStore, type PlainExpressStore } from './from-express.ts'
export { fromKoaStore, type PlainKoaStore } from './from-koa.ts'
export { type KoaStore, toKoaStore } from './koa-store.ts'
