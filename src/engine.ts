import { newVisit } from './core/access.ts'
import { andThen, isLater } from './core/answer.ts'
import { backend } from './core/backend.ts'
import { commit } from './core/commit.ts'
import { isSessionError } from './core/errors.ts'
import { events } from './core/events.ts'
import type { Exchange } from './core/exchange.ts'
import { decodeHeld } from './core/held.ts'
import { mover } from './core/moving.ts'
import { nativeContract } from './core/native.ts'
import type { Answer } from './core/store.ts'
import { type Claim, type ClaimState, claimState } from './core/token.ts'
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
    contract: nativeContract(options),
    turns: turns<Held>(),
    moveIn: options.moveFrom.length > 0 ? mover(options.moveFrom, options.secrets) : undefined,
  }
}

/** Finds the session that a request's cookie opens. A cookie that is not ours never reaches the store. */
export function open(kernel: Kernel, exchange: Exchange): Answer<Visit> {
  const visit = newVisit(kernel, exchange)
  const claims = kernel.contract.claims(kernel, exchange)
  const [first] = claims
  if (!first) return kernel.moveIn ? kernel.moveIn(visit) : visit
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

/** Cookies of several sessions: at most two are looked up. If both are alive, the contract says whether one is trusted. */
async function openAmbiguous(visit: Visit, claims: readonly Claim[], handles: readonly string[]): Promise<Visit> {
  const { kernel } = visit
  const seen: Sighting[] = []
  const trusting = kernel.contract.several === 'first'
  for (const handle of handles.slice(0, 2)) {
    if (trusting && seen.some(isAlive)) break
    const its = claims.filter((claim) => claim.handle === handle)
    seen.push(await look(kernel, its))
  }
  const alive = seen.filter(isAlive)
  if (trusting || (alive.length < 2 && handles.length === 2)) return admit(visit, (alive[0] ?? seen[0]) as Sighting)
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
  if (!isLater(committed)) return visit.kernel.contract.send(visit)
  return committed.then(
    () => visit.kernel.contract.send(visit),
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
  if (visit.cookie === 'clear') visit.kernel.contract.send(visit)
  if (visit.exchange.headersSent()) {
    const code = isSessionError(error) ? error.code : 'unknown'
    visit.kernel.events.emit({ type: 'late-failure', handle: visit.bond.claim?.handle, code })
  }
  return error
}
