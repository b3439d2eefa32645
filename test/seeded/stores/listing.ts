import type { ListQuery, StoreListing } from '../../../src/core/store.ts'
import { bug, pause, type SeededBug, type Sound } from './bug.ts'

const everything = (sound: Sound, now: number, owner?: string): readonly StoreListing[] => {
  const rows: StoreListing[] = []
  let cursor: string | undefined
  do {
    const page = sound.list({ limit: 1000, owner, ...(cursor === undefined ? {} : { cursor }) }, { now })
    rows.push(...page.entries)
    cursor = page.cursor
  } while (cursor !== undefined)
  return rows
}

/** Pages cut out of an array, as a store does that has its rows in order. */
const pageOf = (rows: readonly StoreListing[], { cursor, limit }: ListQuery) => {
  const from = /^\d+$/.test(cursor ?? '') ? Number(cursor) : 0
  const next = from + limit
  return { entries: rows.slice(from, next), ...(next < rows.length ? { cursor: String(next) } : {}) }
}

/** An index by owner that each method keeps up only as far as it is told to. */
const lazyIndex = (sound: Sound, forgetOn: { update: boolean; delete: boolean }) => {
  const owned = new Map<string, Map<string, StoreListing>>()
  const forget = (key: string) => {
    for (const rows of owned.values()) rows.delete(key)
  }
  const add = (key: string, entry: { owner?: string | undefined; expiresAt: number }) => {
    if (entry.owner === undefined) return
    const rows = owned.get(entry.owner) ?? new Map<string, StoreListing>()
    owned.set(entry.owner, rows.set(key, { key, owner: entry.owner, expiresAt: entry.expiresAt }))
  }
  const store: Partial<Sound> = {
    insert(key, entry, call) {
      const outcome = sound.insert(key, entry, call)
      if (outcome === 'inserted' && entry.expiresAt > call.now) add(key, entry)
      return outcome
    },
    update(key, entry, call) {
      const answer = sound.update(key, entry, call)
      if (answer.outcome === 'updated' && forgetOn.update) forget(key)
      if (answer.outcome === 'updated') add(key, entry)
      return answer
    },
    delete(key, call) {
      const outcome = sound.delete(key, call)
      if (outcome === 'deleted' && forgetOn.delete) forget(key)
      return outcome
    },
    list(query, call) {
      if (query.owner === undefined) return sound.list(query, call)
      const rows = [...(owned.get(query.owner)?.values() ?? [])]
      return pageOf(
        rows.filter((row) => row.expiresAt > call.now),
        query,
      )
    },
  }
  return store
}

