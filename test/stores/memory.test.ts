import { describe, expect, it } from 'vitest'
import type { StoreEntry } from '../../src/core/store.ts'
import { type MemoryStoreOptions, memoryStore } from '../../src/stores/memory.ts'
import { entry, filled, keysLeft, later, NOW, now } from './memory-fixture.ts'

describe('memoryStore keys', () => {
  it('T052: names of what every object has are keys like any other', () => {
    const store = memoryStore()
    const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'valueOf', 'prototype']
    for (const key of names) {
      expect(store.get(key, now)).toBeUndefined()
      expect(store.delete(key, now)).toBe('gone')
      expect(store.count({ owner: key }, now)).toBe(0)
    }
    for (const key of names) expect(store.insert(key, entry({ value: key, owner: key }), now)).toBe('inserted')
    for (const key of names) {
      expect(store.get(key, now)).toEqual(entry({ value: key, owner: key }))
      expect(store.list({ owner: key, limit: 10 }, now).entries.map((row) => row.key)).toEqual([key])
    }
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  it('T053 T054: what is not text is a miss to every question and an error to insert', () => {
    const store = memoryStore()
    store.insert('k', entry({ owner: 'u' }), now)
    const trap = { toString: () => 'k', valueOf: () => 'k', [Symbol.toPrimitive]: () => 'k' }
    for (const wrong of [{ $ne: null }, { $gt: '' }, ['k'], trap, new String('k'), /k/, 7, null, undefined]) {
      const key = wrong as unknown as string
      expect(store.get(key, now)).toBeUndefined()
      expect(store.update(key, entry(), { ...now, ifRevision: 'r' })).toEqual({ outcome: 'gone' })
      expect(store.touch(key, NOW + 5, { ...now, ifRevision: 'r' })).toBe('gone')
      expect(store.delete(key, now)).toBe('gone')
      expect(() => store.insert(key, entry(), now)).toThrowError(expect.objectContaining({ code: 'ERR_SESSION_KEY' }))
      // Only `undefined` asks for everybody's entries.
      if (wrong === undefined) continue
      const owner = (wrong === trap ? { toString: () => 'u' } : wrong) as unknown as string
      expect(store.list({ owner, limit: 10 }, now)).toEqual({ entries: [] })
      expect(store.count({ owner }, now)).toBe(0)
    }
    for (const ifRevision of [{ $ne: null }, ['r'], null, { toString: () => 'r' }]) {
      const call = { ...now, ifRevision: ifRevision as unknown as string }
      expect(store.delete('k', call)).toBe('conflict')
      expect(store.touch('k', NOW + 5, call)).toBe('conflict')
      expect(store.update('k', entry(), call).outcome).toBe('conflict')
    }
    expect(store.get('k', now)).toEqual(entry({ owner: 'u' }))
  })

  it('T050 T061: keys that differ in one character are separate, and so are two stores', () => {
    const store = memoryStore()
    const keys = ['abc', 'ABC', 'abc ', ' abc', 'abcd', 'ab', 'a:abc', 'b:abc', 'abc\\', 'abc*', '{abc}']
    for (const key of keys) expect(store.insert(key, entry({ value: key }), now)).toBe('inserted')
    for (const key of keys) expect(store.get(key, now)?.value).toBe(key)
    expect(memoryStore().get('abc', now)).toBeUndefined()
    store.delete('abc', now)
    expect(store.count({}, now)).toBe(keys.length - 1)
  })
})

describe('memoryStore expiry', () => {
  const T = NOW + 1000
  const atT = (ms: number) => ({ now: T + ms, ifRevision: 'r' })
  const one = () => filled(1, () => ({ owner: 'u' }))

  it('holds an entry at T-1 and has none at T and T+1, in every method', () => {
    expect(one().get('k0', atT(-1))).toEqual(entry({ owner: 'u' }))
    expect(one().insert('k0', entry(), atT(-1))).toBe('taken')
    expect(one().update('k0', entry(), atT(-1))).toEqual({ outcome: 'updated' })
    expect(one().touch('k0', T + 9, atT(-1))).toBe('touched')
    expect(one().delete('k0', atT(-1))).toBe('deleted')
    expect(one().list({ limit: 9 }, atT(-1)).entries).toEqual([{ key: 'k0', expiresAt: T, owner: 'u' }])
    expect(one().list({ limit: 9, owner: 'u' }, atT(-1)).entries).toHaveLength(1)
    expect(one().count({}, atT(-1))).toBe(1)
    expect(one().count({ owner: 'u' }, atT(-1))).toBe(1)
    expect(one().sweep(9, atT(-1)).removed).toBe(0)
    for (const ms of [0, 1]) {
      expect(one().get('k0', atT(ms))).toBeUndefined()
      expect(one().insert('k0', entry(), atT(ms))).toBe('inserted')
      expect(one().update('k0', entry({ expiresAt: T + 9 }), atT(ms))).toEqual({ outcome: 'gone' })
      expect(one().touch('k0', T + 9, atT(ms))).toBe('gone')
      expect(one().delete('k0', atT(ms))).toBe('gone')
      expect(one().list({ limit: 9 }, atT(ms)).entries).toEqual([])
      expect(one().list({ limit: 9, owner: 'u' }, atT(ms)).entries).toEqual([])
      expect(one().count({}, atT(ms))).toBe(0)
      expect(one().count({ owner: 'u' }, atT(ms))).toBe(0)
      expect(one().sweep(9, atT(ms)).removed).toBe(1)
    }
  })

  it('is moved by touch and update in both directions', () => {
    const store = one()
    store.touch('k0', T + 100, { ...now, ifRevision: 'r' })
    expect(store.get('k0', atT(99))).toEqual(entry({ owner: 'u', expiresAt: T + 100 }))
    store.touch('k0', T - 100, { ...now, ifRevision: 'r' })
    expect(store.get('k0', atT(-100))).toBeUndefined()
    expect(store.touch('k0', T + 100, { now: T - 100, ifRevision: 'r' })).toBe('gone')
  })

  it('a clock that is not a number finds nothing, and throws nothing away', () => {
    const store = one()
    for (const broken of [Number.NaN, undefined as unknown as number]) {
      expect(store.get('k0', { now: broken })).toBeUndefined()
      expect(store.count({}, { now: broken })).toBe(0)
      expect(store.sweep(9, { now: broken }).removed).toBe(0)
      expect(store.insert('k0', entry({ value: 'other' }), { now: broken })).toBe('taken')
    }
    expect(store.get('k0', now)).toEqual(entry({ owner: 'u' }))
  })

  it('an insert over an expired entry leaves nothing of it, in the owner index neither', () => {
    const store = one()
    expect(store.insert('k0', entry({ value: 'new', revision: 'r2', expiresAt: T + 9, owner: 'v' }), atT(0))).toBe(
      'inserted',
    )
    expect(store.get('k0', atT(0))).toEqual(entry({ value: 'new', revision: 'r2', expiresAt: T + 9, owner: 'v' }))
    expect(store.count({ owner: 'u' }, now)).toBe(0)
    expect(store.count({ owner: 'v' }, now)).toBe(1)
    expect(store.update('k0', entry(), atT(1)).outcome).toBe('conflict')
  })
})

describe('memoryStore copies', () => {
  it('T258: nothing that went in or came out is the thing that is kept', () => {
    const store = memoryStore()
    const given = { ...entry({ owner: 'u' }) } as { -readonly [K in keyof StoreEntry]: StoreEntry[K] }
    store.insert('k', given, now)
    given.value = 'changed'
    given.owner = 'other'
    given.expiresAt = 0
    const first = store.get('k', now) as typeof given
    expect(first).toEqual(entry({ owner: 'u' }))
    first.value = 'changed'
    first.expiresAt = 0
    const conflict = store.update('k', entry(), { ...now, ifRevision: 'x' })
    Object.assign((conflict as { current: object }).current, { value: 'changed', revision: 'x' })
    Object.assign(store.list({ limit: 1 }, now).entries[0] as object, { key: 'x', expiresAt: 0 })
    expect(store.get('k', now)).toEqual(entry({ owner: 'u' }))
    expect(store.list({ limit: 1 }, now).entries).toEqual([{ key: 'k', expiresAt: NOW + 1000, owner: 'u' }])
  })

  it('text comes back exactly: lone surrogates, U+0000, two-byte and long text', () => {
    const store = memoryStore()
    const texts = ['', '\0', '\ud800', '\udc00x', 'ü', '漢字', '😀', 'x'.repeat(100_000), '\u2028\ufeff']
    for (const [i, value] of texts.entries()) store.insert(`k${i}`, entry({ value }), now)
    for (const [i, value] of texts.entries()) expect(store.get(`k${i}`, now)?.value).toBe(value)
  })
})

describe('memoryStore bounds', () => {
  it('keeps at most maxEntries and lets the least recently read or written go', () => {
    const store = filled(10, undefined, { maxEntries: 10 })
    store.get('k0', now)
    store.touch('k1', NOW + 1000, { ...now, ifRevision: 'r' })
    store.update('k2', entry(), { ...now, ifRevision: 'r' })
    store.update('k3', entry(), { ...now, ifRevision: 'of somebody else' })
    store.insert('k4', entry(), now) // taken: that is not a use
    store.list({ limit: 10 }, now) // nor is this
    for (let i = 10; i < 16; i++) store.insert(`k${i}`, entry(), now)
    expect(store.count({}, now)).toBe(10)
    expect(keysLeft(store, 16)).toEqual(['k0', 'k1', 'k2', 'k3', 'k10', 'k11', 'k12', 'k13', 'k14', 'k15'])
  })

  it('takes expired entries first', () => {
    const store = filled(10, (i) => (i === 7 ? { expiresAt: NOW + 1 } : {}), { maxEntries: 10 })
    store.insert('k10', entry(), later(1))
    expect(keysLeft(store, 11, later(1))).toEqual(['k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k8', 'k9', 'k10'])
  })

  it('keeps within maxBytes, whether inserts or updates fill it', () => {
    const size = 170 + 'k0'.length + 'r'.length + 1000
    const store = filled(10, () => ({ value: 'x'.repeat(1000) }), { maxBytes: size * 10 })
    expect(keysLeft(store, 10)).toHaveLength(10)
    store.insert('k10', entry({ value: 'x'.repeat(1000) }), now)
    expect(keysLeft(store, 11)).not.toContain('k0')
    const call = { ...now, ifRevision: 'r' }
    expect(store.update('k5', entry({ value: 'x'.repeat(4000) }), call)).toEqual({ outcome: 'updated' })
    expect(keysLeft(store, 11)).toEqual(['k4', 'k5', 'k6', 'k7', 'k8', 'k9', 'k10'])
    // Two bytes per character.
    expect(store.update('k5', entry({ value: '漢'.repeat(4000) }), call)).toEqual({ outcome: 'updated' })
    expect(keysLeft(store, 11)).toEqual(['k5', 'k8', 'k9', 'k10'])
  })

  it('never lets the entry just written go, and refuses one that alone is too large', () => {
    const store = memoryStore({ maxBytes: 1000 })
    const large = entry({ value: 'x'.repeat(700) })
    for (let i = 0; i < 5; i++) {
      expect(store.insert(`k${i}`, large, now)).toBe('inserted')
      expect(keysLeft(store, 5)).toEqual([`k${i}`])
    }
    const tooLarge = entry({ value: 'x'.repeat(1000) })
    const refused = expect.objectContaining({ code: 'ERR_SESSION_KEY' })
    expect(() => store.insert('new', tooLarge, now)).toThrowError(refused)
    expect(() => store.update('k4', tooLarge, { ...now, ifRevision: 'r' })).toThrowError(refused)
    expect(store.get('k4', now)).toEqual(large)
  })

  it('an evicted session is gone to who still uses it, and gone for good', () => {
    const store = filled(1, () => ({ owner: 'u' }), { maxEntries: 1 })
    store.insert('other', entry(), now)
    const call = { ...now, ifRevision: 'r' }
    expect(store.update('k0', entry(), call)).toEqual({ outcome: 'gone' })
    expect(store.touch('k0', NOW + 9, call)).toBe('gone')
    expect(store.delete('k0', call)).toBe('gone')
    expect(store.list({ owner: 'u', limit: 9 }, now).entries).toEqual([])
    expect(store.get('other', now)).toBeDefined()
  })

  it('an entry that is expired when it comes takes nobody’s place', () => {
    const store = filled(100, undefined, { maxEntries: 100 })
    expect(store.insert('late', entry({ expiresAt: NOW }), now)).toBe('inserted')
    expect(store.get('late', now)).toBeUndefined()
    expect(keysLeft(store, 100)).toHaveLength(100)
  })

  it('refuses options that are none', () => {
    const wrong: unknown[] = [
      { maxEntries: 0 },
      { maxEntries: 1.5 },
      { maxEntries: '10' },
      { maxEntries: Number.POSITIVE_INFINITY },
      { maxBytes: -1 },
      { maxEntry: 5 },
      null,
      'options',
    ]
    for (const options of wrong) {
      expect(() => memoryStore(options as MemoryStoreOptions)).toThrowError(
        expect.objectContaining({ code: 'ERR_SESSION_OPTION' }),
      )
    }
  })
})

describe('memoryStore close', () => {
  it('forgets everything, may be repeated, and every call after it throws', () => {
    const store = filled(3)
    store.ping(now)
    store.close()
    store.close()
    const call = { ...now, ifRevision: 'r' }
    const calls = [
      () => store.get('k0', now),
      () => store.get('', now),
      () => store.insert('k0', entry(), now),
      () => store.update('k0', entry(), call),
      () => store.touch('k0', NOW + 9, call),
      () => store.delete('k0', now),
      () => store.list({ limit: 9 }, now),
      () => store.count({}, now),
      () => store.sweep(9, now),
      () => store.ping(now),
    ]
    for (const act of calls) expect(act).toThrowError(expect.objectContaining({ code: 'ERR_SESSION_STORE' }))
  })
})
