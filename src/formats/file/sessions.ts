/**
 * One session's file: read it without a lock, change it under its lock. Every change is a plan, a function from what is
 * there to what shall be there. It is asked twice: without the lock, so that what needs no write takes no lock and what is
 * to be written is ready before, and under the lock, where its answer holds.
 *
 * The other library knows no locks: it renames its file over whatever is there. So what was compared is looked at once more
 * just before our rename, and compared again if it is not the same file.
 */

import type { Stats } from 'node:fs'
import { dirname } from 'node:path'
import { SessionStoreError } from '../../core/errors.ts'
import type { StoreCall } from '../../core/store.ts'
import { codeOf, type Files, ignoring } from '../../stores/file/disk.ts'
import { nameOf } from '../../stores/file/layout.ts'
import type { Locks } from '../../stores/file/locks.ts'
import type { Queue } from '../../stores/file/queue.ts'
import { bare, dated, deadlineOf, NEVER } from './text.ts'

/** What the file of a live or expired session holds. */
export interface Found {
  /** Empty when it cannot be decrypted. */
  readonly value: string
  readonly expiresAt: number
}

/** The answer, and what it takes: a session to put in place, the one there to remove, or nothing. */
export interface Step<T> {
  readonly answer: T
  readonly put?: Found
  readonly remove?: true
}

export interface Sessions {
  read(key: string): Promise<Found | undefined>
  change<T>(key: string, call: StoreCall, plan: (found: Found | undefined) => Step<T>): Promise<T>
}

export interface SessionParts {
  readonly files: Files
  readonly locks: Locks
  readonly queue: Queue
  readonly directory: string
  readonly ttlMs: number
  pathOf(key: string): string
  /** Where the files are encrypted. */
  readonly crypto?: { seal(text: string): Promise<string>; open(file: string): Promise<string | undefined> } | undefined
}

interface Read {
  readonly bytes: Buffer
  readonly stats: Stats
  readonly found: Found
}

// Each round more means that the other library wrote in between, or that others took the lock from this process.
const MAX_ROUNDS = 20
// A link, a socket, and what other systems say for a link.
const NOT_A_FILE = new Set(['ELOOP', 'EMLINK', 'EFTYPE', 'ENXIO', 'EISDIR'])

export const sessionsIn = (parts: SessionParts): Sessions => {
  const { files, locks, queue, directory, ttlMs, pathOf, crypto } = parts

  const decode = async (bytes: Buffer): Promise<Found> => {
    const file = bytes.toString()
    const text = crypto ? await crypto.open(file) : file
    return text === undefined
      ? { value: '', expiresAt: NEVER }
      : { value: bare(text), expiresAt: deadlineOf(text, ttlMs) }
  }

  const encode = async ({ value, expiresAt }: Found): Promise<Buffer> => {
    const text = dated(value, expiresAt, ttlMs)
    return Buffer.from(crypto ? await crypto.seal(text) : text)
  }

  /** What is at the path, or nothing. `known` spares decoding the same bytes again. */
  const look = async (path: string, known?: Read): Promise<Read | undefined> => {
    let stats: Stats
    let bytes: Buffer
    try {
      const read = await files.reading(path, async (fd) => {
        const at = await files.disk.fstat(fd)
        return at.isFile() ? { stats: at, bytes: await bytesOf(files, fd, at.size) } : undefined
      })
      if (read === undefined) return undefined
      ;({ stats, bytes } = read)
    } catch (error) {
      const code = codeOf(error) ?? ''
      if (code === 'ENOENT') {
        await checkThere()
        return undefined
      }
      if (NOT_A_FILE.has(code) && !(await files.disk.lstat(path)).isFile()) return undefined
      throw error
    }
    return { stats, bytes, found: known?.bytes.equals(bytes) ? known.found : await decode(bytes) }
  }

  /** Without their folder there are no sessions, and nobody knows whether there were any. */
  const checkThere = async (): Promise<void> => {
    const stats = await files.disk.stat(directory).catch(ignoring('ENOENT'))
    if (stats !== undefined) return
    throw new SessionStoreError('ERR_SESSION_STORE', `The file store did not find its folder ${directory}.`, {
      retryable: true,
      notReady: true,
      help: 'Look whether its disk is mounted; "ready()" makes the folder.',
    })
  }

  const isUntouched = async (path: string, read: Read | undefined): Promise<boolean> => {
    const stats = await files.disk.lstat(path).catch(ignoring('ENOENT'))
    if (read === undefined) return stats === undefined || !stats.isFile()
    if (stats === undefined) return false
    const { ino, size, mtimeMs, ctimeMs } = read.stats
    return stats.ino === ino && stats.size === size && stats.mtimeMs === mtimeMs && stats.ctimeMs === ctimeMs
  }

  /** Does it, or answers `undefined` when something came between the preparation and the lock. */
  const attempt = async <T>(
    key: string,
    call: StoreCall,
    plan: (found: Found | undefined) => Step<T>,
  ): Promise<Step<T> | undefined> => {
    const path = pathOf(key)
    const before = await look(path)
    const first = plan(before?.found)
    if (!first.put && !first.remove) return first
    const lock = await locks.acquire(nameOf(key), first.put && (await encode(first.put)), call)
    let step: Step<T>
    try {
      const there = await look(path, before)
      step = plan(there?.found)
      if (!step.put && !step.remove) return step
      if (!isSame(first.put, step.put) || !(await isUntouched(path, there))) return undefined
      if (step.put) {
        if (!(await lock.commit(path))) return undefined
      } else {
        if (!(await lock.isHeld())) return undefined
        await files.removeFile(path)
      }
    } finally {
      await lock.release()
    }
    await files.syncFolder(dirname(path))
    return step
  }

  return {
    async read(key) {
      return (await look(pathOf(key)))?.found
    },
    change(key, call, plan) {
      return queue.run(nameOf(key), call, async () => {
        for (let round = 0; round < MAX_ROUNDS; round += 1) {
          const done = await attempt(key, call, plan)
          if (done) return done.answer
        }
        throw new SessionStoreError('ERR_SESSION_STORE', 'The file store did not come to write: others kept writing.', {
          retryable: true,
          help: 'If the disk is slower than lockTimeout, raise it.',
        })
      })
    },
  }
}

const bytesOf = async (files: Files, fd: number, size: number): Promise<Buffer> => {
  const bytes = Buffer.allocUnsafe(size)
  let filled = 0
  while (filled < size) {
    const { bytesRead } = await files.disk.read(fd, bytes, filled, size - filled, filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}

const isSame = (a: Found | undefined, b: Found | undefined): boolean =>
  !a || !b ? a === b : a.value === b.value && a.expiresAt === b.expiresAt
