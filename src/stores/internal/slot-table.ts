/**
 * Entries in numbered slots: one column per field instead of one object per entry, which halves what a small entry
 * costs beyond its text and leaves the garbage collector little to walk.
 *
 * A slot's number stays the same as long as its entry lives, so a walk over the numbers can stop anywhere, go on later
 * and still meet every entry that was there all the time. Nothing here grows by copying everything, so no single call
 * is slow, whatever the number of entries.
 *
 * The table knows no clock: `expiresAt` is a number here, and whether it has passed is for the store to say.
 */

import type { StoreEntry } from '../../core/store.ts'
import { slotIndex } from './slot-index.ts'
import { NO_SLOT, slotRings } from './slot-rings.ts'

const PAGE_BITS = 10
const PAGE_SIZE = 1 << PAGE_BITS
const PAGE_MASK = PAGE_SIZE - 1
/** The slot has no entry. Below every deadline, so that looking for live entries needs no second test. */
const EMPTY = Number.NEGATIVE_INFINITY
/** What an entry adds to the process beside its text: its slot, its place in the index, the heads of its strings. */
const ENTRY_BYTES = 170

interface Page {
  readonly keys: string[]
  readonly values: string[]
  readonly revisions: string[]
  readonly owners: (string | undefined)[]
  readonly deadlines: Float64Array
}

export interface SlotTable {
  /** How many slots hold an entry. */
  readonly size: number
  /** About how much memory the entries take. */
  readonly bytes: number
  /** Slots from 0 up to this number may hold an entry. */
  readonly top: number
  find(key: string): number
  /** Puts an entry under a key that has none. It is the most recently used one then. */
  add(key: string, entry: StoreEntry): void
  /** Replaces everything but the key. */
  replace(slot: number, entry: StoreEntry): void
  remove(slot: number): void
  /** Makes it the most recently used one. */
  use(slot: number): void
  /** The slot that was not used for the longest time. */
  leastUsed(): number
  keyOf(slot: number): string
  ownerOf(slot: number): string | undefined
  entryOf(slot: number): StoreEntry
  hasRevision(slot: number, revision: string): boolean
  /** Does the slot hold an entry? */
  has(slot: number): boolean
  /** `-Infinity` when the slot is empty. */
  deadlineOf(slot: number): number
  moveDeadline(slot: number, expiresAt: number): void
  /** How many deadlines lie after this instant. */
  countAfter(instant: number): number
  /** Calls back with each slot of this owner until it answers false. The callback must not change the table. */
  eachOfOwner(owner: string, visit: (slot: number) => unknown): void
  clear(): void
}

