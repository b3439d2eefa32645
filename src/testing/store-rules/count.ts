import assert from 'node:assert/strict'
import { at, type Bench, entryAt, HOUR, need } from '../internal/bench.ts'
import { fill } from '../internal/listing.ts'
import { type Chapter, rule } from '../internal/rule.ts'

export const countRules: Chapter<Bench> = {
  title: 'count',
  rules: [
    rule(
      'counts live entries, all of them or those of one owner',
      async (bench) => {
        const { store, now, put } = bench
        const count = need(store, 'count')
        assert.strictEqual(await count({}, at(now)), 0)
        await fill(bench, 12, { owner: 'user-1' }, 'mine')
        await fill(bench, 5)
        await put('expired', { owner: 'user-1', expiresAt: now })
        assert.strictEqual(await count({}, at(now)), 17)
        assert.strictEqual(await count({ owner: undefined }, at(now)), 17)
        assert.strictEqual(await count({ owner: 'user-1' }, at(now)), 12)
        for (const owner of ['user-2', 'USER-1', 'user-']) assert.strictEqual(await count({ owner }, at(now)), 0)
      },
      'no-count',
    ),

    rule(
      'follows every write',
      async (bench) => {
        const { store, now, put } = bench
        const count = need(store, 'count')
        const counts = async () => [await count({}, at(now)), await count({ owner: 'a' }, at(now))]
        const { revision: ifRevision } = await put('key', { owner: 'a' })
        await store.insert('key', entryAt(now, { owner: 'b' }), at(now))
        assert.deepEqual(await counts(), [1, 1])
        const next = entryAt(now, { owner: 'b' })
        await store.update('key', next, at(now, { ifRevision }))
        assert.deepEqual(await counts(), [1, 0])
        await store.touch('key', now + HOUR, at(now, { ifRevision: next.revision }))
        assert.deepEqual(await counts(), [1, 0])
        await store.delete('key', at(now))
        assert.deepEqual(await counts(), [0, 0])
      },
      'no-count',
    ),
  ],
}
