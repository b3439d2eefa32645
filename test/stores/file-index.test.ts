import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { StoreCall, StoreListing } from '../../src/core/store.ts'
import { folderOf, nameOf } from '../../src/stores/file/layout.ts'
import type { FileStore } from '../../src/stores/file.ts'
import {
  call,
  countedDisk,
  diskWith,
  entry,
  filesIn,
  LATER,
  NOW,
  newFolder,
  openStore,
  recordPath,
  tracedDisk,
} from './file-bench.ts'

const hintsIn = (directory: string): string[] => filesIn(join(directory, 'owners'))

const hintPath = (directory: string, owner: string, key: string): string =>
  `${folderOf(`${directory}/owners`, nameOf(owner))}/${nameOf(owner)}.${nameOf(key)}`

async function listAll(store: FileStore, limit: number, owner?: string): Promise<StoreListing[]> {
  const rows: StoreListing[] = []
  let cursor: string | undefined
  do {
    const page = await store.list({ limit, cursor, owner }, call)
    rows.push(...page.entries)
    cursor = page.cursor
  } while (cursor !== undefined)
  return rows
}

async function sweepAll(store: FileStore, limit: number, at: StoreCall): Promise<number> {
  let removed = 0
  for (let more = true; more; ) {
    const step = await store.sweep(limit, at)
    removed += step.removed
    more = step.more
  }
  return removed
}

describe('the index by owner', () => {
  it('opens the records of this owner and no others, and of those not the values', async () => {
    const directory = newFolder()
    const { disk, trace } = tracedDisk()
    const store = openStore(directory, {}, disk)
    for (let n = 0; n < 40; n += 1) await store.insert(`other-${n}`, entry('a', { owner: `user-${n}` }), call)
    const mine = ['one', 'two', 'three']
    for (const key of mine) await store.insert(key, entry('a', { owner: 'me', value: 'x'.repeat(100_000) }), call)
    for (const ask of [() => store.list({ limit: 100, owner: 'me' }, call), () => store.count({ owner: 'me' }, call)]) {
      trace.length = 0
      await ask()
      const opened = trace.filter((line) => line.startsWith('open '))
      expect(opened.sort()).toEqual(mine.map((key) => `open ${recordPath(directory, key)}`).sort())
      expect(trace.filter((line) => line.startsWith('read '))).toHaveLength(mine.length)
      expect(trace.filter((line) => line.startsWith('readdir '))).toHaveLength(1)
    }
  })

  it('has a hint before there is the record, so a crash between the two leaves no record that it misses', async () => {
    const directory = newFolder()
    const { disk, trace } = tracedDisk()
    const store = openStore(directory, {}, disk)
    await store.insert('key', entry('a', { owner: 'first' }), call)
    await store.update('key', entry('b', { owner: 'second' }), { now: NOW, ifRevision: 'a' })
    for (const owner of ['first', 'second']) {
      const hint = trace.indexOf(`open ${hintPath(directory, owner, 'key')}`)
      const written = trace.findIndex(
        (line, at) => at > hint && line.startsWith('rename ') && line.endsWith(recordPath(directory, 'key')),
      )
      expect(hint).toBeGreaterThan(-1)
      expect(written).toBeGreaterThan(hint)
    }
  })

  it('T142 is right whatever hints are there too many: the record decides, and sweep removes them', async () => {
    const directory = newFolder()
    const store = openStore(directory)
    await store.insert('key', entry('a', { owner: 'first' }), call)
    await store.update('key', entry('b', { owner: 'second' }), { now: NOW, ifRevision: 'a' })
    await store.insert('deleted', entry('a', { owner: 'second' }), call)
    rmSync(recordPath(directory, 'deleted'))
    await store.insert('nobody', entry('a', { owner: 'second' }), call)
    await store.update('nobody', entry('b'), { now: NOW, ifRevision: 'a' })
    await store.insert('torn', entry('a', { owner: 'second' }), call)
    writeFileSync(recordPath(directory, 'torn'), 'torn')
    expect(await listAll(store, 10, 'first')).toEqual([])
    expect(await store.count({ owner: 'first' }, call)).toBe(0)
    expect(await listAll(store, 10, 'second')).toEqual([{ key: 'key', expiresAt: LATER, owner: 'second' }])
    expect(await store.count({ owner: 'second' }, call)).toBe(1)
    expect(await store.deleteOwned({ owner: 'first', limit: 10 }, call)).toEqual([])
    expect(await store.deleteOwned({ owner: 'second', except: ['key'], limit: 10 }, call)).toEqual([])
    expect(hintsIn(directory)).toHaveLength(5)
    expect(await sweepAll(store, 1, call)).toBe(0)
    // Of a record that cannot be read nobody knows whose it is.
    const left = [hintPath(directory, 'second', 'key'), hintPath(directory, 'second', 'torn')]
    expect(hintsIn(directory).map((path) => join(directory, 'owners', path))).toEqual(left.sort())
  })

  it('loses no hint when a sweep meets the insert that made it', async () => {
    const directory = newFolder()
    let sweeping: Promise<number> | undefined
    const sweeper = openStore(directory)
    const path = recordPath(directory, 'key')
    // The hint is there and the record is not: now a whole sweep begins.
    const disk = diskWith(({ rename }) => ({
      rename: async (from, to) => {
        if (to === path && !sweeping) {
          let looked: () => void = () => undefined
          const seen = new Promise<void>((resolve) => {
            looked = resolve
          })
          sweeping = sweepAll(
            openStore(
              directory,
              {},
              diskWith((system) => ({
                open: (file, ...rest) => {
                  if (file === path) looked()
                  return system.open(file, ...rest)
                },
              })),
            ),
            10,
            call,
          )
          await seen
        }
        return rename(from, to)
      },
    }))
    await openStore(directory, {}, disk).insert('key', entry('a', { owner: 'user' }), call)
    await sweeping
    expect(await listAll(sweeper, 10, 'user')).toHaveLength(1)
  })

  it('goes with the record when that is deleted or swept', async () => {
    const directory = newFolder()
    const store = openStore(directory)
    await store.insert('deleted', entry('a', { owner: 'user' }), call)
    await store.insert('swept', entry('a', { owner: 'user' }), call)
    await store.delete('deleted', call)
    expect(await sweepAll(store, 10, { now: LATER })).toBe(1)
    expect(filesIn(directory)).toEqual([])
  })
})

