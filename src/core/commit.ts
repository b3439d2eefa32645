import { andThen } from './answer.ts'
import { onlyIf } from './backend.ts'
import type { Step } from './contract.ts'
import { SessionStoreError } from './errors.ts'
import { renewalDue, touchDue } from './expiry.ts'
import { headersSent, held, lossError } from './held.ts'
import { type Amendment, amended, arrivalDue, changeOf, currentText, entryOf, firstRecord } from './next-record.ts'
import { limitOwner } from './owner-limit.ts'
import { revise } from './revise.ts'
import type { Answer } from './store.ts'
import type { Claim } from './token.ts'
import { type Bond, type Held, type Loss, liveData, newBond, noteOwner, type Visit } from './visit.ts'

/**
 * Commit: from what a request did to one step at the store. `plan` decides which; it is a table and does nothing.
 */
export interface Situation {
  /** The store is known to hold the session. */
  readonly stored: boolean
  /** It was lost to this request. */
  readonly over: boolean
  /** Data or lifetime differ from what this request last saw. */
  readonly changed: boolean
  readonly rotating: boolean
  /** The cookie is due for renewal, or its renewal for being noted as arrived. */
  readonly renewing: boolean
  readonly touchDue: boolean
  /** The browser should get a cookie, which only a write that confirms its claim permits. */
  readonly reissuing: boolean
  /** The application asked for a commit. */
  readonly explicit: boolean
}

export function plan(s: Situation): Step {
  if (s.over) return 'nothing'
  if (!s.stored) return s.changed || s.explicit ? 'insert' : 'nothing'
  if (s.changed || s.rotating || s.renewing) return 'update'
  return s.touchDue || s.reissuing || s.explicit ? 'touch' : 'nothing'
}

export interface CommitCall {
  /** The application waits for this commit, so that what happened to the session is an error and not only an event. */
  readonly explicit: boolean
  readonly amendment?: Amendment
}

/** Brings the store up to date with this request. Answers at once when there is nothing to do. */
export function commit(visit: Visit, bond: Bond, call: CommitCall): Answer<void> {
  const written = write(visit, bond, call)
  if (!visit.kernel.options.ownerLimit) return written
  return andThen(written, () => {
    if (bond.newOwner === undefined) return undefined
    return andThen(limitOwner(visit, bond), (loss) => (loss ? lost(visit, bond, loss, call) : undefined))
  })
}

function write(visit: Visit, bond: Bond, call: CommitCall): Answer<void> {
  const now = visit.kernel.options.clock.now()
  const text = currentText(visit.kernel, bond)
  switch (visit.kernel.contract.plan(visit, bond, call, text, now)) {
    case 'insert':
      return insert(visit, bond, call, text, now)
    case 'update':
      return update(visit, bond, call, text)
    case 'touch':
      return touch(visit, bond, call, 0)
    case 'nothing':
      if (bond.over && call.explicit) throw lossError(bond.over)
  }
}

export function situation(visit: Visit, bond: Bond, call: CommitCall, text: string, now: number): Situation {
  const { options } = visit.kernel
  const { latest } = bond
  const arrived = arrivedWith(visit, bond)
  return {
    stored: latest !== undefined,
    over: bond.over !== undefined,
    changed:
      text !== bond.seen || (latest !== undefined && bond.lifetime !== undefined) || call.amendment !== undefined,
    rotating: bond.rotation !== undefined,
    renewing:
      latest !== undefined &&
      arrived !== undefined &&
      (renewalDue(latest.record, options.renewAfter, now) || arrivalDue(latest.record, arrived)),
    touchDue: latest !== undefined && touchDue(latest.record, latest.expiresAt, options, now),
    reissuing: latest !== undefined && arrived !== undefined && visit.cookie === 'none' && isOld(arrived, latest),
    explicit: call.explicit,
  }
}

const canSendCookie = (visit: Visit): boolean => !visit.exchange.headersSent()

/** The cookie that the browser came with, while it still stands for the session and can be replaced. */
const arrivedWith = (visit: Visit, bond: Bond): Claim | undefined =>
  bond.claim === visit.origin && canSendCookie(visit) ? visit.origin : undefined

/** A cookie that still works, but is signed by an older secret or was renewed by a request beside this one. */
const isOld = (arrived: Claim, latest: Held): boolean =>
  arrived.signedBy > 0 || arrived.renewal !== latest.record.renewal

async function insert(visit: Visit, bond: Bond, call: CommitCall, text: string, now: number): Promise<void> {
  const { kernel } = visit
  const refused = kernel.contract.barred(visit, call)
  if (refused) {
    if (call.explicit)
      throw refused === 'headers-sent' ? headersSent('The first save of a session') : lossError('superseded')
    kernel.events.emit({ type: 'not-created', reason: refused })
    return
  }
  const { storeTimeout } = kernel.options
  for (let attempt = 0; attempt < 3; attempt++) {
    bond.claim ??= kernel.contract.issue()
    const { claim, lifetime } = bond
    const first = firstRecord(kernel, bond, claim, call.amendment ? amended(text, call.amendment) : text, now)
    const { entry, held: inserted } = entryOf(kernel, claim.handle, first, now, undefined)
    noteOwner(kernel, bond, undefined, entry.owner)
    const outcome = await kernel.backend.ask('insert', storeTimeout, now, (store, storeCall) =>
      store.insert(claim.handle, entry, storeCall),
    )
    if (outcome === 'inserted') {
      committed(bond, inserted, text, lifetime, call.amendment)
      visit.cookie = 'set'
      kernel.events.emit({ type: 'created', handle: claim.handle })
      return
    }
    // Taken by ourselves, when an earlier attempt arrived and its answer did not.
    const found = await held(kernel, claim, storeTimeout)
    if (typeof found === 'object') {
      bond.latest = found
      bond.seen = found.record.text
      visit.cookie = 'set'
      return update(visit, bond, call, text)
    }
    bond.claim = undefined
  }
  throw new SessionStoreError(
    'ERR_SESSION_STORE',
    `The ${kernel.backend.store.name} store says of three random keys that they are taken.`,
  )
}

