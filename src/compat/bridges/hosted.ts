import { randomText } from '../../core/random.ts'
import type { InPlaceStore } from '../../core/store.ts'
import type { Store, StoreEntry } from '../../index.ts'
import { keyOf } from '../internal/engine.ts'

/**
 * A Holdfast store as other middleware use one: get, set and destroy by id, without revisions. The last write wins, as that
 * middleware has it; but what is expired is absent, and a session that ended is not brought back by a request that read it
 * before, within this process.
 */
export interface Hosted {
  /** The stored text, and when it ends. */
  load(id: string): Promise<StoreEntry | undefined>
  /** Creates or overwrites. False if the session ended since this process read it: then nothing was written. */
  save(id: string, value: string, expiresAt: number): Promise<boolean>
  touch(id: string, expiresAt: number): Promise<void>
  remove(id: string): Promise<void>
}

/** As many ids as this process remembers to have seen alive. */
const MOST = 50_000

export function hosted(store: Store): Hosted {
  const seen = new Set<string>()
  const now = (): { readonly now: number } => ({ now: Date.now() })

  const remember = (id: string): void => {
    seen.delete(id)
    seen.add(id)
    if (seen.size > MOST) seen.delete(seen.values().next().value as string)
  }
  const entryOf = (value: string, expiresAt: number): StoreEntry => {
    const revision = (store as Partial<InPlaceStore>).revisionOf?.(value) ?? randomText(8)
    return { value, expiresAt: Math.round(expiresAt), revision }
  }

  return {
    async load(id) {
      const entry = await store.get(keyOf(store, id), now())
      if (entry) remember(id)
      return entry
    },

    async save(id, value, expiresAt) {
      const key = keyOf(store, id)
      const entry = entryOf(value, expiresAt)
      for (;;) {
        const there = await store.get(key, now())
        if (there) {
          const { outcome } = await store.update(key, entry, { ...now(), ifRevision: there.revision })
          if (outcome === 'updated') break
        } else if (seen.has(id)) return false
        else if ((await store.insert(key, entry, now())) === 'inserted') break
      }
      remember(id)
      return true
    },

    async touch(id, expiresAt) {
      const key = keyOf(store, id)
      for (;;) {
        const there = await store.get(key, now())
        if (!there) return
        const outcome = await store.touch(key, Math.round(expiresAt), { ...now(), ifRevision: there.revision })
        if (outcome !== 'conflict') return
      }
    },

    async remove(id) {
      await store.delete(keyOf(store, id), now())
      // Whoever read it before must not write it again.
      remember(id)
    },
  }
}
