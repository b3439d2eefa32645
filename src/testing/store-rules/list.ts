import assert from 'node:assert/strict'
import type { StoreEntry } from '../../core/store.ts'
import { at, type Bench, entryAt, HOUR, listAll, MINUTE, need } from '../internal/bench.ts'
import { fill, keysOf } from '../internal/listing.ts'
import { type Chapter, rule } from '../internal/rule.ts'

/** Lists in small pages and after each page lets entries go, come or change: seen ones, unseen ones and new ones. */
const listWhile = (change: 'go' | 'come' | 'change') => async (bench: Bench) => {
  const { store, now, put } = bench
  const list = need(store, 'list')
  for (const owner of ['user-1', undefined]) {
    const name = owner ?? 'all'
    const staying = new Map<string, StoreEntry>()
    for (let index = 0; index < 20; index += 1) {
      staying.set(`${name} stays ${index}`, await put(`${name} stays ${index}`, { owner }))
      await put(`${name} goes ${index}`, { owner })
    }
    const seen = new Set<string>()
    let cursor: string | undefined
    for (let pages = 0; pages < 5_000; pages += 1) {
      const page = await list({ limit: 4, owner, ...(cursor === undefined ? {} : { cursor }) }, at(now))
      for (const { key } of page.entries) {
        seen.add(key)
        const entry = staying.get(key)
        if (!entry && change === 'go') await store.delete(key, at(now))
        if (!entry || change !== 'change') continue
        const next = entryAt(now, { owner, value: 'longer '.repeat(pages) })
        await store.update(key, next, at(now, { ifRevision: entry.revision }))
      }
      if (change === 'go') await store.delete(`${name} goes ${(pages * 7) % 20}`, at(now))
      if (change === 'come' && pages < 20) await put(`${name} came ${pages}`, { owner })
      cursor = page.cursor
      if (cursor === undefined) break
    }
    const missed = [...staying.keys()].filter((key) => !seen.has(key))
    assert.deepEqual(missed, [], 'entries that were there all the time')
  }
}

export const listRules: Chapter<Bench> = {
  title: 'list',
  rules: [
    rule(
      'of an empty store has no rows and an end',
      async ({ store, now }) => {
        assert.deepEqual(await listAll(store, { limit: 10 }, now), [])
        assert.deepEqual(await listAll(store, { limit: 10, owner: 'nobody' }, now), [])
      },
      'no-list',
    ),

    rule(
      'says key, deadline and owner of every entry, and never the value or the revision',
      async ({ store, now, put }) => {
        const { expiresAt } = await put('with', { owner: 'user-1', value: 'canary' })
        await put('without', { value: 'canary', expiresAt: now + MINUTE })
        for (const row of await listAll(store, { limit: 10 }, now)) {
          const extra = Object.keys(row).filter((field) => !['key', 'expiresAt', 'owner'].includes(field))
          assert.deepEqual(extra, [], 'a row has key, expiresAt and owner')
          assert.strictEqual(row.expiresAt, row.key === 'with' ? expiresAt : now + MINUTE)
          assert.strictEqual(row.owner, row.key === 'with' ? 'user-1' : undefined)
          assert.ok(!JSON.stringify(row).includes('canary'))
        }
      },
      'no-list',
    ),

    rule(
      'has every entry when nothing changes meanwhile, whatever the size of a page',
      async (bench) => {
        const keys = await fill(bench, 40)
        for (const limit of [1, 7, 40, 1000]) {
          assert.deepEqual(keysOf(await listAll(bench.store, { limit }, bench.now)), keys, `pages of ${limit}`)
        }
      },
      'no-list',
    ),

    rule('has every entry that lives through the listing, while others go', listWhile('go'), 'no-list'),
    rule('has every entry that lives through the listing, while others come', listWhile('come'), 'no-list'),
    rule('has every entry that lives through the listing, while they change', listWhile('change'), 'no-list'),

    rule(
      'with a cursor that the store did not make starts from the front',
      async (bench) => {
        const keys = await fill(bench, 12)
        const mine = await fill(bench, 12, { owner: 'user-1' }, 'mine')
        for (const cursor of [
          '',
          'no cursor',
          '../..',
          '\0',
          '😀\ud800',
          '{"a":1}',
          `"; DROP --`,
          'z'.repeat(10_000),
        ]) {
          const all = await listAll(bench.store, { limit: 10, cursor }, bench.now)
          assert.deepEqual(keysOf(all), [...keys, ...mine].sort(), 'all entries')
          const owned = await listAll(bench.store, { limit: 10, cursor, owner: 'user-1' }, bench.now)
          assert.deepEqual(keysOf(owned), mine, 'all entries of the owner')
        }
      },
      'no-list',
    ),

    rule(
      'does not change what it lists: writing on a row changes nothing in the store',
      async ({ store, now, put }) => {
        const { expiresAt } = await put('key', { owner: 'user-1' })
        const [row] = await listAll(store, { limit: 10 }, now)
        try {
          Object.assign(row!, { key: 'spoiled', expiresAt: 1, owner: 'spoiled' })
        } catch {
          // Frozen: as good as a copy.
        }
        const [again] = await listAll(store, { limit: 10 }, now)
        assert.deepEqual({ ...again }, { key: 'key', expiresAt, owner: 'user-1' })
      },
      'no-list',
    ),

    rule(
      'shows the deadline that update and touch have set',
      async ({ store, now, put }) => {
        const { revision: first } = await put('key', { owner: 'user-1' })
        const { revision } = entryAt(now)
        const expiresAt = now + 2 * HOUR
        await store.update(
          'key',
          entryAt(now, { revision, expiresAt, owner: 'user-1' }),
          at(now, { ifRevision: first }),
        )
        assert.strictEqual((await listAll(store, { limit: 10 }, now))[0]?.expiresAt, expiresAt)
        await store.touch('key', now + 3 * HOUR, at(now, { ifRevision: revision }))
        for (const owner of [undefined, 'user-1']) {
          const rows = await listAll(store, { limit: 10, owner }, now + 2 * HOUR)
          assert.strictEqual(rows[0]?.expiresAt, now + 3 * HOUR)
        }
      },
      'no-list',
    ),
  ],
}
