import assert from 'node:assert/strict'
import { assertHolds, at, type Bench, entryAt, HOUR, listAll, MINUTE, sweepAll } from '../internal/bench.ts'
import { type Chapter, rule } from '../internal/rule.ts'

export const sweepRules: Chapter<Bench> = {
  title: 'sweep',
  rules: [
    rule(
      'removes what has expired, says how many, and never removes a live entry',
      async ({ store, now, put }) => {
        const later = now + MINUTE
        for (let index = 0; index < 30; index += 1) await put(`old-${index}`, { expiresAt: later })
        const live = new Map<string, Awaited<ReturnType<Bench['put']>>>()
        for (let index = 0; index < 30; index += 1)
          live.set(`live-${index}`, await put(`live-${index}`, { expiresAt: later + 1 }))
        assert.strictEqual(await sweepAll(store, 1000, later - 1), 0, 'nothing has expired yet')
        assert.strictEqual(await sweepAll(store, 1000, later), 30)
        for (const [key, entry] of live) await assertHolds(store, key, entry, later)
      },
      'no-sweep',
    ),

    rule(
      'removes at most `limit` entries in one step, and gets around in a bounded number of steps',
      async ({ store, now, put }) => {
        for (let index = 0; index < 25; index += 1) await put(`key-${index}`)
        for (let index = 0; index < 25; index += 1) await put(`live-${index}`, { expiresAt: now + 2 * HOUR })
        assert.strictEqual(await sweepAll(store, 7, now + HOUR), 25)
        await put('one-more')
        assert.strictEqual(await sweepAll(store, 1, now + HOUR), 1)
      },
      'no-sweep',
    ),

    rule(
      'of an empty store, and the second time, removes nothing',
      async ({ store, now, put }) => {
        assert.strictEqual(await sweepAll(store, 10, now), 0)
        await put('key')
        assert.strictEqual(await sweepAll(store, 10, now + HOUR), 1)
        assert.strictEqual(await sweepAll(store, 10, now + HOUR), 0)
      },
      'no-sweep',
    ),

    rule(
      'goes by the deadline that update and touch have set, not by the first one',
      async ({ store, now, put }) => {
        const touched = await put('touched')
        await store.touch('touched', now + 2 * HOUR, at(now, { ifRevision: touched.revision }))
        const { revision: ifRevision } = await put('updated')
        const updated = entryAt(now, { expiresAt: now + 2 * HOUR })
        await store.update('updated', updated, at(now, { ifRevision }))
        await put('again', { expiresAt: now })
        const again = entryAt(now, { expiresAt: now + 2 * HOUR })
        await store.insert('again', again, at(now))
        assert.strictEqual(await sweepAll(store, 10, now + HOUR), 0)
        await assertHolds(store, 'touched', { ...touched, expiresAt: now + 2 * HOUR }, now + HOUR)
        await assertHolds(store, 'updated', updated, now + HOUR)
        await assertHolds(store, 'again', again, now + HOUR)
        assert.strictEqual(await sweepAll(store, 10, now + 2 * HOUR), 3)
      },
      'no-sweep',
    ),

    rule(
      'does not remove the new entry that is inserted over an expired one at the same time [T237]',
      async ({ store, now, put }) => {
        for (let round = 0; round < 20; round += 1) {
          await put(`key-${round}`)
          const fresh = entryAt(now + HOUR)
          const sweeping = [sweepAll(store, 10, now + HOUR), sweepAll(store, 10, now + HOUR)]
          const [outcome] = await Promise.all([store.insert(`key-${round}`, fresh, at(now + HOUR)), ...sweeping])
          assert.strictEqual(outcome, 'inserted')
          await assertHolds(store, `key-${round}`, fresh, now + HOUR)
        }
      },
      'no-sweep',
    ),

    rule(
      'leaves nothing of the expired entries in the listings',
      async ({ store, now, put }) => {
        for (let index = 0; index < 10; index += 1) await put(`key-${index}`, { owner: 'user-1' })
        await sweepAll(store, 100, now + HOUR)
        // With the clock before the deadline again, what was only hidden would be seen.
        assert.deepEqual(await listAll(store, { limit: 10 }, now), [])
        assert.deepEqual(await listAll(store, { limit: 10, owner: 'user-1' }, now), [])
      },
      'no-sweep',
      'no-list',
    ),
  ],
}
