/** What goes over all sessions of a folder. They lie in one, as the other library puts them, so its names are read as a whole. */

import type { ListPage, StoreCall, StoreListing, SweepResult } from '../../core/store.ts'
import { codeOf, type Files } from '../../stores/file/disk.ts'
import { eachOf } from '../../stores/file/passes.ts'
import type { Found, Sessions } from './sessions.ts'

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

export const passesOver = ({ files, sessions, directory, keyIn }: PassParts): Passes => {
  let swept = ''

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
      const isOver = (found: Found | undefined): boolean => found !== undefined && !(found.expiresAt > call.now)
      const { keys, last } = await stretch(swept, limit)
      // Before the work: one file that cannot be removed does not keep the sweep from all that come after it.
      swept = last ?? ''
      const removed = await eachOf(keys, (key) =>
        sessions
          .change(key, call, (found) => (isOver(found) ? { answer: 1, remove: true } : { answer: 0 }))
          .catch((error: unknown) => {
            // Somebody else's file, which that one may read and this one may not.
            if (codeOf(error) === 'EACCES') return 0
            throw error
          }),
      )
      return { removed: removed.reduce((sum, one) => sum + one, 0), more: last !== undefined }
    },
  }
}
