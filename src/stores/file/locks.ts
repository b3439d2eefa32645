/**
 * One lock per record, between processes, that a crash cannot leave behind and a slow process cannot abuse.
 *
 * A lock is the folder `locks/<record>` with one file in it, the holder's, called by the holder's token. The folder and
 * the file are made elsewhere and moved into place with one `rename`, which fails while the folder there is not empty:
 * that is the moment of locking. Removing the file ends the lock.
 *
 * Because the file has a name that is never used again, removing it can only ever end that one lock. So any number of
 * processes may take over after the same crash, at any speed: each removes the dead holder's file by its name, one of
 * them moves its own folder in, and none can remove what another has just put there.
 *
 * And because the holder's file is what it wants to write, finished and on the disk before it locks, the `rename` of that
 * file to the record's place is the write and the unlocking in one. A holder that lost its lock (it was stopped for
 * longer than `lockTimeout`) has no file any more, and its write fails instead of undoing what came after.
 *
 * A lock whose process is dead is taken at once. One that cannot be judged (another machine, a stopped process) is taken
 * when it is older than `lockTimeout`.
 */

import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { SessionStoreError } from '../../core/errors.ts'
import type { StoreCall } from '../../core/store.ts'
import { codeOf, type Files, ignoring } from './disk.ts'
import { type Holder, isToken } from './holder.ts'
import { type Layout, RECORD_NAME } from './layout.ts'

export interface Lock {
  /** Puts the prepared bytes in the record's place and unlocks. False: the lock was lost, and nothing has changed. */
  commit(path: string): Promise<boolean>
  isHeld(): Promise<boolean>
  /** Unlocks, if `commit` did not, and leaves nothing behind. */
  release(): Promise<void>
}

export interface Locks {
  /** Locks a record, with the bytes that `commit` will put there. */
  acquire(name: string, bytes: Buffer, call: StoreCall): Promise<Lock>
  /** Removes what dead processes left, and what is so old that nobody can be using it. */
  clear(): Promise<void>
}

// The folder in the way is not empty. Windows has no such code, and refuses whatever is in the way.
const TAKEN = new Set(
  process.platform === 'win32' ? ['EEXIST', 'ENOTEMPTY', 'EPERM', 'EACCES'] : ['EEXIST', 'ENOTEMPTY'],
)
const LONGEST_PAUSE = 25
// No write takes this long, on any machine that shares the directory.
const ABANDONED = 60 * 60 * 1000

export function locks(files: Files, { locks: root }: Layout, holder: Holder, lockTimeout: number): Locks {
  const { disk } = files
  const removeFile = (path: string) => disk.unlink(path).catch(ignoring('ENOENT'))
  const removeIfEmpty = (path: string) => disk.rmdir(path).catch(ignoring('ENOENT', 'ENOTEMPTY', 'EEXIST'))

  const prepare = async (folder: string, file: string, bytes: Buffer): Promise<void> => {
    try {
      await disk.mkdir(folder, { mode: 0o700 })
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
      await files.makeFolder(folder)
    }
    await files.create(file, bytes)
  }

  /** Ends the locks in this folder that nobody will end. True: it is worth trying to lock. */
  const takeOver = async (folder: string, age: () => Promise<number>): Promise<boolean> => {
    let left = 0
    for (const token of await files.entries(folder)) {
      if ((await holder.isDead(token)) || (await age()) > lockTimeout) await removeFile(`${folder}/${token}`)
      else left += 1
    }
    if (left === 0) await removeIfEmpty(folder)
    return left === 0
  }

  const moveIn = async (from: string, to: string, call: StoreCall): Promise<void> => {
    const started = performance.now()
    let ms = 1
    let born: number | undefined
    // By the clock of the file system, which may be another machine's.
    const age = async (): Promise<number> => {
      born ??= (await disk.lstat(from)).ctimeMs - (performance.now() - started)
      const stats = await disk.lstat(to).catch(ignoring('ENOENT'))
      return stats ? born + (performance.now() - started) - stats.ctimeMs : 0
    }
    for (let last = false; ; ) {
      try {
        return await disk.rename(from, to)
      } catch (error) {
        if (!TAKEN.has(codeOf(error) ?? '')) throw error
        if (last) throw busy(lockTimeout, error)
      }
      // Twice: the locks of processes that others took over from are new again.
      last = performance.now() - started > 2 * lockTimeout
      if ((await takeOver(to, age)) || last) continue
      await pause(ms * (0.5 + Math.random()), undefined, call.signal ? { signal: call.signal } : {}).catch((cause) => {
        throw busy(lockTimeout, cause)
      })
      ms = Math.min(ms * 2, LONGEST_PAUSE)
    }
  }

  const acquire = async (name: string, bytes: Buffer, call: StoreCall): Promise<Lock> => {
    const token = await holder.next()
    const prepared = `${root}/${token}`
    const locked = `${root}/${name}`
    const file = `${locked}/${token}`
    let committed = false

    const release = async (): Promise<void> => {
      try {
        // What cannot be removed now is known to be unused from here on, and goes with the next lock or `clear`.
        if (!committed) await removeFile(file).catch(() => undefined)
        await removeIfEmpty(locked).catch(() => undefined)
      } finally {
        holder.done(token)
      }
    }
    const isHeld = async (): Promise<boolean> => {
      return (await disk.lstat(file).catch(ignoring('ENOENT'))) !== undefined
    }
    const commit = async (path: string): Promise<boolean> => {
      try {
        await disk.rename(file, path)
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw error
        if (!(await isHeld())) return false
        await files.makeFolder(dirname(path))
        await disk.rename(file, path)
      }
      committed = true
      return true
    }

    try {
      await prepare(prepared, `${prepared}/${token}`, bytes)
      await moveIn(prepared, locked, call)
    } catch (error) {
      await removeFile(`${prepared}/${token}`).catch(() => undefined)
      await removeIfEmpty(prepared).catch(() => undefined)
      // A network file system may have moved it and lost the answer.
      await release()
      throw error
    }
    return { commit, isHeld, release }
  }

  const clear = async (): Promise<void> => {
    const isLeft = async (token: string, path: string): Promise<boolean> => {
      if (await holder.isDead(token)) return true
      const stats = await disk.lstat(path).catch(ignoring('ENOENT'))
      return stats !== undefined && Date.now() - stats.ctimeMs > ABANDONED
    }
    for (const name of await files.entries(root)) {
      const folder = `${root}/${name}`
      if (!RECORD_NAME.test(name) && !isToken(name)) continue
      // A folder that is being prepared is empty for a moment: only its own name tells whether it is in use.
      if (isToken(name) && !(await isLeft(name, folder))) continue
      for (const token of await files.entries(folder)) {
        if (isToken(name) || (await isLeft(token, folder))) await removeFile(`${folder}/${token}`)
      }
      await removeIfEmpty(folder)
    }
  }

  return { acquire, clear }
}

function busy(ms: number, cause: unknown): SessionStoreError {
  return new SessionStoreError(
    'ERR_SESSION_STORE_TIMEOUT',
    'The file store waited too long for the lock of an entry.',
    {
      cause,
      retryable: true,
      help: `Others kept it locked. A lock is taken from a process that holds it for more than ${ms} ms.`,
    },
  )
}
