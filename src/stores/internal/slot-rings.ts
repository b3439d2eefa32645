/**
 * Rings of slot numbers: doubly linked lists without an object per link. A slot is in at most one ring at a time; any
 * number of rings share the tables. A ring is known by its first slot, and the slot before the first is the last.
 */

import { intColumn } from './int-column.ts'

export const NO_SLOT = -1

export interface SlotRings {
  /** Puts the slot before `first`, where the ring ends (or makes a ring of one). Whether it is the first now is up to the caller. */
  add(first: number, slot: number): void
  /** Takes the slot out of the ring and answers the ring's first, or `NO_SLOT` when it was the only one. */
  remove(first: number, slot: number): number
  next(slot: number): number
  last(first: number): number
  clear(): void
}

export function slotRings(): SlotRings {
  // The slots after and before `slot` are at 2 * slot and 2 * slot + 1: side by side, as they are used together.
  const links = intColumn()
  const next = (slot: number): number => links.get(slot << 1)
  const last = (first: number): number => links.get((first << 1) | 1)
  const join = (before: number, after: number): void => {
    links.set(before << 1, after)
    links.set((after << 1) | 1, before)
  }

  return {
    add(first, slot) {
      if (first === NO_SLOT) return join(slot, slot)
      join(last(first), slot)
      join(slot, first)
    },
    remove(first, slot) {
      const after = next(slot)
      if (after === slot) return NO_SLOT
      join(last(slot), after)
      return first === slot ? after : first
    },
    next,
    last,
    clear: links.clear,
  }
}
