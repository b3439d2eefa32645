/**
 * One lock per record, between processes, that a crash cannot leave behind and a slow process cannot abuse.
 *
 * A lock is a folder in the place `locks/<record>`. Each process has folders of its own (`padlocks.ts`), with a file in
 * each that has a name of its own. To lock is to move such a folder to the record's place with one `rename`, which fails
 * while the folder there is not empty; to unlock is to move it back.
 *
 * Because the file has a name that nobody else uses, removing it can only ever end its owner's lock. So any number of
 * processes may take over after the same crash, at any speed: each removes the dead owner's file by its name, one of them
 * moves its own folder in, and none can remove what another has just put there.
 *
 * And because what is to be written lies in that folder too, finished and on the disk before it locks, a holder that lost
 * its lock (it was stopped for longer than `lockTimeout`) has nothing any more that it could put in the record's place:
 * its write fails instead of undoing what came after.
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
import { padlocks as padlocksIn } from './padlocks.ts'

export interface Lock {
  /** Puts the prepared bytes in the record's place. False: the lock was lost, and nothing has changed. */
  commit(path: string): Promise<boolean>
  isHeld(): Promise<boolean>
  /** Unlocks, and leaves nothing behind. */
  release(): Promise<void>
}

export interface Locks {
  /** Locks a record, with the bytes that `commit` will put there. */
  acquire(name: string, bytes: Buffer | undefined, call: StoreCall): Promise<Lock>
  /** Removes what dead processes left, and what is so old that nobody can be using it. */
  clear(): Promise<void>
  /** Makes what the first lock takes, so that a delete takes no room on the disk. */
  prepare(): Promise<void>
  /** Removes what this process keeps for its next lock. */
  close(): Promise<void>
}

// The folder in the way is not empty. Windows has no such code, and refuses whatever is in the way.
const TAKEN = new Set(
  process.platform === 'win32' ? ['EEXIST', 'ENOTEMPTY', 'EPERM', 'EACCES'] : ['EEXIST', 'ENOTEMPTY'],
)
const LONGEST_PAUSE = 25
// No write takes this long, on any machine that shares the directory.
const ABANDONED = 60 * 60 * 1000

export function locks(
  files: Files,
  { locks: root }: Pick<Layout, 'locks'>,
  holder: Holder,
  lockTimeout: number,
): Locks {
  const { disk } = files
  const padlocks = padlocksIn(files, root, holder)

  /** Ends the locks in this folder that nobody will end. True: it is worth trying to lock. */
  const takeOver = async (folder: string, isOld: () => Promise<boolean>): Promise<boolean> => {
    const dead: string[] = []
    const left: string[] = []
    for (const token of await files.entries(folder)) {
      const verdict = await holder.judge(token)
      const list = verdict === 'dead' ? dead : left
      list.push(token)
    }
    if (left.length > 0 && (await isOld())) dead.push(...left.splice(0))
    for (const token of dead) await files.removeFile(`${folder}/${token}`)
    if (left.length > 0) return false
    await files.removeIfEmpty(folder)
    return true
  }

  const moveIn = async (from: string, to: string, call: StoreCall): Promise<void> => {
    const started = performance.now()
    let ms = 1
    let last = false
    let clock: number | undefined
    // By the clock of the file system, which may be another machine's.
    const isOld = async (): Promise<boolean> => {
      if (ms < LONGEST_PAUSE && !last) return false
      if (clock === undefined) {
        await disk.utimes(from, 0, 0)
        clock = (await disk.lstat(from)).ctimeMs - performance.now()
      }
      const stats = await disk.lstat(to).catch(ignoring('ENOENT'))
      return stats !== undefined && clock + performance.now() - stats.ctimeMs > lockTimeout
    }
    for (;;) {
      try {
        return await disk.rename(from, to)
      } catch (error) {
        if (!TAKEN.has(codeOf(error) ?? '')) throw error
        if (last) throw busy(lockTimeout, error)
      }
      // Twice: the locks of processes that others took over from are new again.
      last = performance.now() - started > 2 * lockTimeout
      if ((await takeOver(to, isOld)) || last) continue
      await pause(ms * (0.5 + Math.random()), undefined, call.signal ? { signal: call.signal } : {}).catch((cause) => {
        throw busy(lockTimeout, cause)
      })
      ms = Math.min(ms * 2, LONGEST_PAUSE)
    }
  }

  /** Gets the padlock back, from wherever it is, without what was to be written. */
  const takeBack = async (padlock: string, locked: string, write: string | undefined): Promise<void> => {
    const home = `${root}/${padlock}`
    try {
      if (await files.exists(`${locked}/${padlock}`)) await disk.rename(locked, home)
      else if (!(await files.exists(`${home}/${padlock}`))) throw new Error('The lock was lost.')
      if (write) await files.removeFile(`${home}/${write}`)
      await padlocks.keep(padlock)
    } catch {
      await padlocks.drop(padlock)
      // What cannot be removed now is known to be unused from here on, and goes with the next lock or `clear`.
      for (const file of [write, padlock]) if (file) await files.removeFile(`${locked}/${file}`).catch(() => undefined)
      await files.removeIfEmpty(locked).catch(() => undefined)
    } finally {
      if (write) holder.done(write)
    }
  }

  const acquire = async (name: string, bytes: Buffer | undefined, call: StoreCall): Promise<Lock> => {
    const locked = `${root}/${name}`
    for (let again = false; ; again = true) {
      const padlock = await padlocks.take()
      let write = bytes && (await holder.next())
      try {
        if (bytes) await files.create(`${root}/${padlock}/${write}`, bytes)
        await moveIn(`${root}/${padlock}`, locked, call)
      } catch (error) {
        await takeBack(padlock, locked, write)
        if (again || codeOf(error) !== 'ENOENT') throw error
        // Somebody tidied up here.
        await padlocks.empty()
        continue
      }
      return {
        async commit(path) {
          const file = `${locked}/${write}`
          try {
            await disk.rename(file, path)
          } catch (error) {
            if (codeOf(error) !== 'ENOENT') throw error
            if (!(await files.exists(file))) return false
            await files.makeFolder(dirname(path))
            await disk.rename(file, path)
          }
          holder.done(write!)
          write = undefined
          return true
        },
        isHeld: () => files.exists(`${locked}/${padlock}`),
        release: () => takeBack(padlock, locked, write),
      }
    }
  }

  const clear = async (): Promise<void> => {
    const isLeft = async (token: string, path: string): Promise<boolean> => {
      const verdict = await holder.judge(token)
      if (verdict !== 'unknown') return verdict === 'dead'
      const stats = await disk.lstat(path).catch(ignoring('ENOENT'))
      return stats !== undefined && Date.now() - stats.ctimeMs > ABANDONED
    }
    for (const name of await files.entries(root)) {
      const folder = `${root}/${name}`
      if (isToken(name) && (await isLeft(name, folder))) await files.removeFolder(folder)
      if (!RECORD_NAME.test(name)) continue
      for (const token of await files.entries(folder)) {
        if (await isLeft(token, folder)) await files.removeFile(`${folder}/${token}`)
      }
      await files.removeIfEmpty(folder)
    }
  }

  return {
    acquire,
    clear,
    async prepare() {
      await padlocks.keep(await padlocks.take())
    },
    close: padlocks.empty,
  }
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
