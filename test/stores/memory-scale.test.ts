import { describe, expect, it } from 'vitest'
import type { StoreEntry } from '../../src/core/store.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { entry, filled, later, listAll, NOW, now, sweepAll } from './memory-fixture.ts'

describe('memoryStore listings', () => {
  const owners = (i: number) => ({ owner: i % 3 === 0 ? 'u' : i % 3 === 1 ? 'v' : undefined })

  it('page through everything once, for every page size', () => {
    const store = filled(25, owners)
    const all = Array.from({ length: 25 }, (_, i) => `k${i}`)
    for (const limit of [1, 2, 7, 25, 26, 1000]) {
      expect(listAll(store, limit)).toEqual(all)
      expect(listAll(store, limit, 'u')).toEqual(all.filter((_, i) => i % 3 === 0))
    }
  })

  it('meet every entry that lives through the listing, whatever comes and goes meanwhile', () => {
    for (const owner of [undefined, 'u']) {
      const store = filled(300, () => ({ owner: 'u' }))
      let added = 301
      const rows = listAll(store, 7, owner, (page) => {
        // Everything with an odd number comes and goes; the even ones stay, and are used and updated.
        for (let i = 1; i < 20; i += 2) store.delete(`k${((page * 17 + i) % 300) | 1}`, now)
        for (let i = 0; i < 5 && page < 40; i++, added += 2) store.insert(`k${added}`, entry({ owner: 'u' }), now)
        store.update(`k${(page * 2) % 300}`, entry({ owner: 'u' }), { ...now, ifRevision: 'r' })
        store.get(`k${299 - (page % 150) * 2 - 1}`, now)
      })
      for (let i = 0; i < 300; i += 2) expect(rows, `k${i}`).toContain(`k${i}`)
    }
  })

  it('start from the front with a cursor that is none', () => {
    const store = filled(3)
    for (const cursor of ['', 'x', '-1', '1e3', '99999999999', ' 1', 7 as unknown as string, {} as unknown as string]) {
      expect(store.list({ limit: 9, cursor }, now).entries, String(cursor)).toHaveLength(3)
    }
    expect(store.list({ limit: 9, cursor: '4000000000' }, now)).toEqual({ entries: [] })
  })

  it('end a page early where there is little to find', () => {
    const store = filled(40_000, (i) => (i === 39_999 ? {} : { expiresAt: NOW + 1 }))
    let page = store.list({ limit: 1000 }, later(1))
    expect(page.entries).toEqual([])
    const rows = [...page.entries]
    while (page.cursor !== undefined) {
      page = store.list({ limit: 1000, cursor: page.cursor }, later(1))
      rows.push(...page.entries)
    }
    expect(rows.map((row) => row.key)).toEqual(['k39999'])
  })

  it('follow an entry to its new owner', () => {
    const store = filled(4, () => ({ owner: 'u' }))
    store.update('k1', entry({ owner: 'v' }), { ...now, ifRevision: 'r' })
    store.update('k2', entry(), { ...now, ifRevision: 'r' })
    expect(listAll(store, 10, 'u')).toEqual(['k0', 'k3'])
    expect(listAll(store, 10, 'v')).toEqual(['k1'])
    expect(store.get('k2', now)).toEqual(entry())
    for (const key of ['k0', 'k3']) store.delete(key, now)
    expect(store.count({ owner: 'u' }, now)).toBe(0)
    store.insert('k9', entry({ owner: 'u' }), now)
    expect(listAll(store, 1, 'u')).toEqual(['k9'])
  })
})

