export {
  type AnyStore,
  Cookie,
  type CookieOptions,
  default,
  MemoryStore,
  type Middleware,
  type Secret,
  type SessionOptions,
  type SessionRequest,
  Store,
  session,
} from './express-session.cjs'
export * from './express-session-data.cjs'
