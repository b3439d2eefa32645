import { extend, sessionOf } from './koa/extend.ts'
import { SessionOptions, settle } from './koa/options.ts'
import type { CreateSessionOptions, KoaApplication, Middleware } from './koa/types.ts'

/**
 * koa-session on the engine of Holdfast: the same options, cookies, stores and stored sessions, and no lost updates, no
 * session that comes back after a logout.
 *
 * `app.use(session(options, app))`, or `app.use(session(app))`. Fills in the defaults in the object that it is given. Throws
 * `TypeError` without an application, and an error named `ZodError` for an option that is wrong.
 */
export function createSession(options: CreateSessionOptions | null | undefined, app: KoaApplication): Middleware
export function createSession(app: KoaApplication, options?: CreateSessionOptions | null): Middleware
export function createSession(
  first: CreateSessionOptions | KoaApplication | null | undefined,
  second?: CreateSessionOptions | KoaApplication | null,
): Middleware {
  const isFirst = Boolean(first) && 'use' in (first as object) && isApplication(first)
  const app = isFirst ? first : second
  const given = isFirst ? second : first
  if (!isApplication(app)) throw new TypeError('app instance required: `session(opts, app)`')
  const options = settle(given ?? {})
  extend(app, options)

  return async function session(ctx, next) {
    const own = sessionOf(ctx)
    if (own.store) await own.initFromExternal()
    try {
      await next()
    } finally {
      if (options.autoCommit) await own.commit()
    }
  }
}

const isApplication = (what: unknown): what is KoaApplication =>
  typeof (what as Partial<KoaApplication> | null | undefined)?.use === 'function'

Object.assign(createSession, { createSession, session: createSession, SessionOptions, default: createSession })

// biome-ignore lint/style/noDefaultExport: the shape of the package that this replaces
export default createSession
export type { Session } from './koa/session.ts'
export type {
  ContextSession,
  ContextStoreClass,
  CreateSessionOptions,
  ExternalKey,
  KoaApplication,
  KoaContext,
  Middleware,
  SessionStore,
  StoreCallOptions,
} from './koa/types.ts'
export { createSession as session, SessionOptions }
