import type { Store, StoreEntry } from '../../src/core/store.ts'

/** The store port in its fewest words: what other stores are compared with. One caller at a time, no checks of input. */
export function modelStore(): Store {
  const entries = new Map<string, StoreEntry>()
  const live = (key: string, now: number) => {
    const entry = entries.get(key)
    return entry && entry.expiresAt > now ? entry : undefined
  }
  const rows = (owner: string | undefined, now: number) =>
    [...entries].filter(([key, entry]) => live(key, now) && (owner === undefined || entry.owner === owner))

  return {
    name: 'model',
    get: (key, { now }) => live(key, now),
    insert(key, entry, { now }) {
      if (live(key, now)) return 'taken'
      entries.set(key, entry)
      return 'inserted'
    },
    update(key, entry, { now, ifRevision }) {
      const current = live(key, now)
      if (!current) return { outcome: 'gone' }
      if (current.revision !== ifRevision) return { outcome: 'conflict', current }
      entries.set(key, entry)
      return { outcome: 'updated' }
    },
    touch(key, expiresAt, { now, ifRevision }) {
      const current = live(key, now)
      if (!current) return 'gone'
      if (current.revision !== ifRevision) return 'conflict'
      entries.set(key, { ...current, expiresAt })
      return 'touched'
    },
    delete(key, { now, ifRevision }) {
      const current = live(key, now)
      if (!current) return 'gone'
      if (ifRevision !== undefined && current.revision !== ifRevision) return 'conflict'
      entries.delete(key)
      return 'deleted'
    },
    list: ({ owner }, { now }) => ({
      entries: rows(owner, now).map(([key, entry]) => ({ key, expiresAt: entry.expiresAt, owner: entry.owner })),
    }),
    count: ({ owner }, { now }) => rows(owner, now).length,
    deleteOwned({ owner, except = [], limit }, { now }) {
      const due = rows(owner, now).map(([key]) => key)
      const keys = due.filter((key) => !except.includes(key)).slice(0, limit)
      for (const key of keys) entries.delete(key)
      return keys
    },
    sweep: () => ({ removed: 0, more: false }),
  }
}
