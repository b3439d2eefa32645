import assert from 'node:assert/strict'
import type { StoreEntry } from '../../core/store.ts'
import { assertEntry, HOUR } from '../internal/bench.ts'
import type { Fleet } from '../internal/fleet.ts'
import { type Chapter, type Rule, rule } from '../internal/rule.ts'
import type { StoreWeakness } from '../store-weaknesses.ts'

const keys = (count: number) => Array.from({ length: count }, (_, index) => `key-${index}`)

type Inserted = Record<string, StoreEntry>

async function assertOneWinnerEach(fleet: Fleet, won: readonly Inserted[], count: number, now: number): Promise<void> {
  for (const key of keys(count)) {
    const winners = won.filter((inserted) => key in inserted).map((inserted) => inserted[key]!)
    assert.strictEqual(winners.length, 1, `${winners.length} processes inserted one key`)
    for (let member = 0; member < fleet.size; member += 1) {
      assertEntry(await fleet.ask<StoreEntry>(member, { do: 'get', key, now }), winners[0]!, `get in process ${member}`)
    }
  }
}

const shared = (
  title: string,
  check: (fleet: Fleet) => Promise<void>,
  ...unless: readonly StoreWeakness[]
): Rule<Fleet> => rule(title, check, 'single-process', ...unless)

export const processRules: Chapter<Fleet> = {
  title: 'several processes',
  rules: [
    shared('may all call ready at the same time on an empty place', async (fleet) => {
      await fleet.askAll(() => ({ do: 'ready' }))
      const won = await fleet.askAll<Inserted>(() => ({ do: 'insert', keys: keys(1), over: {}, now: fleet.now }))
      await assertOneWinnerEach(fleet, won, 1, fleet.now)
    }),

    shared('see each other’s writes at once: inserted is there, deleted is gone [T236]', async (fleet) => {
      await fleet.ask(0, { do: 'ready' })
      for (const key of keys(10)) {
        const { [key]: entry } = await fleet.ask<Inserted>(0, { do: 'insert', keys: [key], over: {}, now: fleet.now })
        assertEntry(
          await fleet.ask<StoreEntry>(1, { do: 'get', key, now: fleet.now }),
          entry!,
          'get in another process',
        )
        assert.deepEqual(await fleet.ask(1, { do: 'delete', keys: [key], now: fleet.now }), [])
        assert.strictEqual(await fleet.ask(0, { do: 'get', key, now: fleet.now }), undefined)
      }
    }),

    shared('that insert the same keys: for each key exactly one process wins', async (fleet) => {
      await fleet.ask(0, { do: 'ready' })
      const won = await fleet.askAll<Inserted>(() => ({ do: 'insert', keys: keys(40), over: {}, now: fleet.now }))
      await assertOneWinnerEach(fleet, won, 40, fleet.now)
    }),

    shared('that compare and set one number: no update is lost', async (fleet) => {
      const { now } = fleet
      await fleet.ask(0, { do: 'ready' })
      await fleet.ask(0, { do: 'insert', keys: ['counter'], over: { value: '0' }, now })
      await fleet.askAll(() => ({ do: 'increment', key: 'counter', times: 40, now }))
      const found = await fleet.ask<StoreEntry>(0, { do: 'get', key: 'counter', now })
      assert.strictEqual(found.value, String(40 * fleet.size))
    }),

    shared('one that deletes while the others update: nothing comes back [T236]', async (fleet) => {
      const { now } = fleet
      await fleet.ask(0, { do: 'ready' })
      await fleet.ask(0, { do: 'insert', keys: keys(30), over: {}, now })
      const [wrong, ...updates] = await fleet.askAll<unknown>((member) =>
        member === 0 ? { do: 'delete', keys: keys(30), now } : { do: 'update until gone', keys: keys(30), now },
      )
      assert.deepEqual(wrong, [])
      assert.ok(updates.every((count) => typeof count === 'number'))
      for (const key of keys(30)) assert.strictEqual(await fleet.ask(0, { do: 'get', key, now }), undefined)
    }),

    shared(
      'that all end the entries of one owner: each is answered to one process',
      async (fleet) => {
        const { now } = fleet
        await fleet.ask(0, { do: 'ready' })
        await fleet.ask(0, { do: 'insert', keys: keys(40), over: { owner: 'user-1' }, now })
        const found = await fleet.askAll<string[]>(() => ({ do: 'delete owned', owner: 'user-1', limit: 3, now }))
        assert.deepEqual(found.flat().sort(), keys(40).sort())
        for (const key of keys(40)) assert.strictEqual(await fleet.ask(1, { do: 'get', key, now }), undefined)
      },
      'no-delete-owned',
    ),

    shared(
      'one that ends the entries of an owner while others give them away: what was given away survives [T141]',
      async (fleet) => {
        const { now } = fleet
        const owner = 'user-1'
        await fleet.ask(0, { do: 'ready' })
        await fleet.ask(0, { do: 'insert', keys: keys(40), over: { owner }, now })
        const [ended, ...moved] = await fleet.askAll<string[]>((member) =>
          member === 0
            ? { do: 'delete owned', owner, limit: 3, now }
            : { do: 'move', keys: keys(40).reverse(), owner: 'user-2', now },
        )
        const survivors = new Set(moved.flat())
        assert.deepEqual([...ended!, ...survivors].sort(), keys(40).sort())
        for (const key of keys(40)) {
          const found = await fleet.ask<StoreEntry | undefined>(1, { do: 'get', key, now })
          assert.strictEqual(found?.owner, survivors.has(key) ? 'user-2' : undefined)
        }
      },
      'no-delete-owned',
    ),

    shared(
      'one that sweeps while the others insert over expired entries: no new entry is removed [T237]',
      async (fleet) => {
        const { now } = fleet
        await fleet.ask(0, { do: 'ready' })
        await fleet.ask(0, { do: 'insert', keys: keys(40), over: { expiresAt: now + HOUR }, now })
        const later = now + HOUR
        const [, ...won] = await fleet.askAll<unknown>((member) =>
          member === 0
            ? { do: 'sweep', passes: 10, now: later }
            : { do: 'insert', keys: keys(40), over: {}, now: later },
        )
        await assertOneWinnerEach(fleet, won as Inserted[], 40, later)
      },
      'no-sweep',
    ),
  ],
}
