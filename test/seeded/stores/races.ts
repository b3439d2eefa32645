import type { StoreEntry, UpdateOutcome } from '../../../src/core/store.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { bug, overwrite, pause, type SeededBug } from './bug.ts'

/** Comparing and writing in two steps. */
export const raceBugs: readonly SeededBug[] = [
  bug(
    'insert looks, waits and writes',
    ['races > of 50 inserts of one key', 'races > of 50 inserts over'],
    (sound) => ({
      async insert(key, entry, call) {
        if (sound.get(key, call)) return 'taken'
        const outcome = sound.insert(key, entry, { now: Infinity }) // Throws on what cannot be kept.
        await pause()
        overwrite(sound, key, entry, call.now)
        return outcome
      },
    }),
  ),

  bug('insert removes what has expired, waits and writes', ['races > of 50 inserts over an expired'], (sound) => ({
    async insert(key, entry, call) {
      const old = sound.get(key, { now: 0 })
      if (!old || old.expiresAt > call.now) return sound.insert(key, entry, call)
      await pause()
      overwrite(sound, key, entry, call.now)
      return 'inserted'
    },
  })),

  bug(
    'update compares, waits and writes',
    ['races > of 50 updates', 'races > 20 writers', 'races > after a delete that races updates'],
    (sound) => ({
      async update(key, entry, call): Promise<UpdateOutcome> {
        const current = sound.get(key, call)
        if (current?.revision !== call.ifRevision) return sound.update(key, entry, call)
        await pause()
        overwrite(sound, key, entry, call.now)
        return { outcome: 'updated' }
      },
    }),
  ),

  bug('a conflict returns what was there before', ['races > of 50 updates'], (sound) => {
    const before = new Map<string, StoreEntry>()
    return {
      update(key, entry, call) {
        const current = sound.get(key, call)
        const answer = sound.update(key, entry, call)
        if (answer.outcome === 'updated' && current) before.set(key, current)
        return answer.outcome === 'conflict' ? { ...answer, current: before.get(key) ?? answer.current } : answer
      },
    }
  }),

  bug('delete compares, waits and deletes', ['races > of an update and a delete'], (sound) => ({
    async delete(key, call) {
      const current = sound.get(key, call)
      if (!current || (call.ifRevision !== undefined && current.revision !== call.ifRevision))
        return sound.delete(key, call)
      await pause()
      return sound.delete(key, { now: call.now })
    },
  })),

  bug(
    'touch reads, waits and saves',
    ['races > an update that races touches', 'races > after a delete that races touches'],
    (sound) => ({
      async touch(key, expiresAt, call) {
        const current = sound.get(key, call)
        const outcome = sound.touch(key, expiresAt, call)
        await pause()
        if (outcome === 'touched' && current) overwrite(sound, key, { ...current, expiresAt }, call.now)
        return outcome
      },
    }),
  ),

  bug('update compares with what it remembers', ['races > a late write does not match'], (sound) => {
    const remembered = new Map<string, string>()
    return {
      insert(key, entry, call) {
        const outcome = sound.insert(key, entry, call)
        if (outcome === 'inserted' && !remembered.has(key)) remembered.set(key, entry.revision)
        return outcome
      },
      async update(key, entry, call): Promise<UpdateOutcome> {
        if (remembered.get(key) !== call.ifRevision) return sound.update(key, entry, call)
        await pause()
        const current = sound.get(key, call)
        return sound.update(key, entry, { ...call, ifRevision: current?.revision ?? '' })
      },
    }
  }),

  bug('has a queue of ten', ['races > 50 inserts of different keys'], (sound) => {
    let waiting = 0
    return {
      async insert(key, entry, call) {
        if (waiting >= 10) return 'taken'
        waiting += 1
        await pause()
        waiting -= 1
        return sound.insert(key, entry, call)
      },
    }
  }),

  {
    name: 'locks within one store object only',
    breaks: ['races > both hold for two store objects'],
    suite: { weaknesses: ['evicts'], processes: { module: 'none', address: () => '' } },
    open: () => {
      const shared = memoryStore()
      const object = () => {
        let last: Promise<unknown> = Promise.resolve()
        return {
          ...shared,
          close: () => undefined,
          insert: (key: string, entry: StoreEntry, call: { now: number }) => {
            const turn = last.then(async () => {
              if (shared.get(key, call)) return 'taken' as const
              await pause()
              overwrite(shared, key, entry, call.now)
              return 'inserted' as const
            })
            last = turn
            return turn
          },
        }
      }
      return { store: object(), reopen: object }
    },
  },
]
