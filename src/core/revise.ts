import { onlyIf, within } from './backend.ts'
import { SessionStateError } from './errors.ts'
import { decodeHeld } from './held.ts'
import { type Change, entryOf } from './next-record.ts'
import { type Claim, claimState } from './token.ts'
import { type Bond, type Held, type Kernel, type Loss, noteOwner } from './visit.ts'

/**
 * Puts a change on whatever the store holds: compare and set, and on a conflict the same change on what the winner
 * wrote, as long as this request's claim still opens it. All of it, waiting for others included, takes at most
 * `storeTimeout`.
 */
export async function revise(kernel: Kernel, bond: Bond, change: Change): Promise<Held | Loss> {
  const { handle } = bond.claim as Claim
  const { turns, options, backend } = kernel
  const until = performance.now() + options.storeTimeout
  const left = (): number => until - performance.now()

  let outcome: Held | Loss | undefined
  const work = async (handed: Held | undefined): Promise<Held | undefined> => {
    // A write whose request has given up waiting for its turn must not happen after all.
    if (!queued || left() > 0) outcome = await compareAndSet(handed ? opened(handed) : (bond.latest as Held))
    return typeof outcome === 'object' ? outcome : undefined
  }
  const opened = (found: Held): Held | Loss => (opens(kernel, bond, found, options.clock.now()) ? found : 'superseded')

  const compareAndSet = async (start: Held | Loss): Promise<Held | Loss> => {
    let base = start
    for (let attempt = 1; typeof base === 'object'; attempt++) {
      // The time of this attempt: with that of the first one, a session that expired meanwhile would live again.
      const now = options.clock.now()
      const { entry, held } = entryOf(kernel, handle, change(base.record, now), now, base.owner)
      const { revision } = base
      noteOwner(kernel, bond, base.owner, entry.owner)
      const answer = await backend.ask('update', Math.max(1, left()), now, (store, call) =>
        store.update(handle, entry, onlyIf(call, revision)),
      )
      if (answer.outcome === 'updated') return held
      if (answer.outcome === 'gone') return 'gone'
      // Somebody between us and the store sent it twice: this is our own first one.
      if (answer.current.revision === entry.revision) return held
      kernel.events.emit({ type: 'conflict', handle, attempt })
      const current = decodeHeld(kernel, handle, answer.current)
      base = current ? opened(current) : 'unreadable'
      const pause = Math.random() * Math.min(2 ** attempt, 64)
      if (left() <= pause) {
        throw new SessionStateError(
          'ERR_SESSION_CONFLICT',
          `Other requests kept changing this session for ${options.storeTimeout} ms.`,
          { retryable: true },
        )
      }
      if (attempt > 1) await new Promise((resolve) => setTimeout(resolve, pause))
    }
    return base
  }

  const queued = turns.busy(handle)
  const turn = turns.take(handle, work)
  await (queued ? within(turn, options.storeTimeout, () => waitedTooLong(options.storeTimeout)) : turn)
  if (outcome === undefined) throw waitedTooLong(options.storeTimeout)
  return outcome
}

/** Whether this request's claim opens a record; or the claim of its rotation, which arrived although its answer did not. */
function opens(kernel: Kernel, bond: Bond, { record }: Held, now: number): boolean {
  if (bond.rotation?.next.proof === record.proof) return true
  const state = claimState(bond.claim as Claim, record, kernel.options.renewGrace, now)
  return state === 'current' || state === 'grace'
}

function waitedTooLong(ms: number): SessionStateError {
  return new SessionStateError(
    'ERR_SESSION_CONFLICT',
    `The commits of this session that are under way took longer than ${ms} ms.`,
    { retryable: true },
  )
}
