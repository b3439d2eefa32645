import type { Cookie } from './express-session.cjs'

// @ts-ignore: any, unless the types of express-session are installed, which other libraries' stores import
type TheirData = import('express-session').SessionData
type Theirs = 0 extends 1 & TheirData ? object : TheirData

/**
 * What a session holds. Yours to augment: `declare module 'holdfast/express-session' { interface SessionData { views: number } }`.
 * In a module of its own, because ESM finds interfaces to augment behind `export *` only, and CommonJS behind `export =`.
 */
export interface SessionData extends Theirs {
  cookie: Cookie
}