describe('memoryStore at size', () => {
  it('100,000 inserts, sweeps in between, and nothing is lost or left', () => {
    const store = memoryStore()
    const total = 100_000
    let removed = 0
    for (let i = 0; i < total; i++) {
      const expiresAt = NOW + 1 + (i % 1000)
      store.insert(`k${i}`, entry({ value: `${i}`, expiresAt, owner: i % 5 ? `u${i % 7919}` : undefined }), now)
      if (i % 1000 === 0) removed += store.sweep(100, now).removed
    }
    // To the end of the pass that these began.
    removed += sweepAll(store, 1000, now).removed
    expect(removed).toBe(0)
    expect(store.count({}, now)).toBe(total)
    expect(store.count({}, later(500))).toBe(total / 2)
    for (let i = 0; i < total; i += 997) expect(store.get(`k${i}`, now)?.value).toBe(`${i}`)
    const half = sweepAll(store, 1000, later(500))
    expect(half.removed).toBe(total / 2)
    expect(half.steps).toBeGreaterThanOrEqual(total / 1000)
    expect(store.count({}, now)).toBe(total / 2)
    const owned = Array.from({ length: total }, (_, i) => i).filter((i) => i % 5 && i % 7919 === 42 && i % 1000 >= 500)
    expect(listAll(store, 2, 'u42').sort()).toEqual(owned.map((i) => `k${i}`).sort())
    expect(sweepAll(store, 1000, later(1000)).removed).toBe(total / 2)
    expect(store.count({}, now)).toBe(0)
    expect(store.sweep(1000, later(1000))).toEqual({ removed: 0, more: false })
    expect(store.insert('k0', entry(), now)).toBe('inserted')
    expect(listAll(store, 10)).toEqual(['k0'])
  })

  it('behaves like a Map through random inserts, updates, deletes and sweeps', () => {
    const store = memoryStore()
    const model = new Map<string, StoreEntry>()
    let seed = 7
    const random = (below: number) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
      return (seed >>> 8) % below
    }
    for (let i = 0; i < 60_000; i++) {
      const call = { now: NOW + (i >> 4) }
      const key = `k${random(3000)}`
      const known = model.get(key)
      const live = known && known.expiresAt > call.now ? known : undefined
      const next = entry({
        value: `${i}`,
        revision: `r${i}`,
        expiresAt: call.now + random(400),
        owner: random(4) ? `u${random(20)}` : undefined,
      })
      const act = random(6)
      if (act < 2) {
        expect(store.insert(key, next, call)).toBe(live ? 'taken' : 'inserted')
        if (!live) model.set(key, next)
      } else if (act === 2) {
        const outcome = store.update(key, next, { ...call, ifRevision: live?.revision ?? 'x' }).outcome
        expect(outcome).toBe(live ? 'updated' : 'gone')
        if (live) model.set(key, next)
      } else if (act === 3) {
        expect(store.delete(key, call)).toBe(live ? 'deleted' : 'gone')
        model.delete(key)
      } else if (act === 4) {
        store.sweep(100, call)
      } else {
        expect(store.get(key, call)).toEqual(live)
      }
      if (i % 5000 === 0) {
        const alive = [...model].filter(([, { expiresAt }]) => expiresAt > call.now)
        expect(store.count({}, call)).toBe(alive.length)
        for (let owner = 0; owner < 20; owner++) {
          const mine = alive.filter(([, value]) => value.owner === `u${owner}`).map(([name]) => name)
          const rows = store.list({ owner: `u${owner}`, limit: 1000 }, call).entries.map((row) => row.key)
          expect(rows.sort()).toEqual(mine.sort())
        }
      }
    }
  })

  it('gives the place of what is removed to what comes, in sweeps that go on', () => {
    const store = filled(5000, (i) => ({ expiresAt: NOW + 1 + (i & 1) * 100 }))
    expect(store.sweep(1000, later(1)).more).toBe(true)
    for (let i = 0; i < 2000; i++) store.insert(`n${i}`, entry({ expiresAt: NOW + 50 }), later(1))
    expect(sweepAll(store, 300, later(1)).removed).toBeLessThanOrEqual(2500)
    expect(store.count({}, later(1))).toBe(4500)
    sweepAll(store, 300, later(60))
    expect(store.count({}, now)).toBe(2500)
  })

  it('does not grow with what has come and gone', () => {
    const store = filled(1)
    for (let i = 1; i <= 50_000; i++) {
      store.insert(`k${i}`, entry({ owner: 'u' }), now)
      store.delete(`k${i}`, now)
    }
    // A page looks at 16,384 places at most, so one is enough only if the places were used again.
    expect(store.list({ limit: 10 }, now)).toEqual({ entries: [{ key: 'k0', expiresAt: NOW + 1000 }] })
  })

  it('begins a new pass when everything was removed in the middle of one', () => {
    const store = filled(5000)
    expect(store.sweep(4000, now)).toEqual({ removed: 0, more: true })
    for (let i = 0; i < 5000; i++) store.delete(`k${i}`, now)
    for (let i = 0; i < 100; i++) store.insert(`k${i}`, entry({ expiresAt: NOW + 1 }), now)
    expect(store.sweep(4000, later(1))).toEqual({ removed: 100, more: false })
  })
})
