import type { Cookie } from './express-session.cjs'

/**
 * What a session holds. Yours to augment: `declare module 'holdfast/express-session' { interface SessionData { views: number } }`.
 * In a module of its own, because ESM finds interfaces to augment behind `export *` only, and CommonJS behind `export =`.
 */
export interface SessionData {
  cookie: Cookie
}
