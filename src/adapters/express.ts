import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Session, SessionData, SessionOptions, Sessions } from '../index.ts'
import { enter } from './internal/entrance.ts'
import { type Framework, hostedExchange } from './internal/exchange.ts'
import { answerPlainly, warn } from './internal/failure.ts'
import { accessorHome, sessionProperty } from './internal/property.ts'
import { isEncrypted } from './internal/request.ts'
import { toSessions } from './internal/sessions.ts'

declare global {
  namespace Express {
    interface Request {
      /** The session of this request. Null destroys it; an object replaces its data. */
      get session(): Session<SessionData>
      set session(value: Session<SessionData> | (SessionData & object) | null)
    }
  }
}

export interface ExpressSessionOptions {
  /** The property of the request that shows the session. Default `'session'`. Two sessions need two names. */
  readonly property?: string | undefined
}

export type Next = (error?: unknown) => void

/** Middleware for Express, and for all that calls `(req, res, next)`: Connect, Polka, Restify, NestJS on Express. */
export type ExpressMiddleware = (req: IncomingMessage, res: ServerResponse, next: Next) => void

const express: Framework<Next> = {
  // Express says whether the client's connection was secure, as far as `trust proxy` goes.
  secure(req) {
    const { secure } = req as { readonly secure?: unknown }
    return typeof secure === 'boolean' ? secure : isEncrypted(req)
  },
  fail(error, { req, res, host: next }) {
    // Restify ignores an error from a middleware that has called "next" before, and would never answer.
    if (isRestify(req)) answerPlainly(res, error)
    else next(error)
  },
  late: warn,
}

const isRestify = (req: object): boolean => 'connectionState' in req && 'startHandlerTimer' in req

/**
 * `app.use(session({ secrets, store }))` gives every request a `req.session`. Whatever sends the response, it leaves
 * after the session was committed; if the commit fails, Express's error handling gets the error and nothing else is sent.
 *
 * @param given the options of an engine, or an engine made by `createSessions`
 */
export function session<Data = SessionData>(
  given?: SessionOptions<Data> | Sessions<Data>,
  { property = 'session' }: ExpressSessionOptions = {},
): ExpressMiddleware {
  const sessions = toSessions(given)
  const shown = sessionProperty<Data>(property)

  return (req, res, next) => {
    const target = (req as { readonly originalUrl?: string }).originalUrl ?? req.url
    enter(hostedExchange(sessions, express, req, res, target, next), shown, accessorHome(req), next)
  }
}
