/** What another library does between the two statements of a conditional write: each of them is made to happen. */

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { it } from 'vitest'
import type { InPlaceStore } from '../../src/core/store.ts'
import { at, HOUR } from '../../src/testing/internal/bench.ts'
import { entryOf, now } from './rules.ts'

/** Writes blindly, as the other library does. */
export interface Foe {
  set(key: string, value: string, expiresAt: number): unknown
  touch(key: string, expiresAt: number): unknown
  destroy(key: string): unknown
}

export interface Raced {
  readonly store: InPlaceStore
  readonly foe: Foe
  /** What happens once, after the store's next read and before it goes on. */
  afterRead(act: () => unknown): void
}

export function declareRaces(open: () => Promise<Raced>): void {
  const written = async (expiresAt = now + HOUR) => {
    const raced = await open()
    const key = randomUUID()
    const entry = entryOf(raced.store, '{"n":1}', expiresAt)
    assert.equal(await raced.store.insert(key, entry, at(now)), 'inserted')
    return { ...raced, key, entry, call: at(now, { ifRevision: entry.revision }) }
  }
  const next = (store: InPlaceStore, expiresAt?: number) => entryOf(store, '{"n":2}', expiresAt)

  it('what was overwritten after it was read is a conflict, for update, touch and delete', async () => {
    const { store, foe, afterRead, key, call } = await written()
    const overwritten = entryOf(store, '{"n":"theirs"}', now + 2 * HOUR)
    const overwrite = () => foe.set(key, overwritten.value, overwritten.expiresAt)
    afterRead(overwrite)
    assert.deepEqual(await store.update(key, next(store), call), { outcome: 'conflict', current: overwritten })
    await foe.set(key, '{"n":1}', now + HOUR)
    afterRead(overwrite)
    assert.equal(await store.touch(key, now + 3 * HOUR, call), 'conflict')
    assert.deepEqual(await store.get(key, at(now)), overwritten)
    await foe.set(key, '{"n":1}', now + HOUR)
    afterRead(overwrite)
    assert.equal(await store.delete(key, call), 'conflict')
    assert.deepEqual(await store.get(key, at(now)), overwritten)
  })

  it('what was destroyed after it was read does not come back', async () => {
    const { store, foe, afterRead, key, entry, call } = await written()
    for (const act of [
      () => store.update(key, next(store), call),
      () => store.touch(key, now + 2 * HOUR, call),
      () => store.delete(key, call),
    ]) {
      afterRead(() => foe.destroy(key))
      const outcome = await act()
      assert.equal(typeof outcome === 'object' ? outcome.outcome : outcome, 'gone')
      assert.equal(await store.get(key, at(now)), undefined)
      assert.equal(await store.insert(key, entry, at(now)), 'inserted')
    }
  })

  it('what was touched after it was read is still the same; what has expired thereby does not come back', async () => {
    const { store, foe, afterRead, key, entry, call } = await written()
    afterRead(() => foe.touch(key, now + 2 * HOUR))
    assert.equal(await store.touch(key, now + 3 * HOUR, call), 'touched')
    afterRead(() => foe.touch(key, now + 4 * HOUR))
    assert.deepEqual(await store.update(key, entry, call), { outcome: 'updated' })
    assert.deepEqual(await store.get(key, at(now)), entry)
    for (const act of [
      () => store.update(key, next(store), call),
      () => store.touch(key, now + 2 * HOUR, call),
      () => store.delete(key, call),
    ]) {
      await foe.touch(key, now + HOUR)
      afterRead(() => foe.touch(key, now - 5000))
      const outcome = await act()
      assert.equal(typeof outcome === 'object' ? outcome.outcome : outcome, 'gone')
      assert.equal(await store.get(key, at(now)), undefined)
    }
  })

  it('an insert does not take the place of what came to life again after it was read', async () => {
    const { store, foe, afterRead, key, entry } = await written(now - 5000)
    const live = entryOf(store, '{"n":"theirs"}', now + HOUR)
    afterRead(() => foe.set(key, live.value, live.expiresAt))
    assert.equal(await store.insert(key, entry, at(now)), 'taken')
    assert.deepEqual(await store.get(key, at(now)), live)
    await foe.set(key, '{}', now - 5000)
    afterRead(() => foe.destroy(key))
    assert.equal(await store.insert(key, next(store), at(now)), 'inserted')
    assert.deepEqual(await store.get(key, at(now)), next(store))
  })

  it('a sweep leaves what came to life again after it was found', async () => {
    const { store, foe, afterRead, key } = await written(now - 5000)
    afterRead(() => foe.touch(key, now + HOUR))
    assert.deepEqual(await store.sweep?.(100, at(now)), { removed: 0, more: false })
    assert.ok(await store.get(key, at(now)))
  })

  it('others who never stop make it an error that may be tried again', async () => {
    const { store, foe, afterRead, key, call } = await written()
    let deadline = now + HOUR
    // The same data each time, so that the revision stays, in other words.
    const again = () => {
      deadline += 60_000
      afterRead(again)
      return foe.set(key, `{"n":${' '.repeat((deadline - now) / 60_000)}1}`, deadline)
    }
    if (store.revisionOf('{"n": 1}') !== call.ifRevision) return
    afterRead(again)
    await assert.rejects(async () => store.update(key, next(store), call), { retryable: true })
  })
}
