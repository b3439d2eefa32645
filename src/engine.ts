import { newVisit } from './core/access.ts'
import { andThen, isLater } from './core/answer.ts'
import { backend } from './core/backend.ts'
import { commit } from './core/commit.ts'
import { cookieLines, cookieValues, coversPath } from './core/cookie.ts'
import { isSessionError } from './core/errors.ts'
import { events } from './core/events.ts'
import type { Exchange } from './core/exchange.ts'
import { decodeHeld } from './core/held.ts'
import type { Answer } from './core/store.ts'
import { type Claim, type ClaimState, claimState, nativeToken } from './core/token.ts'
import { turns } from './core/turns.ts'
import { bury } from './core/verbs.ts'
import type { Held, Kernel, Visit } from './core/visit.ts'
import type { ResolvedOptions } from './options.ts'

/**
 * The story of a request:
 *
 *     Cookie header -> token -> record (store) -> session (the handler) -> plan -> commit -> Set-Cookie
 *
 * `open` goes up to the session and runs before the handler. `finish` goes from there to the cookie and runs before the
 * headers leave. Both answer at once when nobody has to be waited for.
 */
export function kernel(options: ResolvedOptions): Kernel {
  const bus = events(options.logger)
  return {
    options,
    events: bus,
    backend: backend(options.store, bus),
    token: nativeToken(options.secrets, options.cookie.name),
    lines: cookieLines(options.cookie),
    turns: turns<Held>(),
  }
}

/** Finds the session that a request's cookie opens. A cookie that is not ours never reaches the store. */
export function open(kernel: Kernel, exchange: Exchange): Answer<Visit> {
  const visit = newVisit(kernel, exchange)
  const values = cookieValues(exchange.cookieHeader, kernel.options.cookie.name)
  if (values.length === 0 || !coversPath(kernel.options.cookie.path, exchange.path)) return visit

  const claims: Claim[] = []
  for (const value of values) {
    const claim = kernel.token.verify(value)
    if (claim) claims.push(claim)
    else kernel.events.emit({ type: 'refused', reason: 'forged' })
  }
  const [first] = claims
  if (!first) return visit
  const handles = claims.length === 1 ? [first.handle] : [...new Set(claims.map((claim) => claim.handle))]
  if (handles.length === 1) return andThen(look(kernel, claims), (seen) => admit(visit, seen))
  return openAmbiguous(visit, claims, handles)
}

/** What the store says of the claims that one handle's cookies make: the best of them. */
interface Sighting {
  readonly claim: Claim
  readonly held: Held | undefined
  readonly state: ClaimState | 'unknown' | 'unreadable'
}

const RANK: readonly Sighting['state'][] = ['current', 'grace', 'superseded', 'stale']

function look(kernel: Kernel, claims: readonly Claim[]): Answer<Sighting> {
  const [first] = claims as [Claim]
  const now = kernel.options.clock.now()
  const answer = kernel.backend.ask('get', kernel.options.storeTimeout, now, (store, call) =>
    store.get(first.handle, call),
  )
  return andThen(answer, (entry): Sighting => {
    if (!entry) return { claim: first, held: undefined, state: 'unknown' }
    const held = decodeHeld(kernel, first.handle, entry)
    if (!held) return { claim: first, held, state: 'unreadable' }
    const judge = (claim: Claim): ClaimState => claimState(claim, held.record, kernel.options.renewGrace, now)
    if (claims.length === 1) return { claim: first, held, state: judge(first) }
    const best = claims.map((claim) => ({ claim, held, state: judge(claim) }))
    return best.sort((a, b) => RANK.indexOf(a.state) - RANK.indexOf(b.state))[0] as Sighting
  })
}

const isAlive = (seen: Sighting): boolean => seen.state === 'current' || seen.state === 'grace'

function admit(visit: Visit, { claim, held, state }: Sighting): Visit {
  visit.origin = claim
  if (state === 'current' || state === 'grace') {
    visit.bond.claim = claim
    visit.bond.latest = held
    visit.bond.seen = (held as Held).record.text
  } else if (state !== 'unreadable') {
    // The browser has been sent a newer cookie and will use it: a session made here would overwrite that one.
    if (state === 'superseded') visit.bar = 'superseded'
    visit.kernel.events.emit({ type: 'refused', handle: claim.handle, reason: state })
  }
  return visit
}

/** Cookies of several sessions: at most two are looked up, and if both are alive, none is trusted. */
async function openAmbiguous(visit: Visit, claims: readonly Claim[], handles: readonly string[]): Promise<Visit> {
  const { kernel } = visit
  const seen: Sighting[] = []
  for (const handle of handles.slice(0, 2))
    seen.push(
      await look(
        kernel,
        claims.filter((claim) => claim.handle === handle),
      ),
    )
  const alive = seen.filter(isAlive)
  if (alive.length === 1 && handles.length === 2) return admit(visit, alive[0] as Sighting)
  if (alive.length === 0 && handles.length === 2) return admit(visit, seen[0] as Sighting)
  visit.bar = 'ambiguous'
  kernel.events.emit({ type: 'ambiguous', handles })
  return visit
}

/**
 * Brings the store up to date and adds the cookie. Rejects if the store does not acknowledge. May be called again: it
 * then commits what changed since, and once the headers have left it sends no cookie.
 */
export function finish(visit: Visit): Answer<void> {
  if (visit.tail || visit.dying.length > 0) return finishLater(visit)
  let committed: Answer<void>
  try {
    committed = commit(visit, visit.bond, { explicit: false })
  } catch (error) {
    return Promise.reject(failed(visit, error))
  }
  if (!isLater(committed)) return sendCookie(visit)
  return committed.then(
    () => sendCookie(visit),
    (error) => Promise.reject(failed(visit, error)),
  )
}

/** After the verbs that are still under way, and after what they could not do. */
async function finishLater(visit: Visit): Promise<void> {
  await visit.tail
  try {
    await bury(visit)
  } catch (error) {
    throw failed(visit, error)
  }
  await finish(visit)
}

function failed(visit: Visit, error: unknown): unknown {
  // The cookie of a session that the application ended goes away even if the store could not be told.
  if (visit.cookie === 'clear') sendCookie(visit)
  if (visit.exchange.headersSent()) {
    const code = isSessionError(error) ? error.code : 'unknown'
    visit.kernel.events.emit({ type: 'late-failure', handle: visit.bond.claim?.handle, code })
  }
  return error
}

function sendCookie(visit: Visit): void {
  const { exchange, cookie, bond, kernel } = visit
  if (cookie === 'none') return
  visit.cookie = 'none'
  if (exchange.headersSent()) return
  const { secure } = kernel.options.cookie
  const overTls = secure === 'auto' ? exchange.secure() : secure
  if (cookie === 'clear') {
    visit.origin = undefined
    exchange.setCookie(kernel.lines.clear(overTls))
  } else if (bond.claim && bond.latest) {
    visit.origin = bond.claim
    const { persistent, absoluteAt } = bond.latest.record
    const until = (persistent ?? kernel.options.cookie.persistent) ? absoluteAt : undefined
    exchange.setCookie(kernel.lines.set(kernel.token.write(bond.claim), overTls, until))
  }
}
