import { describe, expect, test } from 'vitest'
import { ENGINE } from '../support/engine.ts'
import { RUNS, SEED } from './runs.ts'
import { HISTORIES, tryHistories } from './world/histories.ts'

/** Random requests that overlap at random; the model in `world/model.ts` says what must hold of them. */
describe('T133 T134 T136 T144 T145 T146 T148 T158 T166 nothing is lost, revived, adopted or sent twice', () => {
  for (const histories of HISTORIES) {
    test(histories.name, { timeout: 600_000 }, async () => {
      expect(await tryHistories(ENGINE, histories, { numRuns: 400 * RUNS, seed: SEED })).toBeUndefined()
    })
  }
})
