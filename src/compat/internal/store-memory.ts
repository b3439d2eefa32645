import { isLater } from '../../core/answer.ts'
import type { Answer } from '../../index.ts'

/**
 * What this process remembers of the writes that it made through a store which cannot compare before it writes. With it, a
 * request that is slower than a logout beside it does not bring the session back, and one that is slower than another's write
 * merges instead of overwriting: within this process.
 */
export interface StoreMemory {
  /** What stands for the last write of an id that this process knows of. */
  revision(id: string): string
  isDead(id: string): boolean
  /** Has the store acknowledged its deletion? */
  isBuried(id: string): boolean
  wrote(id: string, revision: string): void
  /** From now on nothing is written under this id, until `wrote` says that it was made anew. */
  died(id: string): void
  /** The store has acknowledged the deletion: what it shows under this id from now on is somebody else's. */
  buried(id: string): void
  /** The store has said that it could not delete it. */
  survived(id: string): void
  /** Found in the store after it was buried: another process, or the application itself, has put it there. */
  found(id: string): void
  /** Runs writes of one id one after the other: at once if none is under way. */
  inOrder<T>(id: string, act: () => Answer<T>): Answer<T>
}

interface Known {
  revision: string
  state: 'alive' | 'dying' | 'dead'
}

/** More sessions than a process has requests for at a time, by far. */
const MOST = 50_000
const NEVER_WRITTEN = '-'

const memories = new WeakMap<object, StoreMemory>()

/** The memory of a store: the same for everything that uses this store. */
export function memoryOf(store: object): StoreMemory {
  const there = memories.get(store)
  if (there) return there
  const made = storeMemory()
  memories.set(store, made)
  return made
}

function storeMemory(): StoreMemory {
  const known = new Map<string, Known>()
  const underWay = new Map<string, Promise<unknown>>()

  const note = (id: string, revision: string, state: Known['state']): void => {
    known.delete(id)
    known.set(id, { revision, state })
    if (known.size > MOST) known.delete(known.keys().next().value as string)
  }

  return {
    revision: (id) => known.get(id)?.revision ?? NEVER_WRITTEN,
    isDead: (id) => (known.get(id)?.state ?? 'alive') !== 'alive',
    isBuried: (id) => known.get(id)?.state === 'dead',
    wrote: (id, revision) => note(id, revision, 'alive'),
    died: (id) => note(id, `${NEVER_WRITTEN}${id}`, 'dying'),
    buried(id) {
      const it = known.get(id)
      if (it?.state === 'dying') it.state = 'dead'
    },
    survived(id) {
      const it = known.get(id)
      if (it?.state === 'dying') it.state = 'alive'
    },
    found(id) {
      const it = known.get(id)
      if (it?.state === 'dead') it.state = 'alive'
    },
    inOrder(id, act) {
      const before = underWay.get(id)
      const answer = before ? before.then(act, act) : act()
      if (!isLater(answer)) return answer
      const mine = Promise.resolve(answer)
      underWay.set(id, mine)
      const leave = (): void => {
        if (underWay.get(id) === mine) underWay.delete(id)
      }
      mine.then(leave, leave)
      return mine
    },
  }
}
