/**
 * Pages of a listing. A cursor is the number of the slot to go on from: an entry keeps its slot as long as it lives, so
 * whatever comes and goes between two pages, an entry that is there all the time is met.
 */

import type { ListPage, StoreListing } from '../../core/store.ts'
import type { SlotTable } from './slot-table.ts'

export interface PageQuery {
  /** The slot to go on from, as `readCursor` found it. */
  readonly from: number
  readonly limit: number
  readonly now: number
}

/** A page over a table with wide gaps ends early, rather than taking long. */
const MOST_SLOTS = 16_384

/** 0 when this is no cursor. */
export function readCursor(cursor: unknown): number {
  return typeof cursor === 'string' && /^[0-9]{1,10}$/.test(cursor) ? Number(cursor) : 0
}

export function pageOfAll(table: SlotTable, { from, limit, now }: PageQuery): ListPage {
  const entries: StoreListing[] = []
  const end = Math.min(table.top, from + MOST_SLOTS)
  let slot = from
  for (; slot < end && entries.length < limit; slot++) {
    if (table.deadlineOf(slot) > now) entries.push(rowOf(table, slot))
  }
  return slot < table.top ? { entries, cursor: String(slot) } : { entries }
}

/** The lowest slots first, so that this listing can go on from a number, too. */
export function pageOfOwner(table: SlotTable, owner: string, { from, limit, now }: PageQuery): ListPage {
  let lowest: number[] = []
  let bound = Number.POSITIVE_INFINITY
  const keepLowest = (): void => {
    lowest.sort((a, b) => a - b)
    // One more than fits says where the next page begins.
    if (lowest.length <= limit) return
    bound = lowest[limit] as number
    lowest = lowest.slice(0, limit)
  }
  table.eachOfOwner(owner, (slot) => {
    if (slot < from || slot >= bound || !(table.deadlineOf(slot) > now)) return
    lowest.push(slot)
    if (lowest.length >= 2 * limit) keepLowest()
  })
  keepLowest()
  const entries = lowest.map((slot) => rowOf(table, slot))
  return bound < Number.POSITIVE_INFINITY ? { entries, cursor: String(bound) } : { entries }
}

function rowOf(table: SlotTable, slot: number): StoreListing {
  const key = table.keyOf(slot)
  const expiresAt = table.deadlineOf(slot)
  const owner = table.ownerOf(slot)
  return owner === undefined ? { key, expiresAt } : { key, expiresAt, owner }
}
