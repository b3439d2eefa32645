/**
 * Sessions in this process's memory: for one process, for development and for tests. They are gone when the process
 * ends, and no other process sees them.
 *
 * The store is bounded. When a write takes it over a bound, it removes expired entries that it meets in a short look
 * around, else the live entry that was not read or written for the longest time, until the rest is within the bounds.
 * An evicted session is absent like any other: its user signs in again, and a request still using it is told `'gone'`.
 * So do not keep here what must never be forgotten, like a list of banned tokens.
 *
 * Every method answers at once and hands out copies. All but `count` (1 ms per million entries), and `list` and
 * `deleteOwned` of one owner (who has thousands), take the same short time whatever the number of entries.
 */

import { getHeapStatistics } from 'node:v8'
import { SessionError, SessionStoreError } from '../core/errors.ts'
import type {
  ConditionalCall,
  DeleteCall,
  DeleteOwnedQuery,
  ListPage,
  ListQuery,
  Store,
  StoreCall,
  StoreEntry,
  SweepResult,
  UpdateOutcome,
} from '../core/store.ts'
import { checkDeadline, checkEntry, checkKey, clampLimit, isKey, isOwner, keysIn } from './internal/key.ts'
import { bound, checkNames } from './internal/options.ts'
import { pageOfAll, pageOfOwner, readCursor } from './internal/slot-pages.ts'
import { NO_SLOT } from './internal/slot-rings.ts'
import { slotTable, weigh } from './internal/slot-table.ts'

export interface MemoryStoreOptions {
  /** At most this many entries, expired ones that nothing has removed yet included. Default: 1,000,000. */
  readonly maxEntries?: number | undefined
  /**
   * At most about this many bytes, counted as the text of the entries (two bytes per character where one is not Latin-1)
   * and 170 bytes for each. Default: 512 MiB, or a quarter of V8's heap limit where that is less.
   */
  readonly maxBytes?: number | undefined
}

/** A store that has every method but `ready`, each of which answers at once. */
export interface MemoryStore extends Store {
  get(key: string, call: StoreCall): StoreEntry | undefined
  insert(key: string, entry: StoreEntry, call: StoreCall): 'inserted' | 'taken'
  update(key: string, entry: StoreEntry, call: ConditionalCall): UpdateOutcome
  touch(key: string, expiresAt: number, call: ConditionalCall): 'touched' | 'gone' | 'conflict'
  delete(key: string, call: DeleteCall): 'deleted' | 'gone' | 'conflict'
  list(query: ListQuery, call: StoreCall): ListPage
  count(query: { readonly owner?: string | undefined }, call: StoreCall): number
  deleteOwned(query: DeleteOwnedQuery, call: StoreCall): readonly string[]
  sweep(limit: number, call: StoreCall): SweepResult
  ping(call: StoreCall): void
  close(): void
}

const DEFAULT_ENTRIES = 1_000_000
const DEFAULT_BYTES = 512 * 1024 * 1024
/** Slot numbers and their doubles stay small integers, which V8 keeps without an object each. */
const MOST_ENTRIES = 2 ** 29
const MOST_LISTED = 1000
const MOST_SWEPT = 100_000
/** Removing takes about a microsecond, looking a hundredth: a step ends early rather than making requests wait. */
const MOST_REMOVED = 256
/** How far a write over a bound looks for something expired before it takes something live. */
const LOOK_AROUND = 32

