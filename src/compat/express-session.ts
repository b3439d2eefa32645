import type { ServerResponse } from 'node:http'
import { type Holder, isResponse } from '../adapters/internal/held-response.ts'
import { hold } from '../adapters/internal/hold.ts'
import { pathOf } from '../adapters/internal/request.ts'
import { isLater } from '../core/answer.ts'
import { coversPath } from '../core/cookie.ts'
import type { Exchange } from '../core/exchange.ts'
import { destroy } from '../core/verbs.ts'
import type { Visit } from '../core/visit.ts'
import { finish, open } from '../engine.ts'
import type { Answer, Store as HoldfastStore } from '../index.ts'
import { expressStore } from './bridges/express-store.ts'
import { expressCalls } from './express/calls.ts'
import { expressContract } from './express/contract.ts'
import { Cookie } from './express/cookie.ts'
import { idsOf } from './express/cookies-in.ts'
import { MemoryStore } from './express/memory-store.ts'
import { type SessionOptions, settle } from './express/options.ts'
import type { Passage, SessionRequest } from './express/passage.ts'
import { Session } from './express/session.ts'
import { Store, type StoreMethods } from './express/store.ts'
import { begin, endWith, enlist, generate, inflate } from './express/visits.ts'
import { compatEngine, isHoldfastStore } from './internal/engine.ts'
import { foreignStore } from './internal/foreign-store.ts'
import { memoryOf } from './internal/store-memory.ts'

/** What the middleware asks of the store that the application gave, beside its methods. */
type GivenStore = StoreMethods & {
  generate?: (req: SessionRequest) => void
  on?: (event: string, listener: () => void) => unknown
}

export type Next = (error?: unknown) => void
export type Middleware = (req: SessionRequest, res: ServerResponse, next: Next) => void

/**
 * express-session on the engine of Holdfast: the same options, cookies, stores and stored sessions, and no lost updates, no
 * session that comes back after a logout, no response that leaves before its session is saved.
 */
function session(options?: SessionOptions): Middleware {
  const settings = settle(options ?? {})
  const given = options?.store || new MemoryStore()
  const own = isHoldfastStore(given) ? given : undefined
  const shown = (own ? expressStore(own) : given) as GivenStore
  const engine = compatEngine(own, options?.storeTimeout)
  const memory = memoryOf(shown)
  const touches = typeof shown.touch === 'function'
  warnOfMemory(shown)

  shown.generate = (req) => generate(req, settings)
  let ready = true
  shown.on?.('disconnect', () => {
    ready = false
  })
  shown.on?.('connect', () => {
    ready = true
  })

  return (req, res, next) => {
    if (req.session || !ready) return next()
    if (
      !coversPath(
        settings.cookieOf(req).path || '/',
        pathOf(typeof req.originalUrl === 'string' ? req.originalUrl : req.url),
      )
    )
      return next()
    const secrets = settings.secrets ?? (req.secret ? [req.secret] : undefined)
    if (!secrets) return next(new Error('secret option required for sessions'))

    req.sessionStore = shown
    const ids = idsOf(req, settings.name, secrets)
    req.sessionID = ids[0]?.id
    const passage: Passage = {
      req,
      res,
      next,
      settings,
      secrets,
      visit: undefined as unknown as Visit,
      cookieId: ids[0]?.id,
      signedByOld: false,
      originalId: undefined,
      originalText: undefined,
      savedId: undefined,
      savedText: undefined,
      begunText: undefined,
      touched: false,
      sent: false,
      text: '',
      put: '',
      raw: undefined,
      unkeepable: undefined,
      touchFailure: undefined,
    }
    const foreign = own ? undefined : foreignStore('session', memory, expressCalls(shown, touches, passage))
    const kernel = engine.kernel(expressContract(passage, ids, own), foreign)
    enlist(passage, own)
    if (ids.length === 0) {
      passage.visit = open(kernel, NO_EXCHANGE) as Visit
      begin(passage)
      holdResponse(passage, own)
      return next()
    }
    const admit = (visit: Visit): void => {
      passage.visit = visit
      try {
        const { claim } = visit.bond
        if (claim) {
          // Of several cookies, the one whose session is alive.
          req.sessionID = passage.cookieId = claim.nonce
          passage.signedByOld = claim.signedBy > 0
          inflate(passage)
        } else begin(passage)
        holdResponse(passage, own)
      } catch (error) {
        next(error)
        return
      }
      next()
    }
    let visit: Answer<Visit>
    try {
      visit = open(kernel, NO_EXCHANGE)
    } catch (error) {
      return next(error)
    }
    if (!isLater(visit)) admit(visit)
    else
      visit.then(
        (found) => process.nextTick(admit, found),
        (error) => process.nextTick(next, error),
      )
  }
}

/** The contract reads the request and writes the cookie itself. */
const NO_EXCHANGE: Exchange = {
  cookieHeader: undefined,
  path: '/',
  secure: () => false,
  headersSent: () => false,
  setCookie: () => undefined,
}

/** From here on the response waits for its session. */
function holdResponse(passage: Passage, own: HoldfastStore | undefined): void {
  const { res } = passage
  if (!isResponse(res)) return
  hold(res, holderOf(passage, own))
  const end = res.end as (...args: unknown[]) => unknown
  // Ending twice is without effect, as it always has been here. Node's own `end` would emit an error that nobody awaits.
  res.end = function (this: ServerResponse, ...args: unknown[]) {
    return this.writableEnded ? false : end.apply(this, args)
  } as typeof res.end
}

/** What the response waits for. */
function holderOf(passage: Passage, own: HoldfastStore | undefined): Holder {
  const { req, settings, next } = passage
  const late = (error: unknown): void => void setImmediate(next, error)

  const done = (): void => {
    if (passage.touchFailure !== undefined) late(passage.touchFailure)
    passage.touchFailure = undefined
  }
  const failed = (error: unknown): void => {
    // What cannot be kept is the application's mistake, and no response hides it.
    if (settings.commitError === 'fail' || (error !== undefined && error === passage.unkeepable)) throw error
    late(error)
  }

  return {
    finish() {
      const { visit } = passage
      const { session } = req
      if (session == null && settings.unsetDestroys && req.sessionID && visit.bond.live) {
        // A failure comes out of `finish`, which tries again.
        destroy(visit, visit.bond).catch(() => undefined)
      }
      if (session && !passage.touched) {
        passage.touched = true
        session.touch()
      }
      endWith(passage, session ?? undefined, own)
      const answer = finish(visit)
      return isLater(answer) ? answer.then(done, failed) : done()
    },
    fail: next,
    late,
  }
}

function warnOfMemory(store: unknown): void {
  if (process.env.NODE_ENV !== 'production' || !(store instanceof MemoryStore)) return
  // biome-ignore lint/suspicious/noConsole: the warning of express-session, for its users' logs
  console.warn(
    'Warning: connect.session() MemoryStore is not\ndesigned for a production environment, as it will leak\nmemory, and will not scale past a single process.',
  )
}

// biome-ignore lint/style/noDefaultExport: the shape of the package that this replaces
export default Object.assign(session, { Store, Cookie, Session, MemoryStore, session, default: session })
export type { CookieOptions } from './express/cookie.ts'
export type { SessionOptions } from './express/options.ts'
export type { SessionRequest } from './express/passage.ts'
export type { SessionData } from './express/session.ts'
export type { Done, StoreConstructor, StoreMethods, StoreRequest } from './express/store.ts'
export { Cookie, MemoryStore, Session, Store, session }