async function update(visit: Visit, bond: Bond, call: CommitCall, text: string): Promise<void> {
  const { kernel } = visit
  const { rotation, lifetime: ownLifetime } = bond
  const change = changeOf(kernel, bond, text, arrivedWith(visit, bond), call.amendment)
  const written = await revise(kernel, bond, change)
  const { handle } = bond.claim as Claim
  if (typeof written === 'string') {
    if (!rotation || rotation.keep) return lost(visit, bond, written, call)
    // The rotation lost to a logout or to another rotation: it must not get the winner's cookie, so what the
    // application sets after it goes to a session of its own.
    kernel.events.emit({ type: 'lost', handle, reason: written })
    startAgain(bond)
    return commit(visit, bond, { ...call, explicit: call.amendment !== undefined })
  }
  committed(bond, written, text, ownLifetime, call.amendment)
  if (rotation) {
    bond.claim = rotation.next
    bond.rotation = undefined
    kernel.events.emit({ type: 'rotated', handle })
  } else {
    const claim = bond.claim as Claim
    if (claim.renewal !== written.record.renewal) {
      bond.claim = { ...claim, renewal: written.record.renewal }
      kernel.events.emit({ type: 'renewed', handle })
    }
    kernel.events.emit({ type: 'updated', handle })
  }
  const claim = bond.claim as Claim
  const cookieChanged = claim !== visit.origin || claim.signedBy > 0 || ownLifetime?.persistent !== undefined
  if (visit.cookie === 'none' && (cookieChanged || persistentMoved(visit, bond, ownLifetime))) visit.cookie = 'set'
}

/** A persistent cookie lasts until the absolute deadline, so it follows when that is moved. */
const persistentMoved = (visit: Visit, bond: Bond, own: Bond['lifetime']): boolean =>
  own?.absoluteTimeout !== undefined && (bond.latest?.record.persistent ?? visit.kernel.options.cookie.persistent)

async function touch(visit: Visit, bond: Bond, call: CommitCall, attempt: number): Promise<void> {
  const { kernel } = visit
  const { options, backend } = kernel
  const latest = bond.latest as Held
  const claim = bond.claim as Claim
  const arrived = arrivedWith(visit, bond)
  const now = options.clock.now()
  const expiresAt = kernel.contract.expiresAt(latest.record, now, latest.expiresAt)
  try {
    const outcome = await backend.ask('touch', options.storeTimeout, now, (store, storeCall) =>
      store.touch(claim.handle, expiresAt, onlyIf(storeCall, latest.revision)),
    )
    if (outcome === 'touched') {
      bond.latest = { ...latest, expiresAt }
      if (arrived && isOld(arrived, latest)) {
        bond.claim = { ...claim, renewal: latest.record.renewal, signedBy: 0 }
        visit.cookie = 'set'
      }
      kernel.events.emit({ type: 'touched', handle: claim.handle })
      return
    }
    const found = outcome === 'gone' ? outcome : await held(kernel, claim, options.storeTimeout)
    if (typeof found === 'string') return lost(visit, bond, found, call)
    bond.latest = found
  } catch (error) {
    // Nothing of the application's is lost by a deadline that did not move: the request goes on, with an event.
    if (call.explicit) throw error
    return
  }
  // Another request wrote first, and moved the deadline by that. Only a commit that somebody waits for goes on.
  if ((call.explicit || (arrived && isOld(arrived, bond.latest))) && attempt < 3)
    return touch(visit, bond, call, attempt + 1)
}

/** The store holds what this request wanted: its next patch starts from here. */
function committed(
  bond: Bond,
  written: Held,
  text: string,
  lifetime: Bond['lifetime'],
  amendment: Amendment | undefined,
): void {
  bond.latest = written
  // One that was set since is the next commit's.
  if (bond.lifetime === lifetime) bond.lifetime = undefined
  bond.seen = text
  if (!amendment || !bond.live) return
  const { key, value } = amendment
  const seen = JSON.parse(text) as Record<string, unknown>
  const live = liveData(bond)
  const untouched = amendment.era === bond.era && JSON.stringify(live[key]) === JSON.stringify(seen[key])
  for (const data of untouched ? [seen, live] : [seen]) {
    if (value === undefined) delete data[key]
    else data[key] = value
  }
  bond.seen = JSON.stringify(seen)
}

/** The session is not there for this request any more. Nothing is recreated, and the response sends no cookie. */
function lost(visit: Visit, bond: Bond, loss: Loss, call: CommitCall): void {
  bond.over = loss
  if (visit.bond === bond) visit.cookie = 'none'
  visit.kernel.events.emit({ type: 'lost', handle: (bond.claim as Claim).handle, reason: loss })
  if (call.explicit || visit.kernel.options.onLost === 'error') throw lossError(loss)
}

/** The same session object, from here on for a session that does not exist yet. */
export function startAgain(bond: Bond): void {
  const { live, era, lifetime } = bond
  Object.assign(bond, newBond(), { live, era, lifetime })
}
