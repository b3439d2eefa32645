import assert from 'node:assert/strict'
import { assertAbsent, assertConflict, assertHolds, at, type Bench, entryAt, HOUR } from '../internal/bench.ts'
import { type Chapter, rule } from '../internal/rule.ts'

export const insertRules: Chapter<Bench> = {
  title: 'insert',
  rules: [
    rule(
      'makes a new entry, and get returns its value, deadline, revision and owner exactly',
      async ({ store, now }) => {
        const entry = entryAt(now, { owner: 'user-1' })
        assert.strictEqual(await store.insert('key', entry, at(now)), 'inserted')
        await assertHolds(store, 'key', entry, now)
      },
    ),

    rule('keeps no owner where none was given', async ({ store, now, put }) => {
      await put('none')
      await put('undefined', { owner: undefined })
      for (const key of ['none', 'undefined']) {
        assert.strictEqual((await store.get(key, at(now)))?.owner, undefined)
      }
    }),

    rule(
      'never overwrites a live entry: it answers "taken" and the entry stays as it is',
      async ({ store, now, put }) => {
        const first = await put('key', { owner: 'first' })
        assert.strictEqual(await store.insert('key', entryAt(now, { owner: 'second' }), at(now)), 'taken')
        await assertHolds(store, 'key', first, now)
      },
    ),

    rule('answers "taken" to the same entry again, too', async ({ store, now, put }) => {
      const entry = await put('key')
      assert.strictEqual(await store.insert('key', entry, at(now)), 'taken')
      await assertHolds(store, 'key', entry, now)
    }),

    rule('takes the place of an expired entry, of which nothing remains', async ({ store, put }) => {
      const old = await put('key', { owner: 'old' })
      const fresh = entryAt(old.expiresAt)
      assert.strictEqual(await store.insert('key', fresh, at(old.expiresAt)), 'inserted')
      await assertHolds(store, 'key', fresh, old.expiresAt)
      await assertConflict(store, 'key', old.revision, fresh, old.expiresAt)
    }),

    rule(
      'works again after a delete, and an old revision does not match the new entry',
      async ({ store, now, put }) => {
        const old = await put('key', { owner: 'old' })
        await store.delete('key', at(now))
        const fresh = await put('key')
        await assertConflict(store, 'key', old.revision, fresh, now)
        assert.strictEqual(await store.touch('key', now + 2 * HOUR, at(now, { ifRevision: old.revision })), 'conflict')
        assert.strictEqual(await store.delete('key', at(now, { ifRevision: old.revision })), 'conflict')
        await assertHolds(store, 'key', fresh, now)
      },
    ),

    rule(
      'accepts an entry whose deadline has passed, which is absent at once and blocks nothing',
      async ({ store, now }) => {
        for (const expiresAt of [now, now - 1, 0, -1]) {
          const key = `ended-${expiresAt}`
          const dead = entryAt(now, { expiresAt })
          assert.strictEqual(await store.insert(key, dead, at(now)), 'inserted')
          await assertAbsent(store, key, now, dead.revision)
          const fresh = entryAt(now)
          assert.strictEqual(await store.insert(key, fresh, at(now)), 'inserted')
          await assertHolds(store, key, fresh, now)
        }
      },
    ),

    rule('does not let an entry whose deadline has passed push out a live one', async ({ store, now, put }) => {
      const live = await put('key')
      assert.strictEqual(await store.insert('key', entryAt(now, { expiresAt: now - 1 }), at(now)), 'taken')
      await assertHolds(store, 'key', live, now)
    }),

    rule('keeps many entries apart, every one with its own value', async ({ store, now, put }) => {
      const keys = Array.from({ length: 100 }, (_, index) => `key-${index}`)
      const entries = await Promise.all(keys.map((key) => put(key, { owner: `owner of ${key}` })))
      for (const [index, key] of keys.entries()) await assertHolds(store, key, entries[index]!, now)
    }),
  ],
}
