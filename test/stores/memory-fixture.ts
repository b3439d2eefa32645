/** A memory store with entries in it, and ways to go through all of it. */

import { expect } from 'vitest'
import type { StoreEntry, StoreListing } from '../../src/core/store.ts'
import { type MemoryStore, type MemoryStoreOptions, memoryStore } from '../../src/stores/memory.ts'

export const NOW = 1_000_000
export const now = { now: NOW }
export const later = (ms: number) => ({ now: NOW + ms })

export const entry = (over: Partial<StoreEntry> = {}): StoreEntry => ({
  value: 'v',
  expiresAt: NOW + 1000,
  revision: 'r',
  ...over,
})

/** A store with entries `k0`, `k1`, ... */
export const filled = (
  count: number,
  over: (i: number) => Partial<StoreEntry> = () => ({}),
  options?: MemoryStoreOptions,
) => {
  const store = memoryStore(options)
  for (let i = 0; i < count; i++) store.insert(`k${i}`, entry(over(i)), now)
  return store
}

export const keysLeft = (store: MemoryStore, count: number, at = now) =>
  Array.from({ length: count }, (_, i) => `k${i}`).filter((key) => store.get(key, at) !== undefined)

export const listAll = (store: MemoryStore, limit: number, owner?: string, between = (_page: number) => {}) => {
  const rows: StoreListing[] = []
  let cursor: string | undefined
  let pages = 0
  do {
    const page = store.list({ owner, limit, cursor }, now)
    expect(page.entries.length).toBeLessThanOrEqual(limit)
    rows.push(...page.entries)
    cursor = page.cursor
    between(pages++)
  } while (cursor !== undefined)
  return rows.map((row) => row.key)
}

export const sweepAll = (store: MemoryStore, limit: number, at: { now: number }) => {
  let removed = 0
  let steps = 0
  for (let more = true; more; steps++) {
    const step = store.sweep(limit, at)
    expect(step.removed).toBeLessThanOrEqual(limit)
    removed += step.removed
    more = step.more
  }
  return { removed, steps }
}
