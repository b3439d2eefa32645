import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PLACES, type PlaceOfStore } from '../servers/places.ts'
import { type Fleet, openFleet } from './fleet.ts'
import { OVERLAPS, type Overlap } from './overlaps.ts'

const place = (store: string): PlaceOfStore => PLACES.find((each) => each.store === store) as PlaceOfStore

describe.concurrent('four processes', () => {
  for (const each of PLACES) {
    each.describe(each.store, () => {
      let fleet: Fleet
      beforeAll(async () => {
        fleet = await openFleet(each)
      })
      afterAll(() => fleet?.close())
      for (const { name, run } of OVERLAPS) test.sequential(name, { timeout: 60_000 }, () => run(fleet))
    })
  }

  describe('and the proofs find a store that', () => {
    for (const [mistake, ...promises] of [
      ['compares nothing', 'G2 T144', 'G2 50', 'G3'],
      ['creates on update', 'G1'],
      ['expires by its own clock', 'G8'],
      ['forgets to delete', 'G1'],
    ] as const) {
      test.sequential(mistake, { timeout: 60_000 }, async () => {
        const fleet = await openFleet(place('sqlite'), mistake)
        try {
          for (const promise of promises) {
            const overlap = OVERLAPS.find(({ name }) => name.startsWith(promise)) as Overlap
            expect(await breaks(overlap, fleet), promise).toBe(true)
          }
        } finally {
          await fleet.close()
        }
      })
    }
  })
})

/** Requests that should overlap may happen not to: whether one of several runs has found something. */
async function breaks({ run }: Overlap, fleet: Fleet): Promise<boolean> {
  for (let tries = 0; tries < 8; tries++) {
    try {
      await run(fleet)
    } catch {
      return true
    }
  }
  return false
}
