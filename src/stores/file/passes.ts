/** What goes over many records: list, count, deleteOwned, sweep. */

import type { DeleteOwnedQuery, ListPage, ListQuery, StoreCall, StoreListing, SweepResult } from '../../core/store.ts'
import { clampLimit, isOwner, keysIn } from '../internal/key.ts'
import type { Files } from './disk.ts'
import { type Hints, splitHint } from './hints.ts'
import { HINT_NAME, type Layout, RECORD_NAME } from './layout.ts'
import type { Locks } from './locks.ts'
import type { Found, RecordHead } from './record.ts'
import { isStray, type Records } from './records.ts'
import { isPlace, walk } from './walk.ts'

export interface Passes {
  list(query: ListQuery, call: StoreCall): Promise<ListPage>
  count(query: { readonly owner?: string | undefined }, call: StoreCall): Promise<number>
  deleteOwned(query: DeleteOwnedQuery, call: StoreCall): Promise<readonly string[]>
  sweep(limit: number, call: StoreCall): Promise<SweepResult>
}

export interface PassParts {
  readonly files: Files
  readonly layout: Layout
  readonly hints: Hints
  readonly locks: Locks
  readonly records: Records
}

const MAX_PAGE = 1000
// Each takes a lock and waits for the disk: more would be a long time for one call.
const MAX_REMOVED = 100
// More would keep requests waiting for one of the few threads that Node has for files.
const AT_ONCE = 8

export function passes({ files, layout, hints, locks, records }: PassParts): Passes {
  let sweeping: 'records' | 'hints' = 'records'
  let swept = ''

  const liveHeads = async (names: readonly string[], now: number): Promise<RecordHead[]> => {
    const found = await eachOf(names, records.head)
    return found.filter((one): one is RecordHead => isRecord(one) && one.expiresAt > now)
  }

  const listOwner = async (owner: string, after: string, limit: number, now: number): Promise<ListPage> => {
    const rest = (await hints.of(owner)).filter((name) => name > after)
    const names = rest.slice(0, limit)
    const entries = (await liveHeads(names, now)).filter((head) => head.owner === owner).map(toRow)
    return rest.length > limit ? { entries, cursor: names.at(-1) } : { entries }
  }

  const sweepRecords = async (names: readonly string[], call: StoreCall): Promise<number> => {
    const isOver = (found: Found<RecordHead>): found is RecordHead => isRecord(found) && !(found.expiresAt > call.now)
    const removed = await eachOf(names, async (name) => {
      const head = await records.head(name)
      if (!isOver(head)) return 0
      return records.change(head.key, call, (found) =>
        isOver(found) ? { answer: 1, remove: found, keep: false } : { answer: 0 },
      )
    })
    return removed.reduce((sum, one) => sum + one, 0)
  }

  const sweepHints = async (names: readonly string[], call: StoreCall): Promise<void> => {
    await eachOf(names, async (hint) => {
      const { id, name } = splitHint(hint)
      if (isStray(id, await records.head(name))) await records.dropHint(id, name, call)
    })
  }

  return {
    async list({ owner, cursor, limit }, { now }) {
      const most = clampLimit(limit, MAX_PAGE)
      const after = isPlace(cursor) ? cursor : ''
      if (owner !== undefined) return isOwner(owner) ? listOwner(owner, after, most, now) : { entries: [] }
      const { names, last } = await walk(files, layout.records, RECORD_NAME, after, most)
      const entries = (await liveHeads(names, now)).map(toRow)
      return last === undefined ? { entries } : { entries, cursor: last }
    },

    async count({ owner }, call) {
      if (owner !== undefined) {
        if (!isOwner(owner)) return 0
        const heads = await liveHeads(await hints.of(owner), call.now)
        return heads.filter((head) => head.owner === owner).length
      }
      let count = 0
      for (let after: string | undefined = ''; after !== undefined; ) {
        call.signal?.throwIfAborted()
        const stretch = await walk(files, layout.records, RECORD_NAME, after, MAX_PAGE)
        count += (await liveHeads(stretch.names, call.now)).length
        after = stretch.last
      }
      return count
    },

    async deleteOwned({ owner, except, limit }, call) {
      if (!isOwner(owner)) return []
      const spared = keysIn(except)
      const most = clampLimit(limit, MAX_REMOVED)
      const isDue = (head: RecordHead): boolean =>
        head.expiresAt > call.now && head.owner === owner && !spared.has(head.key)
      const removed: string[] = []
      const names = await hints.of(owner)
      while (names.length > 0 && removed.length < most) {
        const due = (await liveHeads(names.splice(0, most - removed.length), call.now)).filter(isDue)
        const done = await eachOf(due, ({ key }) =>
          records.change(key, call, (found) =>
            isRecord(found) && isDue(found) ? { answer: [key], remove: found } : { answer: [] },
          ),
        )
        removed.push(...done.flat())
      }
      return removed
    },

    async sweep(limit, call) {
      const isRecords = sweeping === 'records'
      if (isRecords && swept === '') await locks.clear()
      const [root, pattern] = isRecords ? [layout.records, RECORD_NAME] : [layout.owners, HINT_NAME]
      const { names, last } = await walk(files, root, pattern, swept, clampLimit(limit, MAX_PAGE))
      // Before the work: one file that cannot be removed does not keep the sweep from all that come after it.
      swept = last ?? ''
      if (last === undefined) sweeping = isRecords ? 'hints' : 'records'
      if (isRecords) return { removed: await sweepRecords(names, call), more: true }
      await sweepHints(names, call)
      return { removed: 0, more: last !== undefined }
    },
  }
}

function isRecord<T extends RecordHead>(found: Found<T>): found is T {
  return typeof found !== 'string'
}

function toRow({ key, expiresAt, owner }: RecordHead): StoreListing {
  return owner === undefined ? { key, expiresAt } : { key, expiresAt, owner }
}

/** A few at a time, answers in order. */
export async function eachOf<T, U>(items: readonly T[], work: (item: T) => Promise<U>): Promise<U[]> {
  const answers: U[] = new Array(items.length)
  let next = 0
  const lane = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) answers[at] = await work(items[at]!)
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, lane))
  return answers
}
