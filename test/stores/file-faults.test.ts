import { execFileSync, spawnSync } from 'node:child_process'
import { constants } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { StoreEntry } from '../../src/core/store.ts'
import { type Disk, systemDisk } from '../../src/stores/file/disk.ts'
import type { FileStore } from '../../src/stores/file.ts'
import {
  call,
  entry,
  everyCall,
  filesIn,
  LATER,
  leftovers,
  NOW,
  newFolder,
  openStore,
  systemError,
} from './file-bench.ts'

const LONG = 10 * 60 * 1000
const OWNED = { owner: 'user' }
const FIRST = entry('a', OWNED)
const SECOND = entry('b', { ...OWNED, value: 'x'.repeat(10_000) })
const based = { now: NOW, ifRevision: 'a' }

interface Act {
  readonly act: (store: FileStore) => Promise<unknown>
  readonly answer: unknown
  /** What may be there when it failed, and what is there when it did not. */
  readonly failed: readonly (StoreEntry | undefined)[]
  readonly done: StoreEntry | undefined
}

const ROWS = { entries: [{ key: 'key', expiresAt: LATER, owner: 'user' }] }
const reads = (act: Act['act'], answer: unknown): Act => ({ act, answer, failed: [FIRST], done: FIRST })

const ACTS: Record<string, Act> = {
  ready: reads((store) => store.ready(), undefined),
  get: reads((store) => store.get('key', call), FIRST),
  list: reads((store) => store.list({ limit: 10 }, call), ROWS),
  'list by owner': reads((store) => store.list({ limit: 10, owner: 'user' }, call), ROWS),
  insert: reads((store) => store.insert('new', FIRST, call), 'inserted'),
  update: {
    act: (store) => store.update('key', SECOND, based),
    answer: { outcome: 'updated' },
    failed: [FIRST, SECOND],
    done: SECOND,
  },
  delete: { act: (store) => store.delete('key', call), answer: 'deleted', failed: [FIRST, undefined], done: undefined },
  sweep: { act: (store) => sweepAll(store, LATER), answer: 1, failed: [FIRST, undefined], done: undefined },
}

async function sweepAll(store: FileStore, now: number): Promise<number> {
  let removed = 0
  for (let more = true; more; ) {
    const step = await store.sweep(10, { now })
    removed += step.removed
    more = step.more
  }
  return removed
}

/** The system's disk until it is armed; then its n-th call fails, before or after it was carried out. */
function faultyDisk() {
  let left = Number.POSITIVE_INFINITY
  let code = ''
  let carriedOut = false
  const disk: Disk = everyCall(systemDisk, async (name, _args, run) => {
    left -= 1
    if (left !== 0) return run()
    // A close that fails has closed the file nevertheless.
    if (carriedOut || name === 'close') await run().catch(() => undefined)
    throw systemError(code, name)
  })
  return {
    disk,
    arm(nth: number, failure: string, after: boolean) {
      left = nth
      code = failure
      carriedOut = after
    },
    /** Whether the call came. */
    disarm(): boolean {
      const came = left <= 0
      left = Number.POSITIVE_INFINITY
      return came
    },
  }
}

// EIO stands for every code that means nothing special to the store; the others do.
const FAULTS: [string, string, boolean][] = [
  ['EIO', 'and has no effect', false],
  ['EIO', 'and has an effect', true],
  ['ENOTDIR', 'and has no effect', false],
  ['ELOOP', 'and has no effect', false],
]

