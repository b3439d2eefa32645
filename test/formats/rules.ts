/** The port's rules as a store over another library's records has to keep them: on real entries, at any instant. */

import assert from 'node:assert/strict'
import { it } from 'vitest'
import type { InPlaceStore, StoreEntry } from '../../src/core/store.ts'
import { at, HOUR } from '../../src/testing/internal/bench.ts'

export interface Opened {
  readonly store: InPlaceStore
  /** Another store object on the same records, with connections of its own where there are any. */
  readonly other: InPlaceStore
}

/** A whole second, because some formats keep no more. */
export const now = Math.floor(Date.now() / 1000) * 1000

/** What express-session's stores are given. */
export const sessionText = (data: object, expires: string | null = null): string =>
  JSON.stringify({
    cookie: { originalMaxAge: expires === null ? null : HOUR, expires, httpOnly: true, path: '/' },
    ...data,
  })

export const entryOf = (store: InPlaceStore, value: string, expiresAt = now + HOUR): StoreEntry => ({
  value,
  expiresAt,
  revision: store.revisionOf(value),
})

/** Data of many shapes, that have to come back as they were. */
export const SHAPES: Readonly<Record<string, object>> = {
  nested: { user: { id: 7, roles: ['a', 'b'], address: { city: 'X', lines: [[1, [2]], {}] } } },
  unicode: { name: 'Zoë 日本語 🦊', '\u2028': '\u0000\u001f\u007f', 'key "quoted"': '\ud800 alone' },
  empty: {},
  emptyValues: { list: [], object: {}, text: '', none: null, zero: 0, no: false, minus: -0.5, large: 2 ** 53 },
}

const BAD_KEYS: readonly unknown[] = ['', '\n', 'é', 'x'.repeat(256), undefined, null, 7, {}, ['key'], { $gt: '' }]

