import type { IncomingMessage, ServerResponse } from 'node:http'
import type {} from 'koa'
import { isLater } from '../core/answer.ts'
import type { Session, SessionData, SessionOptions, Sessions } from '../index.ts'
import { type Framework, hostedExchange } from './internal/exchange.ts'
import { hasBegun, hold } from './internal/hold.ts'
import { sessionProperty } from './internal/property.ts'
import { toSessions } from './internal/sessions.ts'

declare module 'koa' {
  interface ExtendableContext {
    /** The session of this request. Null destroys it; an object replaces its data. */
    get session(): Session<SessionData>
    set session(value: Session<SessionData> | (SessionData & object) | null)
  }
}

export interface KoaSessionOptions {
  /** The property of the context that shows the session. Default `'session'`. Two sessions need two names. */
  readonly property?: string | undefined
}

/** What is needed of Koa's context. */
export interface KoaContext {
  readonly app: { readonly context: object; emit(event: 'error', error: unknown, ctx: unknown): boolean }
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly originalUrl: string
  readonly secure: boolean
  onerror(error: Error): void
}

export type KoaMiddleware = (ctx: KoaContext, next: () => Promise<unknown>) => Promise<void>

const koa: Framework<KoaContext> = {
  secure: (_req, ctx) => ctx.secure,
  fail: (error, { host: ctx }) => ctx.onerror(error as Error),
  late: (error, ctx) => void ctx.app.emit('error', error, ctx),
}

/**
 * `app.use(session({ secrets, store }))` gives every context a `ctx.session`. It is committed when the middleware after
 * this one is through, so that a failed commit is an error which the middleware before it can catch; and before the
 * headers leave where a handler sends them itself. A handler that throws keeps what it changed until then.
 *
 * @param given the options of an engine, or an engine made by `createSessions`
 */
export function session<Data = SessionData>(
  given?: SessionOptions<Data> | Sessions<Data>,
  { property = 'session' }: KoaSessionOptions = {},
): KoaMiddleware {
  const sessions = toSessions(given)
  const shown = sessionProperty<Data>(property)

  return async (ctx, next) => {
    // Used twice on one route: the first one's session is the context's.
    if (shown.isShown(ctx, sessions)) {
      await next()
      return
    }
    const exchange = hostedExchange(sessions, koa, ctx.req, ctx.res, ctx.originalUrl, ctx)
    const opened = sessions.open(exchange)
    const visit = isLater(opened) ? await opened : opened
    exchange.visit = visit
    shown.show(ctx, ctx.app.context, { sessions, visit })
    hold(ctx.res, exchange)

    const commit = async (): Promise<void> => {
      // A response that has begun already is committed by the hold.
      if (hasBegun(ctx.res)) return
      try {
        await exchange.finish()
      } catch (error) {
        // Once is enough: the error's own response must not wait for the same store again.
        exchange.visit = undefined
        throw error
      }
    }

    try {
      await next()
    } catch (error) {
      // The application's error is the answer, whatever becomes of the commit.
      await commit().catch((failure) => koa.late(failure, ctx))
      throw error
    }
    await commit()
  }
}
