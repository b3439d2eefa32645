/**
 * Finds slots by their text. A hash table that grows by one bucket at a time (linear hashing), so that no insert waits
 * for a table to be copied, and that takes 8 bytes per entry where a Map takes 28 to 56.
 */

import { intColumn } from './int-column.ts'
import { NO_SLOT } from './slot-rings.ts'

export interface SlotIndex {
  find(text: string): number
  /** The text must not be in the index yet, and stays the slot's as long as it is in. */
  add(text: string, slot: number): void
  /** The slot must be in the index under this text. */
  remove(text: string, slot: number): void
  clear(): void
}

/** `textOf` says what a slot's text is. It is asked while slots are compared, and when their bucket is split. */
export function slotIndex(textOf: (slot: number) => string | undefined): SlotIndex {
  // Both hold the slot's number plus one, because an untouched column is full of zeros. A bucket's first slot is in
  // `firsts`, each further one in `nexts` of the one before.
  const firsts = intColumn()
  const nexts = intColumn()
  // So that nobody can work out texts that all meet in one bucket.
  const seed = Math.floor(Math.random() * 2 ** 32)
  let size = 0
  let base = 1
  // `base <= buckets < 2 * base`: the buckets from `base` on are those split off from the first ones so far.
  let buckets = 1

  const hashOf = (text: string): number => {
    let hash = seed
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    return hash ^ (hash >>> 16)
  }
  const bucketOf = (text: string): number => {
    const hash = hashOf(text)
    const bucket = hash & (2 * base - 1)
    return bucket < buckets ? bucket : hash & (base - 1)
  }
  const put = (bucket: number, slot: number): void => {
    nexts.set(slot, firsts.get(bucket))
    firsts.set(bucket, slot + 1)
  }
  const split = (): void => {
    let slot = firsts.get(buckets - base) - 1
    firsts.set(buckets - base, 0)
    buckets++
    while (slot !== NO_SLOT) {
      const next = nexts.get(slot) - 1
      put(bucketOf(textOf(slot) as string), slot)
      slot = next
    }
    if (buckets === 2 * base) base = buckets
  }

  return {
    find(text) {
      let slot = firsts.get(bucketOf(text)) - 1
      while (slot !== NO_SLOT && textOf(slot) !== text) slot = nexts.get(slot) - 1
      return slot
    },
    add(text, slot) {
      put(bucketOf(text), slot)
      if (++size > buckets) split()
    },
    remove(text, slot) {
      const bucket = bucketOf(text)
      const next = nexts.get(slot)
      let before = firsts.get(bucket) - 1
      if (before === slot) {
        firsts.set(bucket, next)
      } else {
        while (nexts.get(before) - 1 !== slot) before = nexts.get(before) - 1
        nexts.set(before, next)
      }
      size--
    },
    clear() {
      firsts.clear()
      nexts.clear()
      size = 0
      base = 1
      buckets = 1
    },
  }
}