describe.each(FAULTS)('a call of the system that answers %s %s [T232]', (code, _effect, after) => {
  it.each(Object.entries(ACTS))(
    'in the middle of %s: success or a coded error, and nothing half done',
    async (_name, { act, answer, failed, done }) => {
      let faults = 0
      for (let came = true; came; faults += 1) {
        const directory = newFolder()
        const { disk, arm, disarm } = faultyDisk()
        const store = openStore(directory, { durable: true, lockTimeout: LONG }, disk)
        const next = openStore(directory, { lockTimeout: LONG })
        await next.insert('key', FIRST, call)
        arm(faults + 1, code, after)
        const outcome = await act(store).then(
          (result) => ({ result }),
          (error) => ({ error }),
        )
        came = disarm()
        if ('error' in outcome) {
          expect(outcome.error).toMatchObject({ name: 'SessionStoreError', code: 'ERR_SESSION_STORE', status: 503 })
        } else {
          expect(outcome.result).toEqual(answer)
        }

        // The store is as before or as after, for itself and for the next process.
        const found = await next.get('key', call)
        expect('error' in outcome ? failed : [done]).toContainEqual(found)
        expect(await store.get('key', call)).toEqual(found)
        const rows = (await next.list({ limit: 10, owner: 'user' }, call)).entries.filter((row) => row.key === 'key')
        expect(rows).toHaveLength(found ? 1 : 0)
        // No lock stays, even where unlocking was what failed.
        if (found) expect(await next.delete('key', { now: NOW, ifRevision: found.revision })).toBe('deleted')
        expect(['deleted', 'gone']).toContain(await next.delete('new', call))
        expect(await store.insert('key', FIRST, call)).toBe('inserted')
        await sweepAll(store, NOW)
        expect(leftovers(directory)).toEqual([])
        expect(filesIn(directory)).toHaveLength(2)
      }
      expect(faults).toBeGreaterThan(1)
    },
  )
})

describe('a full disk', () => {
  const fill = async (store: FileStore): Promise<{ error: unknown; kept: Map<string, StoreEntry> }> => {
    const kept = new Map<string, StoreEntry>()
    for (let n = 0; ; n += 1) {
      const one = entry(`r${n}`, { value: `${n} `.repeat(20_000), owner: 'user' })
      const error = await store.insert(`key-${n}`, one, call).then(
        () => undefined,
        (thrown) => thrown,
      )
      if (error) return { error, kept }
      kept.set(`key-${n}`, one)
    }
  }

  it('on which nothing at all can be made any more does not keep anybody from signing out, nor sweep from making room', async () => {
    const directory = newFolder()
    let full = false
    const disk = everyCall(systemDisk, async (name, args, run) => {
      const creates = name === 'open' && (Number(args[1]) & constants.O_CREAT) !== 0
      if (full && (creates || name === 'mkdir' || name === 'write')) throw systemError('ENOSPC', name)
      return run()
    })
    const store = openStore(directory, { durable: true }, disk)
    const other = openStore(directory)
    for (const key of ['one', 'two', 'three']) await other.insert(key, FIRST, call)
    await store.ready()
    full = true
    await expect(store.update('one', SECOND, based)).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
    await expect(store.insert('four', SECOND, call)).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
    for (const key of ['one', 'two']) expect(await store.delete(key, call)).toBe('deleted')
    expect(await store.get('three', call)).toEqual(FIRST)
    expect(await sweepAll(store, LATER)).toBe(1)
    expect(filesIn(directory)).toEqual([])
    full = false
    expect(await store.insert('four', SECOND, call)).toBe('inserted')
  })

  const mounted = (): string | undefined => {
    const directory = newFolder()
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'none', directory]).status !== 0) return undefined
    onTestFinished(() => void execFileSync('umount', ['-l', directory]))
    return directory
  }

  it('is an error, keeps every entry as it was, leaves no half file and works again when there is room [T229]', async (test) => {
    const directory = mounted()
    if (!directory) return test.skip('no tmpfs of 1 MiB can be mounted here')
    const store = openStore(directory, { durable: true })
    await store.ready()
    const { error, kept } = await fill(store)
    expect(error).toMatchObject({ code: 'ERR_SESSION_STORE', help: expect.stringContaining('room') })
    expect(String(error)).toContain(directory)
    expect(String(error)).toContain('ENOSPC')
    expect(kept.size).toBeGreaterThan(3)
    const old = kept.get('key-0')!
    const large = entry('z', { value: 'y'.repeat(200_000), owner: 'user' })
    await expect(store.update('key-0', large, { now: NOW, ifRevision: old.revision })).rejects.toMatchObject({
      code: 'ERR_SESSION_STORE',
    })
    expect(leftovers(directory)).toEqual([])
    for (const [key, one] of kept) expect(await store.get(key, call)).toEqual(one)
    expect(await store.delete('key-1', call)).toBe('deleted')
    expect(await store.insert('key-1', entry('small', { value: 'x'.repeat(10_000) }), call)).toBe('inserted')
  })
})
