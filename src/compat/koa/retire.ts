import { onlyIf } from '../../core/backend.ts'
import { SessionStateError } from '../../core/errors.ts'
import { held, lossError } from '../../core/held.ts'
import { applied, difference } from '../../core/patch.ts'
import { type Bond, type Held, NOTHING_HIDDEN, newBond } from '../../core/visit.ts'
import { claimFor, savedId } from './contract.ts'
import { clear } from './cookie.ts'
import { type KoaRecord, type Scene, valuesOf } from './scene.ts'
import { type Session, shownBy } from './session.ts'

/**
 * Ends a session under its old id, and gives its data a new one. If it ended meanwhile, its data end with it: a logout is not
 * undone by a new id. If it was changed meanwhile, the changes come along.
 */
export async function retire(scene: Scene): Promise<void> {
  const { visit } = scene
  const { kernel, bond } = visit
  const { claim } = bond
  if (bond.over) throw lossError(bond.over)
  if (claim) {
    const { storeTimeout } = kernel.options
    const until = performance.now() + storeTimeout
    while (!(await end(scene, bond))) {
      const found = await held(kernel, claim, storeTimeout)
      if (typeof found === 'string') throw lossError(lose(bond, found))
      absorb(bond, found)
      if (performance.now() < until) continue
      const problem = `Other requests kept changing this session for ${storeTimeout} ms.`
      throw new SessionStateError('ERR_SESSION_CONFLICT', problem, { retryable: true })
    }
  }
  clear(scene)
  scene.externalKey = savedId(scene)
  visit.bond = { ...newBond(), live: scene.session as Session, claim: claimFor(scene, scene.externalKey) }
}

/** Deletes what the store holds, unless somebody has written to it meanwhile: then the answer is false. */
async function end({ visit: { kernel } }: Scene, bond: Bond): Promise<boolean> {
  const { latest } = bond
  const { handle } = bond.claim as NonNullable<Bond['claim']>
  const { storeTimeout, clock } = kernel.options
  const outcome = await kernel.backend.ask('delete', storeTimeout, clock.now(), (store, call) =>
    store.delete(handle, latest ? onlyIf(call, latest.revision) : call),
  )
  if (latest && outcome === 'gone') throw lossError(lose(bond, 'gone'))
  if (outcome === 'conflict') return false
  kernel.events.emit({ type: 'destroyed', handle, by: 'request' })
  return true
}

const lose = (bond: Bond, loss: NonNullable<Bond['over']>): NonNullable<Bond['over']> => {
  bond.over = loss
  return loss
}

/** The session shows what others changed, where it did not change the same itself. */
function absorb(bond: Bond, found: Held): void {
  const live = bond.live as Session
  const mine = difference(bond.seen, shownBy(live), NOTHING_HIDDEN)
  const record: KoaRecord = { ...found.record, text: applied(found.record.text, mine) }
  const merged = valuesOf({ session: live }, record)
  const theirs = difference(JSON.stringify(shownBy(live)), merged, NOTHING_HIDDEN)
  for (const key of theirs.set.keys()) live[key] = merged[key]
  for (const key of theirs.unset) delete live[key]
  bond.latest = found
  bond.seen = found.record.text
}