/** Declares the rules. `nextKey` gives ids that were not used before; some columns do not take data of every shape. */
export function declareRules(open: () => Promise<Opened>, nextKey: () => string, shapes = SHAPES): void {
  const written = async ({ store }: Opened, value = sessionText({ n: 1 }), expiresAt = now + HOUR) => {
    const key = nextKey()
    const entry = entryOf(store, value, expiresAt)
    assert.equal(await store.insert(key, entry, at(now)), 'inserted')
    return { key, entry }
  }

  it('what was written comes back exactly, also through another store object', async () => {
    const opened = await open()
    for (const [shape, data] of Object.entries(shapes)) {
      const { key, entry } = await written(opened, sessionText(data))
      assert.deepEqual(await opened.store.get(key, at(now)), entry, shape)
      assert.deepEqual(await opened.other.get(key, at(now)), entry, shape)
    }
  })

  it('insert never overwrites what lives, and takes the place of what has expired', async () => {
    const opened = await open()
    const { store, other } = opened
    const { key, entry } = await written(opened)
    const next = entryOf(store, sessionText({ n: 2 }), now + 3 * HOUR)
    assert.equal(await other.insert(key, next, at(now)), 'taken')
    assert.equal(await other.insert(key, next, at(entry.expiresAt - 1)), 'taken')
    assert.deepEqual(await store.get(key, at(now)), entry)
    assert.equal(await other.insert(key, next, at(entry.expiresAt)), 'inserted')
    assert.deepEqual(await store.get(key, at(now)), next)
  })

  it('an entry whose deadline has passed is accepted and absent at once', async () => {
    const { store } = await open()
    for (const expiresAt of [now, now - 1, now - HOUR, 0]) {
      const key = nextKey()
      assert.equal(await store.insert(key, entryOf(store, sessionText({}), expiresAt), at(now)), 'inserted')
      assert.equal(await store.get(key, at(now)), undefined)
    }
  })

  it('update and touch never create', async () => {
    const { store } = await open()
    const key = nextKey()
    const entry = entryOf(store, sessionText({ n: 1 }))
    const call = at(now, { ifRevision: entry.revision })
    assert.deepEqual(await store.update(key, entry, call), { outcome: 'gone' })
    assert.equal(await store.touch(key, entry.expiresAt, call), 'gone')
    assert.equal(await store.delete(key, call), 'gone')
    assert.equal(await store.delete(key, at(now)), 'gone')
    assert.equal(await store.get(key, at(now)), undefined)
  })

  it('one of many writers from the same revision wins; the others are shown what won', async () => {
    const opened = await open()
    const { key, entry } = await written(opened)
    const call = at(now, { ifRevision: entry.revision })
    const entries = Array.from({ length: 8 }, (_, n) => entryOf(opened.store, sessionText({ n, of: 'writer' })))
    const outcomes = await Promise.all(
      entries.map((one, n) => (n % 2 ? opened.store : opened.other).update(key, one, call)),
    )
    const won = outcomes.flatMap(({ outcome }, n) => (outcome === 'updated' ? [entries[n]] : []))
    assert.equal(won.length, 1)
    for (const one of outcomes) {
      if (one.outcome !== 'updated') assert.deepEqual(one, { outcome: 'conflict', current: won[0] })
    }
    assert.deepEqual(await opened.store.get(key, at(now)), won[0])
  })

  it('a conflict changes nothing, whatever was to be done', async () => {
    const opened = await open()
    const { store } = opened
    const { key, entry } = await written(opened)
    for (const ifRevision of ['other', '', 'x'.repeat(65), undefined, null, {}] as string[]) {
      const call = at(now, { ifRevision })
      const next = entryOf(store, sessionText({ n: 9 }), now + 2 * HOUR)
      assert.deepEqual(await store.update(key, next, call), { outcome: 'conflict', current: entry })
      assert.equal(await store.touch(key, now + 2 * HOUR, call), 'conflict')
      if (ifRevision !== undefined) assert.equal(await store.delete(key, call), 'conflict')
    }
    assert.deepEqual(await store.get(key, at(now)), entry)
  })

  it('touch moves the deadline, and nothing else', async () => {
    const opened = await open()
    const { store, other } = opened
    const { key, entry } = await written(opened)
    const call = at(now, { ifRevision: entry.revision })
    assert.equal(await store.touch(key, now + 2 * HOUR, call), 'touched')
    assert.deepEqual(await other.get(key, at(now)), { ...entry, expiresAt: now + 2 * HOUR })
    assert.equal(await other.touch(key, now + 60_000, call), 'touched')
    assert.deepEqual(await store.get(key, at(now)), { ...entry, expiresAt: now + 60_000 })
    assert.equal(await store.touch(key, now - 1, call), 'touched')
    assert.equal(await store.get(key, at(now)), undefined)
  })

  it('update moves value and deadline', async () => {
    const opened = await open()
    const { key, entry } = await written(opened)
    const next = entryOf(opened.store, sessionText({ n: 2 }), now + 5 * HOUR)
    const call = at(now, { ifRevision: entry.revision })
    assert.deepEqual(await opened.store.update(key, next, call), { outcome: 'updated' })
    assert.deepEqual(await opened.other.get(key, at(now)), next)
    const past = entryOf(opened.store, sessionText({ n: 3 }), now - 1)
    const outcome = await opened.store.update(key, past, at(now, { ifRevision: next.revision }))
    assert.deepEqual(outcome, { outcome: 'updated' })
    assert.equal(await opened.store.get(key, at(now)), undefined)
  })

  it('the deadline holds for every method, by the clock of the caller', async () => {
    const opened = await open()
    const { store } = opened
    const { key, entry } = await written(opened)
    const T = entry.expiresAt
    assert.deepEqual(await store.get(key, at(T - 1)), entry)
    for (const time of [T, T + 1, T + HOUR, Number.NaN]) {
      assert.equal(await store.get(key, at(time)), undefined)
      const call = at(time, { ifRevision: entry.revision })
      assert.deepEqual(await store.update(key, entryOf(store, sessionText({ n: 2 }), T + HOUR), call), {
        outcome: 'gone',
      })
      assert.equal(await store.touch(key, T + HOUR, call), 'gone')
      assert.equal(await store.delete(key, call), 'gone')
      assert.equal(await store.delete(key, at(time)), 'gone')
    }
    assert.deepEqual(await store.get(key, at(now)), entry)
  })

  it('delete removes what lives, with its revision or whatever it is', async () => {
    const opened = await open()
    const first = await written(opened)
    assert.equal(await opened.other.delete(first.key, at(now, { ifRevision: first.entry.revision })), 'deleted')
    const second = await written(opened)
    assert.equal(await opened.other.delete(second.key, at(now)), 'deleted')
    for (const { key } of [first, second]) {
      assert.equal(await opened.store.get(key, at(now)), undefined)
      assert.equal(await opened.store.delete(key, at(now)), 'gone')
    }
  })

  it('what is no key is unknown, and cannot be inserted', async () => {
    const { store } = await open()
    const entry = entryOf(store, sessionText({}))
    const call = at(now, { ifRevision: entry.revision })
    for (const key of BAD_KEYS as string[]) {
      assert.equal(await store.get(key, at(now)), undefined)
      assert.deepEqual(await store.update(key, entry, call), { outcome: 'gone' })
      assert.equal(await store.touch(key, entry.expiresAt, call), 'gone')
      assert.equal(await store.delete(key, at(now)), 'gone')
      await assert.rejects(async () => store.insert(key, entry, at(now)), { code: 'ERR_SESSION_KEY' })
    }
    const key = nextKey()
    for (const bad of [null, {}, { ...entry, value: 7 }, { ...entry, expiresAt: 1.5 }, { ...entry, revision: '' }]) {
      await assert.rejects(async () => store.insert(key, bad as StoreEntry, at(now)), { code: 'ERR_SESSION_KEY' })
      await assert.rejects(async () => store.update(key, bad as StoreEntry, call), { code: 'ERR_SESSION_KEY' })
    }
  })

  it('an owner has no place here: listing one finds nothing', async () => {
    const opened = await open()
    const { store } = opened
    const key = nextKey()
    await store.insert(key, { ...entryOf(store, sessionText({})), owner: 'u' }, at(now))
    assert.deepEqual(await store.list?.({ owner: 'u', limit: 10 }, at(now)), { entries: [] })
    assert.equal(await store.count?.({ owner: 'u' }, at(now)), 0)
    assert.equal(store.deleteOwned, undefined)
  })
}