/**
 * Throws `SessionOptionError` on a wrong option. `insert` and `update` of an entry that alone is over `maxBytes` throw
 * `ERR_SESSION_KEY`; every method throws `ERR_SESSION_STORE` after `close`, which forgets all entries.
 */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  checkNames(options, ['maxEntries', 'maxBytes'])
  const maxEntries = bound(options.maxEntries, 'maxEntries', DEFAULT_ENTRIES, MOST_ENTRIES)
  const maxBytes = bound(options.maxBytes, 'maxBytes', defaultBytes(), Number.MAX_SAFE_INTEGER)
  const table = slotTable()
  let sweepHand = 0
  let roomHand = 0
  let closed = false

  const open = (): void => {
    if (closed) throw new SessionStoreError('ERR_SESSION_STORE', 'The memory store is closed.')
  }
  // Not each other's opposite: with a `now` that is not a number nothing is found, and nothing is thrown away either.
  const lives = (slot: number, now: number): boolean => table.deadlineOf(slot) > now
  const expired = (slot: number, now: number): boolean => table.deadlineOf(slot) <= now
  const findLive = (key: unknown, now: number): number => {
    open()
    if (!isKey(key)) return NO_SLOT
    const slot = table.find(key)
    return slot !== NO_SLOT && lives(slot, now) ? slot : NO_SLOT
  }
  const checkSize = (key: string, entry: StoreEntry): void => {
    if (weigh(key, entry) <= maxBytes) return
    throw new SessionError('ERR_SESSION_KEY', `A store entry is larger than all that maxBytes (${maxBytes}) allows.`)
  }

  /** Removes expired entries among the next `limit` slots. */
  const reap = (from: number, limit: number, now: number): { hand: number; removed: number } => {
    let hand = from < table.top ? from : 0
    let removed = 0
    for (const end = hand + limit; hand < end && hand < table.top && removed < MOST_REMOVED; hand++) {
      if (!table.has(hand) || !expired(hand, now)) continue
      table.remove(hand)
      removed++
    }
    return { hand: hand < table.top ? hand : 0, removed }
  }
  const isOver = (): boolean => table.size > maxEntries || table.bytes > maxBytes
  /** Never takes the entry just written: that one is the most recently used, and fits alone. */
  const makeRoom = (now: number): void => {
    while (isOver()) {
      const { hand, removed } = reap(roomHand, LOOK_AROUND, now)
      roomHand = hand
      if (removed === 0) table.remove(table.leastUsed())
    }
  }

  return {
    name: 'memory',

    get(key, { now }) {
      const slot = findLive(key, now)
      if (slot === NO_SLOT) return undefined
      table.use(slot)
      return table.entryOf(slot)
    },

    insert(key, entry, { now }) {
      open()
      checkKey(key)
      checkEntry(entry)
      checkSize(key, entry)
      const slot = table.find(key)
      if (slot !== NO_SLOT) {
        if (!expired(slot, now)) return 'taken'
        table.remove(slot)
      }
      // Nobody would ever see it, so nobody is evicted for it.
      if (entry.expiresAt <= now) return 'inserted'
      table.add(key, entry)
      makeRoom(now)
      return 'inserted'
    },

    update(key, entry, { now, ifRevision }) {
      if (isKey(key)) checkEntry(entry)
      const slot = findLive(key, now)
      if (slot === NO_SLOT) return { outcome: 'gone' }
      table.use(slot)
      if (!table.hasRevision(slot, ifRevision)) return { outcome: 'conflict', current: table.entryOf(slot) }
      checkSize(key, entry)
      table.replace(slot, entry)
      makeRoom(now)
      return { outcome: 'updated' }
    },

    touch(key, expiresAt, { now, ifRevision }) {
      if (isKey(key)) checkDeadline(expiresAt)
      const slot = findLive(key, now)
      if (slot === NO_SLOT) return 'gone'
      table.use(slot)
      if (!table.hasRevision(slot, ifRevision)) return 'conflict'
      table.moveDeadline(slot, expiresAt)
      return 'touched'
    },

    delete(key, { now, ifRevision }) {
      const slot = findLive(key, now)
      if (slot === NO_SLOT) return 'gone'
      if (ifRevision !== undefined && !table.hasRevision(slot, ifRevision)) return 'conflict'
      table.remove(slot)
      return 'deleted'
    },

    list({ owner, cursor, limit }, { now }) {
      open()
      const page = { from: readCursor(cursor), limit: clampLimit(limit, MOST_LISTED), now }
      if (owner === undefined) return pageOfAll(table, page)
      return isOwner(owner) ? pageOfOwner(table, owner, page) : { entries: [] }
    },

    count({ owner }, { now }) {
      open()
      if (owner === undefined) return table.countAfter(now)
      let found = 0
      if (isOwner(owner)) {
        table.eachOfOwner(owner, (slot) => {
          if (lives(slot, now)) found++
        })
      }
      return found
    },

    deleteOwned({ owner, except, limit }, { now }) {
      open()
      if (!isOwner(owner)) return []
      const spared = keysIn(except)
      const most = clampLimit(limit, MOST_LISTED)
      const slots: number[] = []
      table.eachOfOwner(owner, (slot) => {
        if (lives(slot, now) && !spared.has(table.keyOf(slot))) slots.push(slot)
        return slots.length < most
      })
      const keys = slots.map(table.keyOf)
      slots.forEach(table.remove)
      return keys
    },

    sweep(limit, { now }) {
      open()
      const { hand, removed } = reap(sweepHand, clampLimit(limit, MOST_SWEPT), now)
      sweepHand = hand
      return { removed, more: hand !== 0 }
    },

    ping: open,

    close() {
      closed = true
      table.clear()
    },
  }
}

function defaultBytes(): number {
  return Math.min(DEFAULT_BYTES, Math.floor(getHeapStatistics().heap_size_limit / 4))
}
