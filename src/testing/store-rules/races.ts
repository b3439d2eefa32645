import assert from 'node:assert/strict'
import type { Store } from '../../core/store.ts'
import { assertAbsent, assertEntry, assertHolds, at, type Bench, entryAt, HOUR } from '../internal/bench.ts'
import { increment } from '../internal/increment.ts'
import { type Chapter, rule } from '../internal/rule.ts'

const ROUNDS = 20

/** Starts `count` calls before the first one has an answer. */
const together = <T>(count: number, start: (index: number) => T): Promise<Awaited<T>[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => start(index)))

async function oneInsertWins(stores: readonly Store[], now: number): Promise<void> {
  const entries = Array.from({ length: 50 }, () => entryAt(now))
  const outcomes = await together(50, (index) =>
    stores[index % stores.length]!.insert('raced', entries[index]!, at(now)),
  )
  const winners = entries.filter((_, index) => outcomes[index] === 'inserted')
  assert.strictEqual(winners.length, 1, `${winners.length} of 50 inserts of one key were "inserted"`)
  assert.ok(outcomes.every((outcome) => outcome === 'inserted' || outcome === 'taken'))
  for (const store of stores) await assertHolds(store, 'raced', winners[0]!, now)
}

async function oneUpdateWins(stores: readonly Store[], now: number): Promise<void> {
  const first = entryAt(now)
  await stores[0]!.insert('updated', first, at(now))
  const entries = Array.from({ length: 50 }, (_, index) => entryAt(now, { owner: `user-${index}` }))
  const outcomes = await together(50, (index) =>
    stores[index % stores.length]!.update('updated', entries[index]!, at(now, { ifRevision: first.revision })),
  )
  const winners = entries.filter((_, index) => outcomes[index]?.outcome === 'updated')
  assert.strictEqual(winners.length, 1, `${winners.length} of 50 updates with one ifRevision were "updated"`)
  for (const answer of outcomes) {
    if (answer.outcome === 'updated') continue
    assert.ok(answer.outcome === 'conflict', `a loser is told "conflict", not "${answer.outcome}"`)
    assertEntry(answer.current, winners[0]!, 'current, as a loser gets it')
  }
  for (const store of stores) await assertHolds(store, 'updated', winners[0]!, now)
}

export const raceRules: Chapter<Bench> = {
  title: 'races in one process',
  rules: [
    rule(
      'of 50 inserts of one key at once exactly one is "inserted", and its entry is the one that is kept',
      ({ store, now }) => oneInsertWins([store], now),
    ),

    rule('of 50 inserts over an expired entry at once exactly one is "inserted"', async ({ store, put }) => {
      const { expiresAt } = await put('raced')
      await oneInsertWins([store], expiresAt)
    }),

    rule('of 50 updates with one ifRevision exactly one wins, and all others get the winning entry', ({ store, now }) =>
      oneUpdateWins([store], now),
    ),

    rule(
      'both hold for two store objects on the same data',
      async ({ store, now, reopen }) => {
        const stores = [store, await reopen()]
        await oneInsertWins(stores, now)
        await oneUpdateWins(stores, now)
      },
      'volatile',
      'single-process',
    ),

    rule('20 writers that compare and set count to 100 together: no update is lost', async ({ store, now, put }) => {
      await put('counter', { value: '0' })
      await together(20, () => increment(store, 'counter', 5, now))
      assert.strictEqual((await store.get('counter', at(now)))?.value, '100')
    }),

    rule('after a delete that races updates the entry is absent', async ({ store, now, put }) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const { revision: ifRevision } = await put(`key-${round}`)
        const write = (next = entryAt(now)) => store.update(`key-${round}`, next, at(now, { ifRevision }))
        const [before, outcome, after] = await Promise.all([write(), store.delete(`key-${round}`, at(now)), write()])
        assert.strictEqual(outcome, 'deleted')
        assert.ok(before.outcome !== 'updated' || after.outcome !== 'updated', 'one revision let two updates through')
        await assertAbsent(store, `key-${round}`, now, ifRevision)
      }
    }),

    rule('of an update and a delete with one ifRevision exactly one wins', async ({ store, now, put }) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const { revision: ifRevision } = await put(`key-${round}`)
        const next = entryAt(now)
        const write = () => store.update(`key-${round}`, next, at(now, { ifRevision }))
        const end = () => store.delete(`key-${round}`, at(now, { ifRevision }))
        const early = round % 2 ? write() : undefined
        const deleting = end()
        const [updated, deleted] = await Promise.all([early ?? write(), deleting])
        const outcomes = JSON.stringify([updated.outcome, deleted])
        assert.ok(['["updated","conflict"]', '["gone","deleted"]'].includes(outcomes), `both or neither: ${outcomes}`)
        if (deleted === 'deleted') await assertAbsent(store, `key-${round}`, now, ifRevision)
        else await assertHolds(store, `key-${round}`, next, now)
      }
    }),

    rule('an update that races touches is what is kept, with its own deadline', async ({ store, now, put }) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const { revision: ifRevision } = await put(`key-${round}`)
        const next = entryAt(now, { expiresAt: now + 5 * HOUR })
        const touch = () => store.touch(`key-${round}`, now + 2 * HOUR, at(now, { ifRevision }))
        const write = () => store.update(`key-${round}`, next, at(now, { ifRevision }))
        const [, updated] = await Promise.all([touch(), write(), touch(), touch()])
        assert.strictEqual(updated.outcome, 'updated')
        await assertHolds(store, `key-${round}`, next, now)
      }
    }),

    rule('after a delete that races touches the entry is absent', async ({ store, now, put }) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const { revision: ifRevision } = await put(`key-${round}`)
        const touch = () => store.touch(`key-${round}`, now + 2 * HOUR, at(now, { ifRevision }))
        await Promise.all([touch(), store.delete(`key-${round}`, at(now)), touch(), touch()])
        await assertAbsent(store, `key-${round}`, now, ifRevision)
      }
    }),

    rule('a late write does not match what was inserted after a delete, however close they come', async (bench) => {
      const { store, now, put } = bench
      for (let round = 0; round < ROUNDS; round += 1) {
        const old = await put(`key-${round}`)
        const fresh = entryAt(now)
        await store.delete(`key-${round}`, at(now))
        const late = () => store.update(`key-${round}`, entryAt(now), at(now, { ifRevision: old.revision }))
        const answers = await Promise.all([late(), store.insert(`key-${round}`, fresh, at(now)), late()])
        assert.strictEqual(answers[1], 'inserted')
        await assertHolds(store, `key-${round}`, fresh, now)
      }
    }),

    rule('50 inserts of different keys at once all succeed', async ({ store, now }) => {
      const entries = Array.from({ length: 50 }, () => entryAt(now))
      const outcomes = await together(50, (index) => store.insert(`key-${index}`, entries[index]!, at(now)))
      assert.deepEqual([...new Set(outcomes)], ['inserted'])
      for (const [index, entry] of entries.entries()) await assertHolds(store, `key-${index}`, entry, now)
    }),
  ],
}