/**
 * 30 writers who read, all of them, then `between` (the other library writes blindly), then write by compare and set until
 * they are through. Every one of them and what the other library wrote has to be there at the end.
 */
export async function keepAll(
  { store, other }: Opened,
  key: string,
  between: () => Promise<unknown>,
): Promise<Record<string, unknown>> {
  assert.equal(await store.insert(key, entryOf(store, sessionText({ first: true })), at(now)), 'inserted')
  let conflicts = 0
  const write = async (n: number, found: StoreEntry | undefined) => {
    const mine = n % 2 ? store : other
    for (let current = found; ; ) {
      assert.ok(current)
      const value = JSON.stringify({ ...JSON.parse(current.value), [`w${n}`]: n })
      const outcome = await mine.update(key, entryOf(mine, value), at(now, { ifRevision: current.revision }))
      if (outcome.outcome === 'updated') return
      assert.equal(outcome.outcome, 'conflict')
      current = 'current' in outcome ? outcome.current : undefined
      conflicts += 1
    }
  }
  const found = await Promise.all(Array.from({ length: 30 }, (_, n) => (n % 2 ? store : other).get(key, at(now))))
  await between()
  await Promise.all(found.map((one, n) => write(n, one)))
  assert.ok(conflicts >= 29, `${conflicts} conflicts`)
  const data = JSON.parse((await store.get(key, at(now)))?.value ?? 'null') as Record<string, unknown>
  assert.deepEqual(
    Object.keys(data).filter((name) => /^w\d+$/.test(name)).length,
    30,
    'every writer was told that it has written',
  )
  return data
}