export function slotTable(): SlotTable {
  const pages: Page[] = []
  const recency = slotRings()
  const siblings = slotRings()
  let size = 0
  let bytes = 0
  let top = 0
  let newest = NO_SLOT
  let free = NO_SLOT

  const pageOf = (slot: number): Page => pages[slot >> PAGE_BITS] as Page

  const keyOf = (slot: number): string => pageOf(slot).keys[slot & PAGE_MASK] as string
  const ownerOf = (slot: number): string | undefined => pageOf(slot).owners[slot & PAGE_MASK]
  const deadlineOf = (slot: number): number => pageOf(slot).deadlines[slot & PAGE_MASK] as number
  const entryOf = (slot: number): StoreEntry => {
    const page = pageOf(slot)
    const at = slot & PAGE_MASK
    const value = page.values[at] as string
    const expiresAt = page.deadlines[at] as number
    const revision = page.revisions[at] as string
    const owner = page.owners[at]
    return owner === undefined ? { value, expiresAt, revision } : { value, expiresAt, revision, owner }
  }
  const slots = slotIndex(keyOf)
  // An owner's entries are a ring; the index has one of them.
  const owners = slotIndex(ownerOf)

  const fill = (slot: number, { value, expiresAt, revision, owner }: StoreEntry): void => {
    const page = pageOf(slot)
    const at = slot & PAGE_MASK
    page.values[at] = value
    page.revisions[at] = revision
    page.deadlines[at] = expiresAt
    if (owner === page.owners[at]) return
    disown(slot)
    if (owner === undefined) return
    const first = owners.find(owner)
    page.owners[at] = first === NO_SLOT ? detach(owner) : ownerOf(first)
    siblings.add(first, slot)
    if (first === NO_SLOT) owners.add(owner, slot)
  }
  const disown = (slot: number): void => {
    const owner = ownerOf(slot)
    if (owner === undefined) return
    const first = owners.find(owner)
    const rest = siblings.remove(first, slot)
    if (rest !== first) owners.remove(owner, first)
    pageOf(slot).owners[slot & PAGE_MASK] = undefined
    if (rest !== first && rest !== NO_SLOT) owners.add(owner, rest)
  }
  // Without making an entry first: sweeping should not make work for the garbage collector.
  const weightOf = (slot: number): number => {
    const page = pageOf(slot)
    const at = slot & PAGE_MASK
    return weight(page.keys[at] as string, page.values[at] as string, page.revisions[at] as string, page.owners[at])
  }

  const enlist = (slot: number): void => {
    recency.add(newest, slot)
    newest = slot
  }
  const discard = (slot: number): void => {
    recency.add(free, slot)
    free = slot
  }
  const takeSlot = (): number => {
    if (free !== NO_SLOT) {
      const slot = free
      free = recency.remove(free, slot)
      return slot
    }
    if (top >> PAGE_BITS === pages.length) pages.push(emptyPage())
    return top++
  }
  const startOver = (): void => {
    size = bytes = top = 0
    newest = free = NO_SLOT
    for (const part of [recency, siblings, slots, owners]) part.clear()
    // One page stays, so that a table which empties often does not make it anew each time. It is clean: the others are
    // dropped, and whatever was in it was removed.
    pages.length = Math.min(pages.length, 1)
  }

  return {
    get size() {
      return size
    },
    get bytes() {
      return bytes
    },
    get top() {
      return top
    },
    find: slots.find,
    add(key, entry) {
      const slot = takeSlot()
      pageOf(slot).keys[slot & PAGE_MASK] = detach(key)
      slots.add(key, slot)
      enlist(slot)
      size++
      fill(slot, entry)
      bytes += weigh(key, entry)
    },
    replace(slot, entry) {
      bytes += weigh(keyOf(slot), entry) - weightOf(slot)
      fill(slot, entry)
    },
    remove(slot) {
      const key = keyOf(slot)
      bytes -= weightOf(slot)
      disown(slot)
      slots.remove(key, slot)
      newest = recency.remove(newest, slot)
      const page = pageOf(slot)
      const at = slot & PAGE_MASK
      page.keys[at] = page.values[at] = page.revisions[at] = ''
      page.deadlines[at] = EMPTY
      if (--size === 0) startOver()
      else discard(slot)
    },
    use(slot) {
      if (slot === newest) return
      newest = recency.remove(newest, slot)
      enlist(slot)
    },
    leastUsed: () => (newest === NO_SLOT ? NO_SLOT : recency.last(newest)),
    keyOf,
    ownerOf,
    has: (slot) => deadlineOf(slot) !== EMPTY,
    entryOf,
    deadlineOf,
    hasRevision: (slot, revision) => pageOf(slot).revisions[slot & PAGE_MASK] === revision,
    moveDeadline(slot, expiresAt) {
      pageOf(slot).deadlines[slot & PAGE_MASK] = expiresAt
    },
    countAfter(instant) {
      let found = 0
      for (const { deadlines } of pages) {
        for (let at = 0; at < PAGE_SIZE; at++) if ((deadlines[at] as number) > instant) found++
      }
      return found
    },
    eachOfOwner(owner, visit) {
      const first = owners.find(owner)
      if (first === NO_SLOT) return
      let slot = first
      do {
        if (visit(slot) === false) return
        slot = siblings.next(slot)
      } while (slot !== first)
    },
    clear() {
      pages.length = 0
      startOver()
    },
  }
}

/** About how many bytes an entry takes. */
export function weigh(key: string, { value, revision, owner }: StoreEntry): number {
  return weight(key, value, revision, owner)
}

function weight(key: string, value: string, revision: string, owner: string | undefined): number {
  return ENTRY_BYTES + key.length + revision.length + textBytes(value) + (owner === undefined ? 0 : textBytes(owner))
}

/** V8 keeps text in one byte per character if every character is in Latin-1, else in two. */
function textBytes(text: string): number {
  return /[\u0100-\uffff]/.test(text) ? text.length * 2 : text.length
}

const scratch = Buffer.allocUnsafe(512)

/**
 * A copy that shares no memory: a key cut out of a header or an owner out of a body would keep all of it alive. For
 * keys and owners only, which are not longer than the scratch memory.
 */
function detach(text: string): string {
  return scratch.toString('utf16le', 0, scratch.write(text, 'utf16le'))
}

function emptyPage(): Page {
  const column = (): string[] => new Array<string>(PAGE_SIZE).fill('')
  return {
    keys: column(),
    values: column(),
    revisions: column(),
    owners: new Array<undefined>(PAGE_SIZE).fill(undefined),
    deadlines: new Float64Array(PAGE_SIZE).fill(EMPTY),
  }
}
