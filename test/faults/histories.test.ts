import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { check } from '../proofs/history/checker.ts'
import { crowd } from '../proofs/history/clients.ts'
import { type Servers, servers } from '../proofs/history/servers.ts'
import { RUNS, SEED } from '../proofs/runs.ts'
import { PLACES, type Place } from '../servers/places.ts'

/**
 * Three processes on a real server, browsers with several tabs that do everything at once; afterwards a checker reads
 * what the clients saw. The same as in `test/proofs/history.test.ts`, which shows that the checker finds what is wrong.
 */
const SIZE = { browsers: 8, lives: 3 * RUNS, tabs: 3, acts: 8, seed: SEED }
const NOTHING = { failures: 0, resurrected: 0, lost: 0, backward: 0, invented: 0, thrownOut: 0 }

describe('T133 T134 T138 T141 T144 T145 T146 T149 what clients see over HTTP', () => {
  for (const { store, describe: describeThere, open } of PLACES.filter(({ kind }) => kind)) {
    describeThere(`three processes on ${store}`, () => {
      let place: Place
      let running: Servers | undefined
      beforeAll(async () => {
        place = await open()
      })
      afterAll(async () => {
        running?.stop()
        await place?.close()
      })

      test('nothing lost, revived, invented', { timeout: 600_000 }, async ({ annotate }) => {
        running = await servers(3, store, place.address)
        const found = check(await crowd(running, SIZE))
        await annotate(JSON.stringify(found))
        expect(found).toMatchObject(NOTHING)
        expect(found.acknowledgedWrites).toBeGreaterThan(SIZE.browsers * SIZE.lives)
        expect(found.refused).toBeGreaterThan(0)
      })
    })
  }
})
