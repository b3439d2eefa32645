/**
 * One record at a time: read it without a lock, change it under its lock. Every change is a plan, a function from what is
 * there to what shall be there. It is asked twice: without the lock, so that what needs no write takes no lock, and under
 * the lock, where its answer holds.
 */

import { dirname } from 'node:path'
import { SessionStoreError } from '../../core/errors.ts'
import type { StoreCall, StoreEntry } from '../../core/store.ts'
import type { Files } from './disk.ts'
import type { Hints } from './hints.ts'
import { folderOf, type Layout, nameOf } from './layout.ts'
import type { Locks } from './locks.ts'
import type { Queue } from './queue.ts'
import { encodeRecord, type Found, type RecordHead, readRecord } from './record.ts'

/** The answer, and what it takes: an entry to put in place, a record to remove, or nothing. */
export interface Step<T> {
  readonly answer: T
  readonly put?: StoreEntry
  readonly remove?: RecordHead
  /** False when nothing would be lost if the change got lost in a power cut. */
  readonly keep?: false
}

export interface Records {
  read(key: string): Promise<Found>
  /** Everything but the value, by the name of the file. */
  head(name: string): Promise<Found<RecordHead>>
  change<T>(key: string, call: StoreCall, plan: (found: Found) => Step<T>): Promise<T>
  /** Removes a hint of a record that is gone or has another owner. `id` is the owner's half of the hint's name. */
  dropHint(id: string, name: string, call: StoreCall): Promise<void>
}

export interface RecordParts {
  readonly files: Files
  readonly layout: Layout
  readonly hints: Hints
  readonly locks: Locks
  readonly queue: Queue
}

// Each round more means that this process lost a lock to the others for being slow.
const MAX_ROUNDS = 5

export function records({ files, layout, hints, locks, queue }: RecordParts): Records {
  const pathOf = (name: string): string => `${folderOf(layout.records, name)}/${name}`
  const head = (name: string) => readRecord(files, pathOf(name), name, false)

  /** Does it, or answers `undefined` when something came between the preparation and the lock. */
  const attempt = async <T>(
    key: string,
    name: string,
    call: StoreCall,
    plan: (found: Found) => Step<T>,
  ): Promise<Step<T> | undefined> => {
    const path = pathOf(name)
    const read = () => readRecord(files, path, name, true)
    const first = plan(await read())
    if (!first.put && !first.remove) return first
    const lock = await locks.acquire(name, first.put && encodeRecord(key, first.put), call)
    let step: Step<T>
    try {
      step = plan(await read())
      if (!step.put && !step.remove) return step
      if (!isSame(first.put, step.put)) return undefined
      if (step.put) {
        if (step.put.owner !== undefined) await hints.add(step.put.owner, name)
        if (!(await lock.commit(path))) return undefined
      } else {
        if (!(await lock.isHeld())) return undefined
        await files.removeFile(path)
        if (step.remove?.owner !== undefined) await hints.remove(step.remove.owner, name)
      }
    } finally {
      await lock.release()
    }
    if (step.keep !== false) await files.syncFolder(dirname(path))
    return step
  }

  return {
    read(key) {
      const name = nameOf(key)
      return readRecord(files, pathOf(name), name, true)
    },
    head,
    change(key, call, plan) {
      const name = nameOf(key)
      return queue.run(name, call, async () => {
        for (let round = 0; round < MAX_ROUNDS; round += 1) {
          const done = await attempt(key, name, call, plan)
          if (done) return done.answer
        }
        throw new SessionStoreError('ERR_SESSION_STORE', 'The file store kept losing the lock of an entry.', {
          retryable: true,
          help: 'The disk is slower than lockTimeout: raise it, or look at the disk.',
        })
      })
    },
    dropHint(id, name, call) {
      return queue.run(name, call, async () => {
        const lock = await locks.acquire(name, undefined, call)
        try {
          const isOver = isStray(id, await head(name))
          if (isOver && (await lock.isHeld())) await hints.drop(id, name)
        } finally {
          await lock.release()
        }
      })
    },
  }
}

/** Whether a hint names a record that is not this owner's. Of a record that cannot be read nobody knows. */
export function isStray(id: string, found: Found<RecordHead>): boolean {
  if (typeof found === 'string') return found === 'nothing'
  return found.owner === undefined || nameOf(found.owner) !== id
}

function isSame(a: StoreEntry | undefined, b: StoreEntry | undefined): boolean {
  if (!a || !b) return a === b
  return a.value === b.value && a.expiresAt === b.expiresAt && a.revision === b.revision && a.owner === b.owner
}
