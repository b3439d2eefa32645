import { describe, expect, test } from 'vitest'
import { ENGINE } from '../support/engine.ts'
import { OVERLAPS, tryOverlaps } from './world/overlaps.ts'

// The quick run tries the first orders of each pair only.
const most = process.env.HOLDFAST_FAST ? 10 : undefined

describe('T134 T136 T144 T145 T146 every order of events of', () => {
  for (const overlaps of OVERLAPS) {
    test(overlaps.name, { timeout: 600_000 }, async ({ annotate }) => {
      const { schedules, failure } = await tryOverlaps(ENGINE, overlaps, most)
      expect(failure).toBeUndefined()
      await annotate(`${overlaps.programs.length} overlaps, ${schedules} orders of events`)
    })
  }
})
