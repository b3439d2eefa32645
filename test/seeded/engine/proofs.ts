import { cookieHeaderLaws } from '../../proofs/laws/cookie-header.ts'
import { deadlineLaws } from '../../proofs/laws/deadlines.ts'
import { lifetimeLaws } from '../../proofs/laws/lifetimes.ts'
import { ownerLimitLaws } from '../../proofs/laws/owner-limit.ts'
import { patchLaws } from '../../proofs/laws/patch.ts'
import { recordLaws } from '../../proofs/laws/record.ts'
import { severalCookiesLaws } from '../../proofs/laws/several-cookies.ts'
import { tokenLaws } from '../../proofs/laws/token.ts'
import { SEED } from '../../proofs/runs.ts'
import { HISTORIES, tryHistories } from '../../proofs/world/histories.ts'
import { OVERLAPS, tryOverlaps } from '../../proofs/world/overlaps.ts'
import type { Engine } from '../../support/engine.ts'

/** The proofs of the suite, with fewer tries each: the quick ones first. */
export interface Proof {
  readonly name: string
  /** Answers what is wrong, or undefined. */
  find(engine: Engine): Promise<string | undefined>
}

const law = (name: string, check: (engine: Engine) => unknown): Proof => ({
  name: `the laws of ${name}`,
  async find(engine) {
    try {
      await check(engine)
    } catch (error) {
      return String(error)
    }
  },
})

/** Schedules of one pair of programs. The last in the list are the many. */
const FEW = 60
const MANY = 200

export const PROOFS: readonly Proof[] = [
  law('the token', (engine) => tokenLaws(engine, 50, SEED)),
  law('the cookie header', (engine) => cookieHeaderLaws(engine, 300, SEED)),
  law('the record', (engine) => recordLaws(engine, 50, SEED)),
  law('the patch', (engine) => patchLaws(engine, 100, SEED)),
  law('the deadlines', deadlineLaws),
  law('the lifetimes', lifetimeLaws),
  law('several cookies', severalCookiesLaws),
  law('the owner limit', (engine) => ownerLimitLaws(engine, 200, SEED)),
  ...OVERLAPS.map((overlaps) => ({
    name: overlaps.name,
    find: async (engine: Engine) =>
      (await tryOverlaps(engine, overlaps, overlaps.options.processes === 2 ? MANY : FEW)).failure,
  })),
  ...HISTORIES.map((histories) => ({
    name: `random requests ${histories.name}`,
    find: (engine: Engine) => tryHistories(engine, histories, { numRuns: 300, seed: SEED, shrink: false }),
  })),
]
