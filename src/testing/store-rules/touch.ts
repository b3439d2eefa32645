import assert from 'node:assert/strict'
import { assertAbsent, assertHolds, at, type Bench, entryAt, HOUR, MINUTE } from '../internal/bench.ts'
import { type Chapter, rule } from '../internal/rule.ts'

export const touchRules: Chapter<Bench> = {
  title: 'touch',
  rules: [
    rule('moves the deadline on and leaves value, revision and owner as they are', async ({ store, now, put }) => {
      const entry = await put('key', { owner: 'user-1' })
      const expiresAt = now + 2 * HOUR
      assert.strictEqual(await store.touch('key', expiresAt, at(now, { ifRevision: entry.revision })), 'touched')
      await assertHolds(store, 'key', { ...entry, expiresAt }, now)
      await assertHolds(store, 'key', { ...entry, expiresAt }, entry.expiresAt)
      await assertAbsent(store, 'key', expiresAt, entry.revision)
    }),

    rule('can bring the deadline nearer', async ({ store, now, put }) => {
      const { revision: ifRevision } = await put('key')
      assert.strictEqual(await store.touch('key', now + MINUTE, at(now, { ifRevision })), 'touched')
      await assertAbsent(store, 'key', now + MINUTE, ifRevision)
    }),

    rule('ends the entry when the new deadline has passed', async ({ store, now, put }) => {
      const { revision: ifRevision } = await put('key')
      assert.strictEqual(await store.touch('key', now, at(now, { ifRevision })), 'touched')
      await assertAbsent(store, 'key', now, ifRevision)
    }),

    rule('makes nobody lose: an update with the same ifRevision still wins', async ({ store, now, put }) => {
      const { revision: ifRevision } = await put('key')
      await store.touch('key', now + 2 * HOUR, at(now, { ifRevision }))
      const next = entryAt(now)
      assert.strictEqual((await store.update('key', next, at(now, { ifRevision }))).outcome, 'updated')
      await assertHolds(store, 'key', next, now)
    }),

    rule('with another revision is a conflict and moves nothing', async ({ store, now, put }) => {
      const entry = await put('key')
      const next = entryAt(now)
      await store.update('key', next, at(now, { ifRevision: entry.revision }))
      for (const ifRevision of [entry.revision, 'another-revision']) {
        assert.strictEqual(await store.touch('key', now + 2 * HOUR, at(now, { ifRevision })), 'conflict')
      }
      await assertHolds(store, 'key', next, now)
    }),

    rule('never creates: an unknown key is "gone" and stays absent', async ({ store, now }) => {
      const ifRevision = 'any-revision'
      assert.strictEqual(await store.touch('never-there', now + HOUR, at(now, { ifRevision })), 'gone')
      await assertAbsent(store, 'never-there', now, ifRevision)
    }),

    rule('never creates: a deleted entry is "gone" and stays absent [T136]', async ({ store, now, put }) => {
      const { revision: ifRevision } = await put('key')
      await store.delete('key', at(now))
      assert.strictEqual(await store.touch('key', now + HOUR, at(now, { ifRevision })), 'gone')
      await assertAbsent(store, 'key', now, ifRevision)
    }),

    rule('never brings an expired entry back to life', async ({ store, put }) => {
      const { revision: ifRevision, expiresAt } = await put('key')
      assert.strictEqual(await store.touch('key', expiresAt + HOUR, at(expiresAt, { ifRevision })), 'gone')
      await assertAbsent(store, 'key', expiresAt, ifRevision)
    }),
  ],
}
