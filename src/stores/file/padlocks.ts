import type { Files } from './disk.ts'
import type { Holder } from './holder.ts'

/**
 * The folders that this store object locks with: each holds one empty file, and folder and file are called by the same
 * token. They are made once and used again, because making and removing a folder costs more than the rest of a write, and
 * because a store that has one can still delete when the disk has no room for another.
 */
export interface Padlocks {
  /** One that is free. */
  take(): Promise<string>
  /** Gives it back. */
  keep(padlock: string): Promise<void>
  /** Forgets one that is not where it should be, or not as it should be, and removes what is left of it. */
  drop(padlock: string): Promise<void>
  /** Drops those that are free. */
  empty(): Promise<void>
}

// More are made while more writes are under way. Node works on four files at a time.
const MAX_FREE = 8
const NOTHING = Buffer.alloc(0)

export function padlocks(files: Files, root: string, holder: Holder): Padlocks {
  const free: string[] = []

  const drop = async (padlock: string): Promise<void> => {
    holder.done(padlock)
    // If this fails, `clear` will see that nobody uses it.
    await files.removeFolder(`${root}/${padlock}`).catch(() => undefined)
  }

  return {
    async take() {
      const last = free.pop()
      if (last !== undefined) return last
      const padlock = await holder.next()
      try {
        await files.makeFolder(root)
        await files.disk.mkdir(`${root}/${padlock}`, { mode: 0o700 })
        await files.create(`${root}/${padlock}/${padlock}`, NOTHING)
      } catch (error) {
        await drop(padlock)
        throw error
      }
      return padlock
    },
    async keep(padlock) {
      if (free.length < MAX_FREE) free.push(padlock)
      else await drop(padlock)
    },
    drop,
    async empty() {
      await Promise.all(free.splice(0).map(drop))
    },
  }
}