/** Listings, counts and sweeps that are nearly right. */
export const listingBugs: readonly SeededBug[] = [
  bug('there is always a next page', ['list > of an empty store'], (sound) => ({
    list: (query, call) => ({ cursor: 'more', ...sound.list(query, call) }),
  })),

  bug('rows have the value', ['list > says key, deadline and owner'], (sound) => ({
    list(query, call) {
      const page = sound.list(query, call)
      return { ...page, entries: page.entries.map((row) => ({ ...row, value: sound.get(row.key, call)?.value })) }
    },
  })),

  bug('pages are longer than asked for', ['list > has every entry when nothing changes'], (sound) => ({
    list: (query, call) => sound.list({ ...query, limit: query.limit + 1 }, call),
  })),

  bug('pages by offset', ['list > has every entry that lives through the listing, while others go'], (sound) => ({
    list: (query, call) => pageOf(everything(sound, call.now, query.owner), query),
  })),

  bug(
    'pages by offset in an order that changes as entries come',
    ['list > has every entry that lives through the listing, while others come'],
    (sound) => ({
      list(query, call) {
        const rows = everything(sound, call.now, query.owner)
        return pageOf(rows.length % 2 ? rows : rows.toReversed(), query)
      },
    }),
  ),

  bug(
    'pages by offset in the order of the last write',
    ['list > has every entry that lives through the listing, while they change'],
    (sound) => {
      const written: string[] = []
      return {
        insert(key, entry, call) {
          written.push(key)
          return sound.insert(key, entry, call)
        },
        update(key, entry, call) {
          written.push(key)
          return sound.update(key, entry, call)
        },
        list(query, call) {
          const rows = [...everything(sound, call.now, query.owner)]
          rows.sort((a, b) => written.lastIndexOf(a.key) - written.lastIndexOf(b.key))
          return pageOf(rows, query)
        },
      }
    },
  ),

  bug('pages from a copy of the first moment', ['list > shows the deadline'], (sound) => {
    let copy: readonly StoreListing[] | undefined
    return {
      list(query, call) {
        copy ??= everything(sound, call.now)
        return pageOf(
          copy.filter((row) => query.owner === undefined || row.owner === query.owner),
          query,
        )
      },
    }
  }),

  bug('throws on a cursor that it did not make', ['list > with a cursor that the store did not make'], (sound) => ({
    list(query, call) {
      if (query.cursor !== undefined) JSON.parse(query.cursor.replace(/^\w+:/, ''))
      return sound.list(query, call)
    },
  })),

  bug('pages from the key that the cursor is', ['list > with a cursor that the store did not make'], (sound) => ({
    list(query, call) {
      const rows = everything(sound, call.now, query.owner).filter((row) => row.key > (query.cursor ?? ''))
      const entries = rows.toSorted((a, b) => (a.key < b.key ? -1 : 1)).slice(0, query.limit)
      return { entries, ...(entries.length < rows.length ? { cursor: entries.at(-1)!.key } : {}) }
    },
  })),

  bug('hands out its own rows', ['list > does not change what it lists'], (sound) => {
    const own = new Map<string, StoreListing>()
    return {
      list(query, call) {
        const page = sound.list(query, call)
        for (const row of page.entries) if (!own.has(row.key)) own.set(row.key, row)
        return { ...page, entries: page.entries.map((row) => own.get(row.key)!) }
      },
    }
  }),

  bug('rows have the first deadline', ['list > shows the deadline that update and touch have set'], (sound) => {
    const first = new Map<string, number>()
    return {
      insert(key, entry, call) {
        first.set(key, entry.expiresAt)
        return sound.insert(key, entry, call)
      },
      list(query, call) {
        const page = sound.list(query, call)
        return { ...page, entries: page.entries.map((row) => ({ ...row, expiresAt: first.get(row.key) ?? 0 })) }
      },
    }
  }),

  bug('compares owners without regard to case', ['list by owner > has the entries of exactly'], (sound) => ({
    list(query, call) {
      if (query.owner === undefined) return sound.list(query, call)
      const owner = query.owner.toLowerCase()
      return pageOf(
        everything(sound, call.now).filter((row) => row.owner?.toLowerCase() === owner),
        query,
      )
    },
  })),

  bug('has one page per owner', ['list by owner > has all entries'], (sound) => ({
    list(query, call) {
      const { cursor, ...page } = sound.list(query, call)
      return query.owner === undefined && cursor !== undefined ? { ...page, cursor } : page
    },
  })),

  bug('update leaves the index', ['list by owner > follows updates'], (sound) =>
    lazyIndex(sound, { update: false, delete: true }),
  ),
  bug('delete leaves the index', ['list by owner > forgets deleted entries'], (sound) =>
    lazyIndex(sound, { update: true, delete: false }),
  ),
  bug(
    'the index does not ask the record whose it is',
    ['list by owner > does not give an expired', 'list by owner > follows updates', 'list by owner > forgets deleted'],
    (sound) => {
      const owned = new Map<string, Set<string>>()
      return {
        insert(key, entry, call) {
          const outcome = sound.insert(key, entry, call)
          if (outcome === 'inserted')
            owned.set(String(entry.owner), (owned.get(String(entry.owner)) ?? new Set()).add(key))
          return outcome
        },
        list(query, call) {
          if (query.owner === undefined) return sound.list(query, call)
          const rows = [...(owned.get(query.owner) ?? [])].flatMap((key) => {
            const entry = sound.get(key, call)
            return entry ? [{ key, expiresAt: entry.expiresAt, owner: query.owner }] : []
          })
          return pageOf(rows, query)
        },
      }
    },
  ),

  bug('looks for owners page by page', ['list by owner > finds an owner'], (sound) => ({
    list({ owner, ...query }, call) {
      const page = sound.list(query, call)
      return owner === undefined ? page : { ...page, entries: page.entries.filter((row) => row.owner === owner) }
    },
  })),

  bug('count knows no owners', ['count > counts live entries'], (sound) => ({
    count: (_, call) => sound.count({}, call),
  })),

  bug('counts calls', ['count > follows every write', 'count > counts live entries'], (sound) => {
    let inserted = 0
    return {
      insert(key, entry, call) {
        inserted += 1
        return sound.insert(key, entry, call)
      },
      count: ({ owner }, call) => (owner === undefined ? inserted : sound.count({ owner }, call)),
    }
  }),

  bug('sweep removes what will expire soon', ['sweep > removes what has expired'], (sound) => ({
    sweep: (limit, call) => sound.sweep(limit, { now: call.now + 60_000 }),
  })),

  bug('sweep knows no limit', ['sweep > removes at most'], (sound) => ({
    sweep: (_, call) => sound.sweep(100_000, call),
  })),

  bug('sweep never gets around', ['sweep > removes at most', 'sweep > of an empty store'], (sound) => ({
    sweep: (limit, call) => ({ ...sound.sweep(limit, call), more: true }),
  })),

  bug('sweep counts what it looks at', ['sweep > of an empty store'], (sound) => ({
    sweep: (limit, call) => ({ ...sound.sweep(limit, call), removed: limit }),
  })),

  bug('sweep goes by the first deadline', ['sweep > goes by the deadline that update and touch have set'], (sound) => {
    const first = new Map<string, number>()
    return {
      insert(key, entry, call) {
        if (!first.has(key)) first.set(key, entry.expiresAt)
        return sound.insert(key, entry, call)
      },
      sweep(limit, call) {
        const due = [...first].filter(([, expiresAt]) => expiresAt <= call.now).slice(0, limit)
        for (const [key] of due) {
          sound.delete(key, { now: 0 })
          first.delete(key)
        }
        return { removed: due.length, more: due.length === limit }
      },
    }
  }),

  bug('sweep looks, waits and removes', ['sweep > does not remove the new entry'], (sound) => ({
    async sweep(limit, call) {
      const due = everything(sound, 0).filter((row) => row.expiresAt <= call.now)
      await pause()
      for (const { key } of due.slice(0, limit)) sound.delete(key, { now: 0 })
      return { removed: Math.min(due.length, limit), more: due.length > limit }
    },
  })),

  bug('sweep leaves the index', ['sweep > leaves nothing'], (sound) =>
    lazyIndex(sound, { update: true, delete: true }),
  ),
]
