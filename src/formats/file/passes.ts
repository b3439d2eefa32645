/** What goes over all sessions of a folder. They lie in one, as the other library puts them, so its names are read as a whole. */

import type { ListPage, StoreCall, StoreListing, SweepResult } from '../../core/store.ts'
import { codeOf, type Files, ignoring } from '../../stores/file/disk.ts'
import { eachOf } from '../../stores/file/passes.ts'
import type { Sessions } from './sessions.ts'

export interface Passes {
  page(cursor: unknown, limit: number, call: StoreCall): Promise<ListPage>
  count(call: StoreCall): Promise<number>
  /** Removes expired sessions among the next `limit` ones. */
  sweep(limit: number, call: StoreCall): Promise<SweepResult>
}

export interface PassParts {
  readonly files: Files
  readonly sessions: Sessions
  readonly directory: string
  pathOf(key: string): string
  /** Removes what processes that died have left. */
  tidy(): Promise<void>
  /**
   * Where files are encrypted: opening one costs so much that a sweep leaves alone what was written less than so many
   * milliseconds ago, and what it knows to end later.
   */
  readonly restMs: number | undefined
  /** The session's id in a file's name, or `undefined` when it is no session's. */
  keyIn(file: string): string | undefined
}

interface Stretch {
  readonly keys: readonly string[]
  /** Where to go on; `undefined` at the end. */
  readonly last: string | undefined
}

const MARK = 'hf:'
const STEP = 1000
// Each takes some 50 ms of a processor.
const MOST_OPENED = 32
const MOST_KNOWN = 50_000

export const passesOver = (parts: PassParts): Passes => {
  const { files, sessions, directory, keyIn, pathOf, tidy, restMs } = parts
  let swept = ''
  const known = new Map<string, { readonly mtimeMs: number; readonly expiresAt: number }>()

  const stretch = async (after: string, limit: number): Promise<Stretch> => {
    const names = await files.disk.readdir(directory)
    const keys = names.flatMap((name) => keyIn(name) ?? []).filter((key) => key > after)
    const next = keys.sort().slice(0, limit)
    return { keys: next, last: keys.length > limit ? next.at(-1) : undefined }
  }

  const liveRows = async (keys: readonly string[], now: number): Promise<StoreListing[]> => {
    const rows = await eachOf(keys, async (key) => {
      const found = await sessions.read(key)
      return found && found.expiresAt > now ? [{ key, expiresAt: found.expiresAt }] : []
    })
    return rows.flat()
  }

  /** Those that may have expired, as far as their files say it from outside. */
  const rested = async (keys: readonly string[], now: number, rest: number): Promise<string[]> => {
    const due = await eachOf(keys, async (key) => {
      const stats = await files.disk.lstat(pathOf(key)).catch(ignoring('ENOENT'))
      if (stats === undefined || stats.mtimeMs + rest > now) return []
      const last = known.get(key)
      if (last?.mtimeMs === stats.mtimeMs && last.expiresAt > now) return []
      known.delete(key)
      known.set(key, { mtimeMs: stats.mtimeMs, expiresAt: 0 })
      if (known.size > MOST_KNOWN) known.delete(known.keys().next().value as string)
      return [key]
    })
    return due.flat()
  }

  const removeExpired = (key: string, call: StoreCall): Promise<number> =>
    sessions
      .change(key, call, (found) => {
        const last = known.get(key)
        if (last && found) known.set(key, { ...last, expiresAt: found.expiresAt })
        return found !== undefined && !(found.expiresAt > call.now) ? { answer: 1, remove: true } : { answer: 0 }
      })
      .catch((error: unknown) => {
        // Somebody else's file, which that one may read and this one may not.
        if (codeOf(error) === 'EACCES') return 0
        throw error
      })

  return {
    async page(cursor, limit, { now }) {
      const after = typeof cursor === 'string' && cursor.startsWith(MARK) ? cursor.slice(MARK.length) : ''
      const { keys, last } = await stretch(after, limit)
      const entries = await liveRows(keys, now)
      return last === undefined ? { entries } : { entries, cursor: MARK + last }
    },

    async count({ now, signal }) {
      let count = 0
      for (let after: string | undefined = ''; after !== undefined; ) {
        signal?.throwIfAborted()
        const { keys, last }: Stretch = await stretch(after, STEP)
        count += (await liveRows(keys, now)).length
        after = last
      }
      return count
    },

    async sweep(limit, call) {
      if (swept === '') await tidy()
      const { keys, last } = await stretch(swept, limit)
      const due = restMs === undefined ? keys : await rested(keys, call.now, restMs)
      const now = restMs === undefined ? due : due.slice(0, MOST_OPENED)
      // Before the work: one file that cannot be removed does not keep the sweep from all that come after it.
      swept = (now.length < due.length ? now.at(-1) : last) ?? ''
      const more = swept !== ''
      if (restMs === undefined) return { removed: sum(await eachOf(now, (key) => removeExpired(key, call))), more }
      let removed = 0
      // One after the other, so that requests find a free thread.
      for (const key of now) removed += await removeExpired(key, call)
      return { removed, more }
    },
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)
