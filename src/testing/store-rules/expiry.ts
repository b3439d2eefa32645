import assert from 'node:assert/strict'
import { assertAbsent, assertHolds, at, type Bench, entryAt, HOUR, listAll, need, sweepAll } from '../internal/bench.ts'
import { type Chapter, rule } from '../internal/rule.ts'

const YEAR = 365.25 * 24 * HOUR

export const expiryRules: Chapter<Bench> = {
  title: 'expiry: an entry is absent from its deadline on, whether or not anything has removed it',
  rules: [
    rule('get finds it at T-1, and nothing at T and T+1', async ({ store, put }) => {
      const entry = await put('key')
      const T = entry.expiresAt
      await assertHolds(store, 'key', entry, T - 1)
      assert.strictEqual(await store.get('key', at(T)), undefined)
      assert.strictEqual(await store.get('key', at(T + 1)), undefined)
    }),

    rule('insert is "taken" at T-1, and makes a new entry at T and at T+1', async ({ store, put }) => {
      for (const late of [0, 1]) {
        const { expiresAt: T } = await put(`key-${late}`)
        assert.strictEqual(await store.insert(`key-${late}`, entryAt(T), at(T - 1)), 'taken')
        assert.strictEqual(await store.insert(`key-${late}`, entryAt(T), at(T + late)), 'inserted')
      }
    }),

    rule('update works at T-1, and is "gone" at T and T+1', async ({ store, put }) => {
      for (const late of [-1, 0, 1]) {
        const { expiresAt: T, revision: ifRevision } = await put(`key-${late}`)
        const { outcome } = await store.update(`key-${late}`, entryAt(T), at(T + late, { ifRevision }))
        assert.strictEqual(outcome, late < 0 ? 'updated' : 'gone')
        if (late >= 0) await assertAbsent(store, `key-${late}`, T + late, ifRevision)
      }
    }),

    rule('touch works at T-1, and is "gone" at T and T+1', async ({ store, put }) => {
      for (const late of [-1, 0, 1]) {
        const { expiresAt: T, revision: ifRevision } = await put(`key-${late}`)
        const outcome = await store.touch(`key-${late}`, T + HOUR, at(T + late, { ifRevision }))
        assert.strictEqual(outcome, late < 0 ? 'touched' : 'gone')
      }
    }),

    rule('delete works at T-1, and is "gone" at T and T+1', async ({ store, put }) => {
      for (const late of [-1, 0, 1]) {
        for (const conditional of [true, false]) {
          const { expiresAt: T, revision } = await put(`key-${late}-${conditional}`)
          const call = conditional ? at(T + late, { ifRevision: revision }) : at(T + late)
          assert.strictEqual(await store.delete(`key-${late}-${conditional}`, call), late < 0 ? 'deleted' : 'gone')
        }
      }
    }),

    rule(
      'another revision is a conflict at T-1, and "gone" at T, with nothing of the entry in the answer',
      async (bench) => {
        const { store, put } = bench
        const { expiresAt: T } = await put('key')
        const early = at(T - 1, { ifRevision: 'another-revision' })
        const late = at(T, { ifRevision: 'another-revision' })
        assert.strictEqual((await store.update('key', entryAt(T), early)).outcome, 'conflict')
        assert.strictEqual(await store.touch('key', T + HOUR, early), 'conflict')
        assert.strictEqual(await store.delete('key', early), 'conflict')
        assert.deepEqual({ ...(await store.update('key', entryAt(T), late)) }, { outcome: 'gone' })
        assert.strictEqual(await store.touch('key', T + HOUR, late), 'gone')
        assert.strictEqual(await store.delete('key', late), 'gone')
      },
    ),

    rule(
      'list has it at T-1, and not at T and T+1, with and without the owner',
      async ({ store, put }) => {
        const { expiresAt: T } = await put('key', { owner: 'user-1' })
        for (const [instant, rows] of [
          [T - 1, 1],
          [T, 0],
          [T + 1, 0],
        ] as const) {
          for (const owner of [undefined, 'user-1']) {
            assert.strictEqual((await listAll(store, { limit: 10, owner }, instant)).length, rows)
          }
        }
      },
      'no-list',
    ),

    rule(
      'count has it at T-1, and not at T and T+1, with and without the owner',
      async ({ store, put }) => {
        const count = need(store, 'count')
        const { expiresAt: T } = await put('key', { owner: 'user-1' })
        for (const [instant, entries] of [
          [T - 1, 1],
          [T, 0],
          [T + 1, 0],
        ] as const) {
          for (const query of [{}, { owner: 'user-1' }]) {
            assert.strictEqual(await count(query, at(instant)), entries)
          }
        }
      },
      'no-count',
    ),

    rule(
      'all of this is the same after a sweep',
      async ({ store, put }) => {
        const entry = await put('key', { owner: 'user-1' })
        const T = entry.expiresAt
        assert.strictEqual(await sweepAll(store, 10, T - 1), 0)
        await assertHolds(store, 'key', entry, T - 1)
        assert.strictEqual(await sweepAll(store, 10, T), 1)
        await assertAbsent(store, 'key', T, entry.revision)
        const fresh = entryAt(T)
        assert.strictEqual(await store.insert('key', fresh, at(T)), 'inserted')
        await assertHolds(store, 'key', fresh, T)
      },
      'no-sweep',
    ),

    rule("the caller's clock may have a fraction", async ({ store, put }) => {
      const entry = await put('key')
      const T = entry.expiresAt
      await assertHolds(store, 'key', entry, T - 0.5)
      assert.strictEqual(await store.touch('key', T, at(T - 0.25, { ifRevision: entry.revision })), 'touched')
      await assertAbsent(store, 'key', T + 0.5, entry.revision)
      const fresh = entryAt(T)
      assert.strictEqual(await store.insert('key', fresh, at(T + 0.5)), 'inserted')
      await assertHolds(store, 'key', fresh, T + 0.5)
    }),

    rule(
      "it is the caller's clock that counts, behind the real one or years ahead of it",
      async ({ store, now, put }) => {
        const entry = await put('key')
        for (const early of [now - HOUR, now - 10 * YEAR, 1, 0]) await assertHolds(store, 'key', entry, early)
        assert.strictEqual(await store.insert('key', entryAt(now), at(0)), 'taken')
        await assertAbsent(store, 'key', now + 100 * YEAR, entry.revision)
      },
    ),

    rule(
      'deadlines are kept to the millisecond, also those in the year 2038, 2106, 10 000 and 275 760 [T164]',
      async (bench) => {
        const { store, now, put } = bench
        for (const expiresAt of [now + HOUR + 1, 2 ** 31 * 1000, 2 ** 32 * 1000 + 1, 253_402_300_800_001, 8.64e15]) {
          const entry = await put(`until-${expiresAt}`, { expiresAt })
          await assertHolds(store, `until-${expiresAt}`, entry, now)
          await assertHolds(store, `until-${expiresAt}`, entry, expiresAt - 1)
          assert.strictEqual(await store.get(`until-${expiresAt}`, at(expiresAt)), undefined)
        }
      },
    ),
  ],
}
