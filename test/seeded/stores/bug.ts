/** A store with one mistake, made from the memory store, and the rules of the suite that have to find it. */

import type { Store, StoreEntry } from '../../../src/core/store.ts'
import { type MemoryStore, memoryStore } from '../../../src/stores/memory.ts'
import type { OpenedStore, StoreSuiteOptions } from '../../../src/testing/index.ts'

export interface SeededBug {
  readonly name: string
  /** `chapter > title` of each rule, or as much from the front as one rule has for itself. */
  readonly breaks: readonly string[]
  readonly open: () => OpenedStore
  /** What the suite is told besides. Without: a memory store's weaknesses. */
  readonly suite?: Partial<StoreSuiteOptions>
}

/** The store that the mistakes are made in, its methods as they should be. */
export type Sound = MemoryStore

export const bug = (name: string, breaks: readonly string[], mistake: (sound: Sound) => Partial<Store>): SeededBug => ({
  name,
  breaks,
  open: () => {
    const sound = memoryStore()
    return { store: { ...sound, ...mistake(sound) } }
  },
})

/** The mistake is made with whatever goes in or comes out as an entry. */
export const entryBug = (
  name: string,
  breaks: readonly string[],
  change: { in?: (entry: StoreEntry) => StoreEntry; out?: (entry: StoreEntry) => StoreEntry },
): SeededBug =>
  bug(name, breaks, (sound) => {
    const { in: into = (entry) => entry, out = (entry) => entry } = change
    return {
      get(key, call) {
        const entry = sound.get(key, call)
        return entry && out(entry)
      },
      insert: (key, entry, call) => sound.insert(key, into(entry), call),
      update(key, entry, call) {
        const answer = sound.update(key, into(entry), call)
        return answer.outcome === 'conflict' ? { ...answer, current: out(answer.current) } : answer
      },
    }
  })

/** The mistake is made with every key. */
export const keyBug = (name: string, breaks: readonly string[], change: (key: string) => string): SeededBug =>
  bug(name, breaks, (sound) => ({
    get: (key, call) => sound.get(change(key), call),
    insert: (key, entry, call) => sound.insert(change(key), entry, call),
    update: (key, entry, call) => sound.update(change(key), entry, call),
    touch: (key, expiresAt, call) => sound.touch(change(key), expiresAt, call),
    delete: (key, call) => sound.delete(change(key), call),
  }))

/** Long enough for every other call that was started to take its first step. */
export const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Writes whatever is there. */
export function overwrite(sound: Sound, key: string, entry: StoreEntry, now: number): void {
  sound.delete(key, { now })
  sound.insert(key, entry, { now })
}
