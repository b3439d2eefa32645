import { andThen, isLater } from '../../core/answer.ts'
import type { Answer, Store, StoreEntry } from '../../index.ts'
import type { StoreMemory } from './store-memory.ts'

/** The calls of another library's store, for one request. They answer at once or later, and fail as that store fails. */
export interface ForeignCalls {
  readonly get: (id: string) => Answer<object | undefined>
  /** Creates or overwrites. The entry's value is the whole session as JSON text. */
  readonly set: (id: string, entry: StoreEntry) => Answer<unknown>
  /** Anything but `'gone'` says that it is there. */
  readonly touch: (id: string, expiresAt: number) => Answer<unknown>
  readonly destroy: (id: string) => Answer<unknown>
}

/** An entry as another library's store has it: an object, which may hold what JSON text does not (dates, ids). */
export interface ForeignEntry extends StoreEntry {
  readonly raw: object
}

export const isForeign = (entry: StoreEntry): entry is ForeignEntry => 'raw' in entry

/** Such a store does not tell when its sessions end. It is asked, and what it answers is alive. */
const UNKNOWN = 8.64e15

/**
 * Another library's store as the engine uses one. It is called as that library would call it: `set` without asking before,
 * `touch` and `destroy` whether or not there is something. What it cannot do, compare before it writes, is made up for within
 * this process by the memory.
 */
export function foreignStore(name: string, memory: StoreMemory, calls: ForeignCalls): Store {
  const entryOf = (raw: object, revision: string): ForeignEntry => ({ value: '', raw, revision, expiresAt: UNKNOWN })

  return {
    name,

    get(id) {
      // From before the question: what is written meanwhile may or may not be in the answer.
      const revision = memory.revision(id)
      // What is seen of one that is still being deleted may have been seen before the deletion.
      const wasBuried = memory.isBuried(id)
      return andThen(calls.get(id), (raw) => {
        if (!raw) return undefined
        if (wasBuried) memory.found(id)
        return entryOf(raw, revision)
      })
    },

    insert(id, entry) {
      return memory.inOrder(id, () => {
        memory.wrote(id, entry.revision)
        return andThen(calls.set(id, entry), () => 'inserted' as const)
      })
    },

    update(id, entry, { ifRevision }) {
      return memory.inOrder(id, () => {
        if (memory.isDead(id)) return GONE
        const revision = memory.revision(id)
        if (revision !== ifRevision) {
          return andThen(calls.get(id), (raw) =>
            raw ? { outcome: 'conflict' as const, current: entryOf(raw, revision) } : GONE,
          )
        }
        // Noted before it is known to have happened: whoever comes next looks again.
        memory.wrote(id, entry.revision)
        return andThen(calls.set(id, entry), () => UPDATED)
      })
    },

    touch(id, expiresAt) {
      return memory.inOrder(id, () =>
        memory.isDead(id)
          ? 'gone'
          : andThen(calls.touch(id, expiresAt), (said) => (said === 'gone' ? 'gone' : 'touched')),
      )
    },

    delete(id, { ifRevision }) {
      const end = (): Answer<'deleted'> => {
        // Again, because a deletion before this one may have failed.
        memory.died(id)
        const buried = (): 'deleted' => {
          memory.buried(id)
          return 'deleted'
        }
        const failed = (error: unknown): never => {
          // It is there, and requests that find it must be able to keep what they do.
          memory.survived(id)
          throw error
        }
        let answer: Answer<unknown>
        try {
          answer = calls.destroy(id)
        } catch (error) {
          return failed(error)
        }
        return isLater(answer) ? answer.then(buried, failed) : buried()
      }
      // Without a condition it is dead at once, for writes that wait for their turn too.
      if (ifRevision === undefined) memory.died(id)
      return memory.inOrder(id, (): Answer<'deleted' | 'gone' | 'conflict'> => {
        if (ifRevision === undefined) return end()
        if (memory.isDead(id)) return 'gone'
        return memory.revision(id) === ifRevision ? end() : 'conflict'
      })
    },
  }
}

const GONE = { outcome: 'gone' } as const
const UPDATED = { outcome: 'updated' } as const
