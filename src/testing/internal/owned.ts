import assert from 'node:assert/strict'
import type { DeleteOwnedQuery, Store } from '../../core/store.ts'
import { at, need } from './bench.ts'

/** The store's method, whose answers are checked: keys, none of them twice. */
export function deleteOwned(store: Store): NonNullable<Store['deleteOwned']> {
  const method = need(store, 'deleteOwned')
  return async (query, call) => {
    const keys = await method(query, call)
    assert.ok(
      Array.isArray(keys) && keys.every((key) => typeof key === 'string'),
      'deleteOwned: answers a list of keys',
    )
    assert.strictEqual(new Set(keys).size, keys.length, 'deleteOwned: a key is in the answer twice')
    return keys
  }
}

/** Asks until nothing is left, and says what the answers had, in order. */
export async function deleteAllOwned(store: Store, query: DeleteOwnedQuery, now: number): Promise<string[]> {
  const found: string[] = []
  for (let steps = 0; steps < 5_000; steps += 1) {
    const keys = await deleteOwned(store)(Object.freeze({ ...query }), at(now))
    if (keys.length === 0) return found.sort()
    assert.ok(keys.length <= query.limit, `deleteOwned: ${keys.length} keys where ${query.limit} is the limit`)
    found.push(...keys)
  }
  return assert.fail('deleteOwned: 5,000 steps and no end')
}
