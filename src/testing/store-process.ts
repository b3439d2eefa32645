/**
 * The other side of the suite's rules for several processes. The module that `processes.module` names is run by Node
 * once per process and consists of two imports and one call:
 *
 *     import { fileStore } from 'holdfast/file'
 *     import { storeProcess } from 'holdfast/testing'
 *     storeProcess((address) => fileStore({ directory: address }))
 */

import type { Answer, Store, StoreEntry } from '../core/store.ts'
import { at, entryAt, sweepAll } from './internal/bench.ts'
import { increment } from './internal/increment.ts'
import { deleteAllOwned } from './internal/owned.ts'

/** What one process can be asked to do. Whole loops, because processes that wait for orders do not race. */
export type StoreTask =
  | { readonly do: 'ready' }
  | { readonly do: 'get'; readonly key: string; readonly now: number }
  | {
      readonly do: 'insert'
      readonly keys: readonly string[]
      readonly over: Partial<StoreEntry>
      readonly now: number
    }
  | { readonly do: 'increment'; readonly key: string; readonly times: number; readonly now: number }
  | { readonly do: 'update until gone'; readonly keys: readonly string[]; readonly now: number }
  | { readonly do: 'delete'; readonly keys: readonly string[]; readonly now: number }
  | { readonly do: 'delete owned'; readonly owner: string; readonly limit: number; readonly now: number }
  | { readonly do: 'move'; readonly keys: readonly string[]; readonly owner: string; readonly now: number }
  | { readonly do: 'sweep'; readonly passes: number; readonly now: number }

/** The number of the answer that a process gives unasked, when it is ready for tasks. */
export const STARTED = 0

/** Runs the suite's orders on the store. `address` is what `processes.address()` returned in the suite. */
export function storeProcess(open: (address: string) => Answer<Store>): void {
  const opened = Promise.resolve(process.argv[2] ?? '').then(open)
  process.on('message', async ({ id, task }: { id: number; task: StoreTask }) => {
    try {
      process.send?.({ id, result: await perform(await opened, task) })
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? String(error.stack) : String(error) })
    }
  })
  process.on('disconnect', () => process.exit())
  opened.then(
    () => process.send?.({ id: STARTED }),
    (error) => process.send?.({ id: STARTED, error: String(error?.stack ?? error) }),
  )
}

async function perform(store: Store, task: StoreTask): Promise<unknown> {
  switch (task.do) {
    case 'ready':
      return store.ready?.()
    case 'get':
      return store.get(task.key, at(task.now))
    case 'insert':
      return insertEach(store, task.keys, task.over, task.now)
    case 'increment':
      return increment(store, task.key, task.times, task.now)
    case 'update until gone':
      return updateUntilGone(store, task.keys, task.now)
    case 'delete':
      return deleteEach(store, task.keys, task.now)
    case 'delete owned':
      return deleteAllOwned(store, { owner: task.owner, limit: task.limit }, task.now)
    case 'move':
      return moveEach(store, task.keys, task.owner, task.now)
    case 'sweep':
      for (let pass = 0; pass < task.passes; pass += 1) await sweepAll(store, 10, task.now)
  }
}

/** The entries that were 'inserted', by key. */
async function insertEach(store: Store, keys: readonly string[], over: Partial<StoreEntry>, now: number) {
  const inserted: Record<string, StoreEntry> = {}
  for (const key of keys) {
    const entry = entryAt(now, over)
    if ((await store.insert(key, entry, at(now))) === 'inserted') inserted[key] = entry
  }
  return inserted
}

/**
 * Updates what is there until nothing is, and says how many updates that were. Not for ever: what a broken store brought
 * back would stay.
 */
async function updateUntilGone(store: Store, keys: readonly string[], now: number): Promise<number> {
  let updates = 0
  let living = keys
  for (let rounds = 0; living.length > 0 && rounds < 20; rounds += 1) {
    const next: string[] = []
    for (const key of living) {
      const current = await store.get(key, at(now))
      if (!current) continue
      const answer = await store.update(key, entryAt(now), at(now, { ifRevision: current.revision }))
      if (answer.outcome === 'updated') updates += 1
      if (answer.outcome !== 'gone') next.push(key)
    }
    living = next
  }
  return updates
}

/** The keys that were not deleted, or were found again after that. */
async function deleteEach(store: Store, keys: readonly string[], now: number): Promise<string[]> {
  const wrong: string[] = []
  for (const key of keys) {
    if ((await store.delete(key, at(now))) !== 'deleted') wrong.push(`${key} was not "deleted"`)
    if (await store.get(key, at(now))) wrong.push(`${key} came back`)
  }
  return wrong
}

/** The keys of the entries that another owner got. */
async function moveEach(store: Store, keys: readonly string[], owner: string, now: number): Promise<string[]> {
  const moved: string[] = []
  for (const key of keys) {
    const current = await store.get(key, at(now))
    if (!current) continue
    const answer = await store.update(key, entryAt(now, { owner }), at(now, { ifRevision: current.revision }))
    if (answer.outcome === 'updated') moved.push(key)
  }
  return moved
}
