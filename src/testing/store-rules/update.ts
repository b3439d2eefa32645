import assert from 'node:assert/strict'
import { assertAbsent, assertConflict, assertHolds, at, type Bench, entryAt, HOUR, MINUTE } from '../internal/bench.ts'
import { type Chapter, rule } from '../internal/rule.ts'

export const updateRules: Chapter<Bench> = {
  title: 'update',
  rules: [
    rule('replaces value, deadline and revision of the entry that has ifRevision', async ({ store, now, put }) => {
      const { revision: ifRevision } = await put('key')
      const next = entryAt(now, { expiresAt: now + 2 * HOUR })
      assert.deepEqual({ ...(await store.update('key', next, at(now, { ifRevision }))) }, { outcome: 'updated' })
      await assertHolds(store, 'key', next, now)
      await assertHolds(store, 'key', next, now + HOUR)
    }),

    rule('replaces the owner: gives one, changes it, takes it away', async ({ store, now, put }) => {
      let { revision: ifRevision } = await put('key')
      for (const owner of ['first', 'second', undefined, 'third']) {
        const next = entryAt(now, { owner })
        await store.update('key', next, at(now, { ifRevision }))
        await assertHolds(store, 'key', next, now)
        ifRevision = next.revision
      }
    }),

    rule('can bring the deadline nearer', async ({ store, now, put }) => {
      const { revision: ifRevision } = await put('key')
      const next = entryAt(now, { expiresAt: now + MINUTE })
      await store.update('key', next, at(now, { ifRevision }))
      await assertHolds(store, 'key', next, now + MINUTE - 1)
      await assertAbsent(store, 'key', now + MINUTE, next.revision)
    }),

    rule('ends the entry when the new deadline has passed', async ({ store, now, put }) => {
      const { revision: ifRevision } = await put('key')
      const next = entryAt(now, { expiresAt: now })
      assert.deepEqual({ ...(await store.update('key', next, at(now, { ifRevision }))) }, { outcome: 'updated' })
      await assertAbsent(store, 'key', now, next.revision)
    }),

    rule('never creates: an unknown key is "gone" and stays absent', async ({ store, now }) => {
      await assertAbsent(store, 'never-there', now)
    }),

    rule(
      'never creates: a deleted entry is "gone", whichever of its revisions is named',
      async ({ store, now, put }) => {
        const first = await put('key')
        const second = entryAt(now)
        await store.update('key', second, at(now, { ifRevision: first.revision }))
        await store.delete('key', at(now))
        for (const { revision } of [first, second]) await assertAbsent(store, 'key', now, revision)
      },
    ),

    rule('with another revision is a conflict that returns the current entry, and changes nothing', async (bench) => {
      const { store, now, put } = bench
      const entry = await put('key', { owner: 'user-1' })
      await assertConflict(store, 'key', 'another-revision', entry, now)
      await assertHolds(store, 'key', entry, now)
      const ownerless = await put('ownerless')
      await assertConflict(store, 'ownerless', 'another-revision', ownerless, now)
    }),

    rule('no longer matches the revision that it replaced', async ({ store, now, put }) => {
      const first = await put('key')
      const second = entryAt(now)
      await store.update('key', second, at(now, { ifRevision: first.revision }))
      await assertConflict(store, 'key', first.revision, second, now)
      await assertHolds(store, 'key', second, now)
    }),

    rule(
      'returns in a conflict what the last update and the last touch made of the entry',
      async ({ store, now, put }) => {
        const first = await put('key', { owner: 'first' })
        const second = entryAt(now)
        await store.update('key', second, at(now, { ifRevision: first.revision }))
        await store.touch('key', now + 3 * HOUR, at(now, { ifRevision: second.revision }))
        await assertConflict(store, 'key', first.revision, { ...second, expiresAt: now + 3 * HOUR }, now)
      },
    ),

    rule('compares revisions whole, character by character', async ({ store, now, put }) => {
      const revision = `Ab%_${'x'.repeat(59)}y`
      const entry = await put('key', { revision })
      const near = ['A', 'Ab%_', revision.slice(0, -1), `${revision.slice(0, -1)}z`, revision.toLowerCase()]
      for (const other of [...near, revision.toUpperCase(), `${revision.slice(1)} `, '%', '*', '.*']) {
        await assertConflict(store, 'key', other, entry, now)
        assert.strictEqual(await store.touch('key', now + 2 * HOUR, at(now, { ifRevision: other })), 'conflict')
        assert.strictEqual(await store.delete('key', at(now, { ifRevision: other })), 'conflict')
      }
      await assertHolds(store, 'key', entry, now)
      const next = entryAt(now)
      assert.strictEqual((await store.update('key', next, at(now, { ifRevision: revision }))).outcome, 'updated')
    }),

    rule('does not treat a forgotten ifRevision as "any": it matches no entry', async ({ store, now, put }) => {
      const entry = await put('key')
      for (const missing of [undefined, null, '', 0, {}, [entry.revision], { toString: () => entry.revision }]) {
        await assertConflict(store, 'key', missing as string, entry, now)
        assert.strictEqual(
          await store.touch('key', now + 2 * HOUR, at(now, { ifRevision: missing as string })),
          'conflict',
        )
      }
      await assertHolds(store, 'key', entry, now)
    }),

    rule('leaves all other entries alone', async ({ store, now, put }) => {
      const others = new Map([
        ['ke', await put('ke')],
        ['key2', await put('key2')],
      ])
      const { revision: ifRevision } = await put('key')
      await store.update('key', entryAt(now, { owner: 'other' }), at(now, { ifRevision }))
      for (const [key, entry] of others) await assertHolds(store, key, entry, now)
    }),
  ],
}
