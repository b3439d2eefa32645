import { andThen } from './answer.ts'
import { commit, startAgain } from './commit.ts'
import { SessionDataError, SessionStateError } from './errors.ts'
import { milliseconds } from './expiry.ts'
import { headersSent, held, lossError } from './held.ts'
import type { Amendment } from './next-record.ts'
import type { Answer } from './store.ts'
import type { Claim } from './token.ts'
import {
  type Bond,
  clearData,
  dataOf,
  NO_DATA,
  NOTHING_HIDDEN,
  newBond,
  type OwnLifetime,
  show,
  type Visit,
} from './visit.ts'

/**
 * What a session's methods do. Verbs of one request run one after the other, in the order of the calls, whether or not
 * the application waits for each; `finish` waits for all of them.
 */
export function inOrder<T>(visit: Visit, verb: () => Answer<T>): Promise<T> {
  const mine = visit.tail ? visit.tail.then(verb) : new Promise<T>((resolve) => resolve(verb()))
  // A verb that nobody waits for must not end the process; `finish` repeats what is missing and fails honestly.
  const done = mine.then(
    () => undefined,
    () => undefined,
  )
  visit.tail = done
  done.then(() => {
    if (visit.tail === done) visit.tail = undefined
  })
  return mine
}

export function save(visit: Visit): Promise<void> {
  const { bond } = visit
  return inOrder(visit, () => commit(visit, bond, { explicit: true }))
}

export function touch(visit: Visit): Promise<void> {
  const { bond } = visit
  return inOrder(visit, () => (bond.latest ? commit(visit, bond, { explicit: true }) : undefined))
}

export function update(visit: Visit, key: string, change: (value: unknown) => unknown): Promise<unknown> {
  const { bond } = visit
  const amendment: Amendment = { key, change, era: bond.era, value: undefined }
  return inOrder(visit, () => andThen(commit(visit, bond, { explicit: true, amendment }), () => amendment.value))
}

export function regenerate(visit: Visit, keep: boolean): Promise<void> {
  const { bond, kernel } = visit
  if (visit.exchange.headersSent()) throw headersSent('regenerate()')
  // Cleared at once: what the application sets from here on belongs to the new id, whether or not it waits.
  if (!keep) {
    clearData(bond)
    bond.lifetime = undefined
    bond.era++
  }
  return inOrder(visit, () => {
    visit.bar = undefined
    if (keep && bond.over) throw lossError(bond.over)
    if (!bond.latest || bond.over) return startAgain(bond)
    // One whose answer was lost may have happened: this one goes on from there, and what that cleared stays cleared.
    const { rotation } = bond
    const next = rotation?.next ?? kernel.contract.rotate(bond.claim as Claim)
    bond.rotation = { next, keep: keep && rotation?.keep !== false }
    if (!keep) {
      bond.seen = NO_DATA
      bond.hidden = NOTHING_HIDDEN
    }
    return commit(visit, bond, { explicit: true })
  })
}

export function destroy(visit: Visit, bond: Bond): Promise<void> {
  // Ending an ended session is no mistake, and finishes what failed.
  if (visit.bond !== bond) return inOrder(visit, () => bury(visit))
  const { bar, origin } = visit
  visit.bond = newBond()
  return inOrder(visit, () => {
    // A browser that was just given a new cookie may still have sent the old one: logging out means this session too.
    const known = bond.latest || visit.kernel.contract.deletesUnstored
    const handle = known ? bond.claim?.handle : bar === 'superseded' ? origin?.handle : undefined
    if (handle === undefined) return bury(visit)
    if (bar === 'superseded') visit.bar = undefined
    visit.dying = [...visit.dying, handle]
    visit.cookie = 'clear'
    return bury(visit)
  })
}

/** Removes what this request ended. Without a revision: whoever wrote last, dead wins. */
export function bury(visit: Visit): Answer<void> {
  const { backend, options, events } = visit.kernel
  const [handle] = visit.dying
  if (handle === undefined) return undefined
  const answer = backend.ask('delete', options.storeTimeout, options.clock.now(), (store, call) =>
    store.delete(handle, call),
  )
  return andThen(answer, () => {
    visit.dying = visit.dying.filter((other) => other !== handle)
    events.emit({ type: 'destroyed', handle, by: 'request' })
    return bury(visit)
  })
}

export function reload(visit: Visit): Promise<void> {
  const { bond, kernel } = visit
  return inOrder(visit, () => {
    const { claim } = bond
    if (!bond.latest || !claim)
      throw new SessionStateError('ERR_SESSION_LOST', 'A new session is not in the store and cannot be reloaded.')
    return andThen(held(kernel, claim, kernel.options.storeTimeout), (found) => {
      const data = typeof found === 'object' ? dataOf(kernel, claim.handle, found.record.text) : undefined
      if (typeof found !== 'object' || !data) {
        bond.over = typeof found === 'string' ? found : 'unreadable'
        throw lossError(bond.over)
      }
      // What a regenerate() cleared stays so, although its commit has failed and is still due.
      const cleared = bond.rotation?.keep === false
      bond.latest = found
      bond.seen = cleared ? NO_DATA : found.record.text
      bond.lifetime = undefined
      clearData(bond)
      show(bond, cleared ? {} : data)
    })
  })
}

export function setLifetime({ bond }: Visit, lifetime: OwnLifetime): void {
  const { idleTimeout, absoluteTimeout, persistent, ...rest } = lifetime
  const [unknown] = Object.keys(rest)
  if (unknown)
    throw new SessionDataError(
      'ERR_SESSION_DATA',
      unknown,
      `setLifetime() does not know "${unknown}". It takes idleTimeout, absoluteTimeout, persistent.`,
    )
  bond.lifetime = {
    ...bond.lifetime,
    ...(idleTimeout === undefined ? {} : { idleTimeout: milliseconds(idleTimeout, 'setLifetime.idleTimeout') }),
    ...(absoluteTimeout === undefined
      ? {}
      : { absoluteTimeout: milliseconds(absoluteTimeout, 'setLifetime.absoluteTimeout') }),
    ...(persistent === undefined ? {} : { persistent: persistent === true }),
  }
}
