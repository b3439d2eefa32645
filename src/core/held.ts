import { andThen } from './answer.ts'
import { SessionStateError } from './errors.ts'
import type { Answer, StoreEntry } from './store.ts'
import { type Claim, claimState } from './token.ts'
import type { Held, Kernel, Loss } from './visit.ts'

/** What the store holds, read and judged. */

/** An entry of the store as a record; or nothing, with an event, when it is none of ours. It is left as it is. */
export function decodeHeld(kernel: Kernel, handle: string, entry: StoreEntry): Held | undefined {
  const record = kernel.contract.decode(entry)
  if (typeof record === 'object') {
    const { revision, expiresAt, owner } = entry
    return { record, revision, expiresAt, owner }
  }
  kernel.events.emit({ type: 'unreadable', handle, reason: record })
  return undefined
}

/** Reads again what a claim names: the record while the claim still opens it, or how it was lost. */
export function held(kernel: Kernel, claim: Claim, budget: number): Answer<Held | Loss> {
  const now = kernel.options.clock.now()
  const answer = kernel.backend.ask('get', budget, now, (store, call) => store.get(claim.handle, call))
  return andThen(answer, (entry) => (entry ? judged(kernel, claim, entry, now) : 'gone'))
}

/** The record in an entry while the claim still opens it, or how it was lost. */
export function judged(kernel: Kernel, claim: Claim, entry: StoreEntry, now: number): Held | Loss {
  const found = decodeHeld(kernel, claim.handle, entry)
  if (!found) return 'unreadable'
  const state = claimState(claim, found.record, kernel.options.renewGrace, now)
  return state === 'current' || state === 'grace' ? found : 'superseded'
}

export function lossError(loss: Loss): SessionStateError {
  return loss === 'superseded'
    ? new SessionStateError(
        'ERR_SESSION_SUPERSEDED',
        'Another request gave this session a new id, so this request cannot change it any more.',
      )
    : new SessionStateError('ERR_SESSION_LOST', 'The session ended while this request was using it. Nothing was saved.')
}

export function headersSent(verb: string): SessionStateError {
  return new SessionStateError(
    'ERR_SESSION_HEADERS_SENT',
    `${verb} came after the headers had left, so the browser cannot be sent its cookie.`,
  )
}
