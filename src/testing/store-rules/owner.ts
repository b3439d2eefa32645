import assert from 'node:assert/strict'
import { at, type Bench, entryAt, listAll, need } from '../internal/bench.ts'
import { fill, keysOf } from '../internal/listing.ts'
import { type Chapter, rule } from '../internal/rule.ts'

const ownedBy = async ({ store, now }: Bench, owner: string): Promise<string[]> =>
  keysOf(await listAll(store, { owner, limit: 10 }, now))

export const ownerRules: Chapter<Bench> = {
  title: 'list by owner',
  rules: [
    rule(
      'has the entries of exactly this owner, compared character by character',
      async (bench) => {
        const owners = [
          'user-1',
          'user-10',
          'USER-1',
          'user',
          'user-1 ',
          'user_1',
          'user%',
          '__proto__',
          'é',
          'e\u0301',
          '1',
        ]
        for (const owner of owners) await bench.put(`of ${owners.indexOf(owner)}`, { owner })
        await bench.put('nobody')
        for (const owner of owners)
          assert.deepEqual(await ownedBy(bench, owner), [`of ${owners.indexOf(owner)}`], owner)
        for (const owner of ['user-', 'u%', '*', 'undefined', 'null']) assert.deepEqual(await ownedBy(bench, owner), [])
      },
      'no-list',
    ),

    rule(
      'has all entries of an owner, page by page',
      async (bench) => {
        const mine = await fill(bench, 25, { owner: 'user-1' }, 'mine')
        await fill(bench, 25, { owner: 'user-2' })
        for (const limit of [1, 10, 1000]) {
          const rows = await listAll(bench.store, { owner: 'user-1', limit }, bench.now)
          assert.deepEqual(keysOf(rows), mine)
          assert.ok(rows.every((row) => row.owner === 'user-1'))
        }
      },
      'no-list',
    ),

    rule(
      'follows updates that change, take away or give the owner',
      async (bench) => {
        const { store, now } = bench
        let { revision: ifRevision } = await bench.put('key', { owner: 'first' })
        for (const owner of ['second', undefined, 'third', 'first']) {
          const next = entryAt(now, { owner })
          await store.update('key', next, at(now, { ifRevision }))
          ifRevision = next.revision
          for (const asked of ['first', 'second', 'third']) {
            assert.deepEqual(await ownedBy(bench, asked), asked === owner ? ['key'] : [], `${asked} of ${owner}`)
          }
        }
      },
      'no-list',
    ),

    rule(
      'forgets deleted entries, and what was inserted after them belongs to its own owner',
      async (bench) => {
        const { store, now, put } = bench
        await put('key', { owner: 'first' })
        await store.delete('key', at(now))
        assert.deepEqual(await ownedBy(bench, 'first'), [])
        await put('key', { owner: 'second' })
        assert.deepEqual(await ownedBy(bench, 'first'), [])
        assert.deepEqual(await ownedBy(bench, 'second'), ['key'])
      },
      'no-list',
    ),

    rule(
      'does not give an expired entry, or what took its place, to the old owner',
      async (bench) => {
        const { expiresAt: later } = await bench.put('key', { owner: 'first' })
        const then = { ...bench, now: later }
        assert.deepEqual(await ownedBy(then, 'first'), [])
        await bench.store.insert('key', entryAt(later, { owner: 'second' }), at(later))
        assert.deepEqual(await ownedBy(then, 'first'), [])
        assert.deepEqual(await ownedBy(then, 'second'), ['key'])
      },
      'no-list',
    ),

    rule(
      "finds an owner's few entries through an index, not by walking over everybody's",
      async (bench) => {
        await fill(bench, 80, { owner: 'somebody else' })
        const mine = await fill(bench, 3, { owner: 'user-1' }, 'mine')
        const page = await need(bench.store, 'list')({ owner: 'user-1', limit: 5 }, at(bench.now))
        assert.deepEqual(keysOf(page.entries), mine, 'they are on the first page')
      },
      'no-list',
      'no-owner-index',
    ),
  ],
}
