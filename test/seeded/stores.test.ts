import assert from 'node:assert/strict'
import { describe, expect, it } from 'vitest'
import type { SeededBug } from './stores/bug.ts'
import { type CollectedRule, collect, failure, find } from './stores/collector.ts'
import { expiryBugs } from './stores/expiry.ts'
import { keyBugs } from './stores/keys.ts'
import { lifeBugs } from './stores/life.ts'
import { listingBugs } from './stores/listing.ts'
import { ownedBugs } from './stores/owned.ts'
import { processBugs } from './stores/processes.ts'
import { raceBugs } from './stores/races.ts'
import { valueBugs } from './stores/values.ts'
import { weaknessBugs } from './stores/weaknesses.ts'
import { writeBugs } from './stores/writes.ts'

const BUGS: Readonly<Record<string, readonly SeededBug[]>> = {
  writes: writeBugs,
  expiry: expiryBugs,
  races: raceBugs,
  values: valueBugs,
  keys: keyBugs,
  listing: listingBugs,
  owned: ownedBugs,
  life: lifeBugs,
  weaknesses: weaknessBugs,
  processes: processBugs,
}

const nameOf = ({ chapter, title }: CollectedRule) => `${chapter} > ${title}`

describe('the store suite finds every seeded bug', () => {
  for (const [group, bugs] of Object.entries(BUGS)) {
    describe(group, () => {
      for (const bug of bugs) {
        it(`${bug.name}: found by ${bug.breaks.join('; ')}`, async () => {
          const rules = collect(bug)
          for (const name of bug.breaks) {
            const rule = find(rules, name)
            const error = await failure(rule)
            expect(error, `"${nameOf(rule)}" has to fail`).toBeInstanceOf(Error)
          }
        })
      }
    })
  }

  it('and each of its rules is able to fail: there is a bug for it', () => {
    const bugs = Object.values(BUGS).flat()
    const found = new Set(bugs.flatMap((bug) => bug.breaks.map((name) => nameOf(find(collect(bug), name)))))
    const rules = new Set(bugs.flatMap((bug) => collect(bug).map(nameOf)))
    assert.deepEqual(
      [...rules].filter((rule) => !found.has(rule)),
      [],
    )
  })
})
