import assert from 'node:assert/strict'
import type { DeleteOwnedQuery, Store } from '../../core/store.ts'
import { assertAbsent, assertHolds, at, type Bench, entryAt, HOUR } from '../internal/bench.ts'
import { fill } from '../internal/listing.ts'
import { deleteAllOwned, deleteOwned } from '../internal/owned.ts'
import { type Chapter, type Rule, rule } from '../internal/rule.ts'

const all = ({ store, now }: Bench, query: Omit<DeleteOwnedQuery, 'limit'>, instant = now) =>
  deleteAllOwned(store, { ...query, limit: 10 }, instant)

const together = <T>(count: number, start: (index: number) => T): Promise<Awaited<T>[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => start(index)))

const isThere = async (store: Store, key: string, now: number) => (await store.get(key, at(now))) !== undefined

const owned = (title: string, check: (bench: Bench) => Promise<void>): Rule<Bench> =>
  rule(title, check, 'no-delete-owned')

export const deleteOwnedRules: Chapter<Bench> = {
  title: 'deleteOwned',
  rules: [
    owned('removes every entry of exactly this owner and says their keys; nobody else loses one', async (bench) => {
      const owners = ['user-1', 'user-10', 'USER-1', 'user', 'user-1 ', 'user_1', 'user%', '__proto__', 'é', 'e\u0301']
      const others = new Map<string, Awaited<ReturnType<Bench['put']>>>()
      for (const [index, owner] of owners.entries())
        others.set(`of ${index}`, await bench.put(`of ${index}`, { owner }))
      others.set('nobody', await bench.put('nobody'))
      for (const [index, owner] of owners.entries()) {
        const mine = await fill(bench, 3, { owner }, `more of ${index}`)
        assert.deepEqual(await all(bench, { owner }), [...mine, `of ${index}`].sort())
        for (const key of mine) await assertAbsent(bench.store, key, bench.now)
        others.delete(`of ${index}`)
        for (const [key, entry] of others) await assertHolds(bench.store, key, entry, bench.now)
      }
    }),

    owned('takes no more than `limit` at a time, and while there are more it takes at least one', async (bench) => {
      const { store, now } = bench
      const keys = await fill(bench, 12, { owner: 'user-1' })
      const found: string[] = []
      for (const [limit, most] of [
        [1, 1],
        [3, 3],
        [2.9, 2],
        [0, 1],
        [-1, 1],
        [Number.NaN, 1],
        [undefined as unknown as number, 1],
        [5_000, 1_000],
      ] as const) {
        const some = await deleteOwned(store)({ owner: 'user-1', limit }, at(now))
        assert.ok(some.length > 0 && some.length <= most, `${some.length} removed where ${String(limit)} is the limit`)
        found.push(...some)
      }
      found.push(...(await all(bench, { owner: 'user-1' })))
      assert.deepEqual(found.sort(), keys)
    }),

    owned('leaves what `except` names, however small the steps', async (bench) => {
      const { store, now } = bench
      const keys = await fill(bench, 12, { owner: 'user-1' })
      const except = [keys[0]!, keys[5]!, keys[11]!, 'a key that nobody has']
      for (const limit of [1, 4]) {
        const some = await deleteOwned(store)({ owner: 'user-1', except, limit }, at(now))
        assert.ok(some.length > 0 && some.every((key) => !except.includes(key)), 'removed what it had to leave')
      }
      await all(bench, { owner: 'user-1', except })
      for (const key of keys) assert.strictEqual(await isThere(store, key, now), except.includes(key), key)
      assert.deepEqual(await all(bench, { owner: 'user-1', except: [] }), except.slice(0, 3).sort())
    }),

    owned('bears an `except` that is no list of keys: it leaves only what a key in it names', async (bench) => {
      const { store, now, put } = bench
      const odd = { toString: () => 'gone' }
      for (const except of [null, 'gone', { gone: true }, 1, ['', null, odd, ['gone'], { $ne: 'x' }, '%', '*', '\0']]) {
        await put('gone', { owner: 'user-1' })
        const query = { owner: 'user-1', except: except as string[] }
        assert.deepEqual(await all(bench, query), ['gone'])
      }
      const kept = await put('kept', { owner: 'user-1' })
      const mixed = [null, odd, 'kept', '"; DROP TABLE x; --', "o'brien", 'x'.repeat(300)] as string[]
      assert.deepEqual(await all(bench, { owner: 'user-1', except: mixed }), [])
      await assertHolds(store, 'kept', kept, now)
      const many = Array.from({ length: 2_000 }, (_, index) => `session-${index}`)
      assert.deepEqual(await all(bench, { owner: 'user-1', except: [...many, 'kept'] }), [])
      assert.deepEqual(await all(bench, { owner: 'user-1', except: many }), ['kept'])
    }),

    owned('passes over expired entries: they are neither in the answer nor in the way [T142]', async (bench) => {
      const { store, now, put } = bench
      await fill(bench, 15, { owner: 'user-1' }, 'expired')
      await put('live', { owner: 'user-1', expiresAt: now + 2 * HOUR })
      const T = now + HOUR
      assert.deepEqual([...(await deleteOwned(store)({ owner: 'user-1', limit: 1 }, at(T)))], ['live'])
      assert.deepEqual(await all(bench, { owner: 'user-1' }, T), [])
      await put('at the deadline', { owner: 'user-2', expiresAt: T })
      assert.deepEqual(await all(bench, { owner: 'user-2' }, T), [])
      assert.deepEqual(await all(bench, { owner: 'user-2' }, T - 1), ['at the deadline'])
    }),

    owned('goes by the owner that the entry has now [T142]', async (bench) => {
      const { store, now, put } = bench
      const give = async (key: string, from: string | undefined, to: string | undefined) => {
        const { revision: ifRevision } = await put(key, { owner: from })
        const next = entryAt(now, { owner: to })
        await store.update(key, next, at(now, { ifRevision }))
        return next
      }
      const moved = await give('moved', 'first', 'second')
      const freed = await give('freed', 'first', undefined)
      await give('given', undefined, 'first')
      await put('replaced', { owner: 'first' })
      await store.delete('replaced', at(now))
      const replaced = await put('replaced', { owner: 'second' })
      await put('prolonged', { owner: 'first', revision: 'r1' })
      await store.touch('prolonged', now + 2 * HOUR, at(now, { ifRevision: 'r1' }))
      assert.deepEqual(await all(bench, { owner: 'first' }), ['given', 'prolonged'])
      await assertHolds(store, 'moved', moved, now)
      await assertHolds(store, 'freed', freed, now)
      await assertHolds(store, 'replaced', replaced, now)
    }),

    owned('removes nothing for an owner that is none', async (bench) => {
      const { store, now, put } = bench
      const nobodys = await put('nobody')
      const mine = await put('key', { owner: 'user-1' })
      for (const owner of [
        undefined,
        null,
        '',
        0,
        {},
        { $ne: null },
        { toString: () => 'user-1' },
        ['user-1'],
        'x'.repeat(256),
        '\ud800',
        'user-1\0',
        '%',
        '*',
      ] as string[]) {
        assert.deepEqual([...(await deleteOwned(store)({ owner, limit: 10 }, at(now)))], [], 'no keys')
      }
      await assertHolds(store, 'nobody', nobodys, now)
      await assertHolds(store, 'key', mine, now)
    }),

    owned('of several callers at once each key is answered to one, and together they get all', async (bench) => {
      const keys = await fill(bench, 40, { owner: 'user-1' })
      const found = await together(8, () => deleteAllOwned(bench.store, { owner: 'user-1', limit: 7 }, bench.now))
      assert.deepEqual(found.flat().sort(), keys)
    }),

    owned('when it races deletes, each entry is ended by one of the two', async (bench) => {
      const { store, now } = bench
      const keys = await fill(bench, 40, { owner: 'user-1' })
      const [found, outcomes] = await Promise.all([
        deleteAllOwned(store, { owner: 'user-1', limit: 10 }, now),
        together(keys.length, (index) => store.delete(keys[index]!, at(now))),
      ])
      const deleted = keys.filter((_, index) => outcomes[index] === 'deleted')
      assert.deepEqual([...found, ...deleted].sort(), keys)
    }),

    owned('when it races updates, what another owner got survives, and nothing comes back [T141]', async (bench) => {
      const { store, now, put } = bench
      const keys = Array.from({ length: 40 }, (_, index) => `key-${index}`)
      for (const key of keys) await put(key, { owner: 'user-1', revision: 'r1' })
      // Every other one stays the owner's.
      const moves = (index: number) => index % 2 === 0
      const next = keys.map((_, index) => entryAt(now, { owner: moves(index) ? 'user-2' : 'user-1' }))
      const [found, outcomes] = await Promise.all([
        deleteAllOwned(store, { owner: 'user-1', limit: 10 }, now),
        together(keys.length, (index) => store.update(keys[index]!, next[index]!, at(now, { ifRevision: 'r1' }))),
      ])
      found.push(...(await all(bench, { owner: 'user-1' })))
      for (const [index, key] of keys.entries()) {
        const survives = moves(index) && outcomes[index]?.outcome === 'updated'
        assert.strictEqual(found.filter((one) => one === key).length, survives ? 0 : 1, 'answered unless it moved away')
        if (survives) await assertHolds(store, key, next[index]!, now)
        else await assertAbsent(store, key, now)
      }
    }),

    owned('when it races inserts, each entry is in an answer or still there [T141]', async (bench) => {
      const { store, now } = bench
      const keys = await fill(bench, 20, { owner: 'user-1' })
      const more = Array.from({ length: 20 }, (_, index) => `more-${index}`)
      const [found, outcomes] = await Promise.all([
        deleteAllOwned(store, { owner: 'user-1', limit: 7 }, now),
        together(40, (index) => store.insert([...more, ...keys][index]!, entryAt(now, { owner: 'user-1' }), at(now))),
      ])
      for (const [index, key] of [...more, ...keys].entries()) {
        const inserts = (keys.includes(key) ? 1 : 0) + (outcomes[index] === 'inserted' ? 1 : 0)
        const ends = found.filter((one) => one === key).length
        assert.strictEqual(ends + ((await isThere(store, key, now)) ? 1 : 0), inserts, key)
      }
      await all(bench, { owner: 'user-1' })
      for (const key of [...more, ...keys]) await assertAbsent(store, key, now)
    }),
  ],
}
