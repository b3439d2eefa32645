/** What shows that a declared weakness is really there, and what holds in spite of it. */

import assert from 'node:assert/strict'
import { assertAbsent, assertHolds, at, type Bench, entryAt, missing } from '../internal/bench.ts'
import type { StoreWeakness } from '../store-weaknesses.ts'
import { ILL_FORMED_TEXTS } from './values.ts'

const lacks =
  (method: 'list' | 'count' | 'deleteOwned' | 'sweep' | 'ping') =>
  async ({ store }: Bench) =>
    assert.ok(!store[method], `The store has \`${method}\`: take '${missing(method)}' out of its weaknesses.`)

/** Weaknesses that cannot be seen from outside, or that are declared by leaving something out, are not here. */
export const WITNESSES: Partial<Record<StoreWeakness, (bench: Bench) => Promise<void>>> = {
  'no-list': lacks('list'),
  'no-count': lacks('count'),
  'no-delete-owned': lacks('deleteOwned'),
  'no-sweep': lacks('sweep'),
  'no-ping': lacks('ping'),

  async evicts({ now, small }) {
    const store = await small()
    const entries = new Map(Array.from({ length: 1_000 }, (_, index) => [`key-${index}`, entryAt(now)]))
    for (const [key, entry] of entries) {
      assert.strictEqual(await store.insert(key, entry, at(now)), 'inserted')
      await assertHolds(store, key, entry, now)
    }
    const dropped: string[] = []
    for (const [key, entry] of entries) {
      if ((await store.get(key, at(now))) === undefined) dropped.push(key)
      else await assertHolds(store, key, entry, now)
    }
    assert.ok(dropped.length > 0, "The store kept all of 1,000 entries: take 'evicts' out of its weaknesses.")
    for (const key of dropped.slice(0, 50)) {
      await assertAbsent(store, key, now, entries.get(key)!.revision)
      const again = entryAt(now)
      assert.strictEqual(await store.insert(key, again, at(now)), 'inserted')
      await assertHolds(store, key, again, now)
    }
  },

  async 'lossy-text'({ store, now }) {
    const changed = await Promise.all(
      ILL_FORMED_TEXTS.map(async (value, index) => {
        const insert = async () => store.insert(`key-${index}`, entryAt(now, { value }), at(now))
        if ((await insert().catch(() => 'refused')) !== 'inserted') return true
        return (await store.get(`key-${index}`, at(now)))?.value !== value
      }),
    )
    assert.ok(changed.includes(true), "The store keeps all text exactly: take 'lossy-text' out of its weaknesses.")
  },

  async 'small-values'({ store, now, put }) {
    const value = 'x'.repeat(1_048_576)
    const small = await put('updated')
    const insert = async () => store.insert('inserted', entryAt(now, { value }), at(now))
    const update = async () => store.update('updated', entryAt(now, { value }), at(now, { ifRevision: small.revision }))
    const message = "has to be refused, not cut. If 1 MiB fits, take 'small-values' out of the store's weaknesses."
    await assert.rejects(insert, `insert of too much ${message}`)
    await assertAbsent(store, 'inserted', now)
    await assert.rejects(update, `update to too much ${message}`)
    await assertHolds(store, 'updated', small, now)
  },
}