describe('a walk over all records', () => {
  it('has each entry once, whatever the size of the pages, and goes on where a page ended', async () => {
    const directory = newFolder()
    const store = openStore(directory)
    const keys = Array.from({ length: 60 }, (_, n) => `key-${n}`)
    for (const key of keys) await store.insert(key, entry('a'), call)
    for (const limit of [1, 7, 60, 1000]) {
      const rows = await listAll(openStore(directory), limit)
      expect(rows.map((row) => row.key).sort()).toEqual([...keys].sort())
    }
    const first = await store.list({ limit: 20 }, call)
    for (const cursor of ['', 'x', '../../etc', 'G'.repeat(64), `${first.cursor}0`]) {
      expect(await store.list({ limit: 20, cursor }, call)).toEqual(first)
    }
  })

  it('holds the names of one folder at a time, and opens few records at once [T238]', async () => {
    const directory = newFolder()
    const counted = countedDisk()
    const store = openStore(directory, {}, counted.disk)
    for (let n = 0; n < 300; n += 1) await store.insert(`key-${n}`, entry('a'), call)
    counted.reset()
    expect(await store.count({}, call)).toBe(300)
    expect(counted.most()).toBeLessThanOrEqual(16)
    const folders = readdirSync(join(directory, 'records'), { recursive: true }).map(String)
    expect(folders.filter((path) => /^..\/.$/.test(path)).length).toBeGreaterThan(200)
  })
})

describe('sweep', () => {
  it('looks at no more than its limit in one step, and comes around', async () => {
    const directory = newFolder()
    const { disk, trace } = tracedDisk()
    const store = openStore(directory, {}, disk)
    for (let n = 0; n < 25; n += 1) await store.insert(`key-${n}`, entry('a', { owner: 'user' }), call)
    let steps = 0
    for (let more = true; more; steps += 1) {
      trace.length = 0
      more = (await store.sweep(4, call)).more
      expect(trace.filter((line) => line.startsWith('open ')).length).toBeLessThanOrEqual(4)
    }
    expect(steps).toBeGreaterThanOrEqual(2 * Math.ceil(25 / 4))
    expect(await store.count({}, call)).toBe(25)
  })

  it('looks again under the lock: a record that was renewed after the first look stays [T237]', async () => {
    const directory = newFolder()
    const other = openStore(directory)
    await other.insert('key', entry('a', { owner: 'user' }), call)
    const late = { now: LATER }
    const fresh = entry('b', { owner: 'user', expiresAt: LATER + 1000 })
    let renewed = false
    // Between what the sweep saw and its lock, the entry is replaced.
    const disk = diskWith(({ rename }) => ({
      rename: async (from, to) => {
        if (!renewed && to === join(directory, 'locks', nameOf('key'))) {
          renewed = true
          expect(await other.insert('key', fresh, late)).toBe('inserted')
        }
        return rename(from, to)
      },
    }))
    expect(await sweepAll(openStore(directory, {}, disk), 10, late)).toBe(0)
    expect(renewed).toBe(true)
    expect(await other.get('key', late)).toEqual(fresh)
    expect(await other.count({ owner: 'user' }, late)).toBe(1)
  })

  it('goes on after a record that cannot be removed', async () => {
    const directory = newFolder()
    const keys = ['one', 'two', 'three', 'four']
    const stuck = recordPath(directory, 'two')
    const disk = diskWith(({ unlink }) => ({
      unlink: (path) =>
        path === stuck
          ? Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO', path, syscall: 'unlink' }))
          : unlink(path),
    }))
    const store = openStore(directory, {}, disk)
    for (const key of keys) await store.insert(key, entry('a'), call)
    const errors: unknown[] = []
    for (let step = 0; step < 8; step += 1) await store.sweep(1, { now: LATER }).catch((error) => errors.push(error))
    expect(errors.length).toBeGreaterThan(0)
    expect(errors[0]).toMatchObject({ code: 'ERR_SESSION_STORE', message: expect.stringContaining(stuck) })
    expect(filesIn(directory).map((path) => join(directory, path))).toEqual([stuck])
  })
})
