import assert from 'node:assert/strict'
import { assertAbsent, assertHolds, at, type Bench, entryAt } from '../internal/bench.ts'
import { type Chapter, rule } from '../internal/rule.ts'

export const deleteRules: Chapter<Bench> = {
  title: 'delete',
  rules: [
    rule('without ifRevision removes whatever is there', async ({ store, now, put }) => {
      const first = await put('key')
      const second = entryAt(now)
      await store.update('key', second, at(now, { ifRevision: first.revision }))
      assert.strictEqual(await store.delete('key', at(now)), 'deleted')
      await assertAbsent(store, 'key', now, second.revision)
      await put('other')
      assert.strictEqual(await store.delete('other', at(now, { ifRevision: undefined })), 'deleted')
    }),

    rule('with ifRevision removes the entry that has it', async ({ store, now, put }) => {
      const { revision: ifRevision } = await put('key')
      assert.strictEqual(await store.delete('key', at(now, { ifRevision })), 'deleted')
      await assertAbsent(store, 'key', now, ifRevision)
    }),

    rule('with another revision is a conflict and removes nothing', async ({ store, now, put }) => {
      const first = await put('key')
      const second = entryAt(now)
      await store.update('key', second, at(now, { ifRevision: first.revision }))
      for (const ifRevision of [first.revision, 'another-revision']) {
        assert.strictEqual(await store.delete('key', at(now, { ifRevision })), 'conflict')
      }
      await assertHolds(store, 'key', second, now)
    }),

    rule('answers "gone" the second time, to an unknown key, and to an expired entry', async ({ store, now, put }) => {
      const entry = await put('key')
      assert.strictEqual(await store.delete('key', at(now)), 'deleted')
      for (const key of ['key', 'never-there']) {
        assert.strictEqual(await store.delete(key, at(now)), 'gone')
        assert.strictEqual(await store.delete(key, at(now, { ifRevision: entry.revision })), 'gone')
      }
      const { expiresAt } = await put('expired')
      assert.strictEqual(await store.delete('expired', at(expiresAt)), 'gone')
    }),

    rule('leaves all other entries alone', async ({ store, now, put }) => {
      const others = new Map([
        ['ke', await put('ke')],
        ['key2', await put('key2')],
      ])
      await put('key')
      await store.delete('key', at(now))
      for (const [key, entry] of others) await assertHolds(store, key, entry, now)
    }),
  ],
}
