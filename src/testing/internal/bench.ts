/** What the rules have in hand: a fresh store, an instant to start from, and checks with messages that say the rule. */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { ListQuery, Store, StoreCall, StoreEntry, StoreListing } from '../../core/store.ts'

export const MINUTE = 60_000
export const HOUR = 3_600_000

export interface Bench {
  /** A fresh store, ready. */
  readonly store: Store
  /** The caller's clock when the rule begins. Near the real one, because some backends expire by their own clock. */
  readonly now: number
  readonly call: StoreCall
  /** Inserts a new entry, says which one. */
  put(key: string, over?: Partial<StoreEntry>): Promise<StoreEntry>
  /** Another store object on the same data. */
  reopen(): Promise<Store>
  /** A store that has room for few entries. */
  small(): Promise<Store>
}

/** Frozen, as every object that the suite hands to a store: a store must not write on what it is given. */
export const at = <Extra extends object>(now: number, extra?: Extra): StoreCall & Extra =>
  Object.freeze({ now, ...(extra as Extra) })

export const newRevision = (): string => randomBytes(8).toString('base64url')

/** A new entry, different from all others, alive for an hour unless told otherwise. */
export function entryAt(now: number, over: Partial<StoreEntry> = {}): StoreEntry {
  const revision = newRevision()
  return Object.freeze({ value: JSON.stringify({ of: revision }), expiresAt: Math.ceil(now) + HOUR, revision, ...over })
}

const ENTRY_FIELDS = new Set(['value', 'expiresAt', 'revision', 'owner'])

export function assertEntry(actual: StoreEntry | undefined, expected: StoreEntry, where = 'get'): void {
  assert.ok(typeof actual === 'object' && actual !== null, `${where}: an entry was expected, found ${String(actual)}`)
  const unknown = Object.keys(actual).filter((field) => !ENTRY_FIELDS.has(field))
  assert.deepEqual(unknown, [], `${where}: an entry has value, expiresAt, revision, owner and nothing else`)
  for (const field of ['expiresAt', 'revision', 'owner'] as const) {
    assert.strictEqual(actual[field], expected[field], `${where}: ${field} is not what was written`)
  }
  // Not by assert.strictEqual, which would print a megabyte.
  const lengths = `(${String(actual.value?.length)} characters, ${expected.value.length} were written)`
  assert.ok(actual.value === expected.value, `${where}: value is not what was written ${lengths}`)
}

export async function assertHolds(store: Store, key: string, entry: StoreEntry, now: number): Promise<void> {
  assertEntry(await store.get(key, at(now)), entry)
}

export async function assertConflict(
  store: Store,
  key: string,
  ifRevision: string,
  current: StoreEntry,
  now: number,
): Promise<void> {
  const answer = await store.update(key, entryAt(now), at(now, { ifRevision }))
  assert.strictEqual(answer.outcome, 'conflict', 'update: another revision is a conflict')
  assert.ok('current' in answer, 'update: a conflict carries the current entry')
  assertEntry(answer.current, current, 'current of the conflict')
}

/** The key holds nothing for any method, whichever revision is named, and asking creates nothing. */
export async function assertAbsent(store: Store, key: string, now: number, ifRevision = newRevision()): Promise<void> {
  const next = entryAt(now)
  const ask = async (when: string) =>
    assert.strictEqual(await store.get(key, at(now)), undefined, `get: ${when} there is no entry`)
  await ask('to begin with')
  const updated = await store.update(key, next, at(now, { ifRevision }))
  assert.deepEqual({ ...updated }, { outcome: 'gone' }, 'update of what is absent is "gone"')
  await ask('after an update of nothing')
  assert.strictEqual(await store.touch(key, next.expiresAt, at(now, { ifRevision })), 'gone', 'touch of what is absent')
  await ask('after a touch of nothing')
  assert.strictEqual(await store.delete(key, at(now, { ifRevision })), 'gone', 'conditional delete of what is absent')
  assert.strictEqual(await store.delete(key, at(now)), 'gone', 'delete of what is absent')
  if (store.list) {
    const rows = await listAll(store, { limit: 100 }, now)
    assert.ok(!rows.some((row) => row.key === key), 'list: there is no row for what is absent')
  }
}

/** What a store declares that does not have this method. */
export const missing = <Name extends string>(name: Name) =>
  name === 'deleteOwned' ? 'no-delete-owned' : (`no-${name}` as const)

/** A port method that is optional: its absence is declared, or the rules for it fail. */
export function need<Name extends 'list' | 'count' | 'deleteOwned' | 'sweep' | 'ping'>(
  store: Store,
  name: Name,
): NonNullable<Store[Name]> {
  const method = store[name]
  if (!method) assert.fail(`The store has no \`${name}\`. If that is meant, declare the weakness '${missing(name)}'.`)
  return method.bind(store) as NonNullable<Store[Name]>
}

/** The rows of all pages, from the front or from a cursor. One per key: a store may repeat itself. */
export async function listAll(store: Store, query: ListQuery, now: number): Promise<StoreListing[]> {
  const list = need(store, 'list')
  const rows = new Map<string, StoreListing>()
  let { cursor } = query
  for (let pages = 0; pages < 5_000; pages += 1) {
    const page = await list(cursor === undefined ? { ...query } : { ...query, cursor }, at(now))
    assert.ok(
      page.entries.length <= query.limit,
      `list: a page of ${page.entries.length} rows where ${query.limit} is the limit`,
    )
    for (const row of page.entries) rows.set(row.key, row)
    cursor = page.cursor
    if (cursor === undefined) return [...rows.values()]
    assert.strictEqual(typeof cursor, 'string', 'list: a cursor is text')
  }
  return assert.fail('list: 5,000 pages and no end')
}

/** Calls `sweep` until a pass is over and says how many entries it removed. */
export async function sweepAll(store: Store, limit: number, now: number): Promise<number> {
  const sweep = need(store, 'sweep')
  let total = 0
  for (let steps = 0; steps < 5_000; steps += 1) {
    const { removed, more } = await sweep(limit, at(now))
    assert.ok(Number.isInteger(removed) && removed >= 0, 'sweep: removed is a number of entries')
    assert.ok(removed <= limit, `sweep: ${removed} removed in one step where ${limit} is the limit`)
    total += removed
    if (!more) return total
  }
  return assert.fail('sweep: 5,000 steps and no end of the pass')
}

/** An error of the store about what it was given, which does not repeat what it was given. */
export async function assertRefused(attempt: () => unknown, what: string, canary?: string): Promise<void> {
  await assert.rejects(
    async () => attempt(),
    (error: unknown) => {
      const { code, message } = error as { code?: unknown; message?: unknown }
      assert.strictEqual(code, 'ERR_SESSION_KEY', `${what}: refused, but without the code (${String(message)})`)
      if (canary) assert.ok(!String(message).includes(canary), `${what}: the message repeats what was given`)
      return true
    },
    `${what}: has to be refused`,
  )
}
