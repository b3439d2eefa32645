import type { StoreEntry } from '../../../src/core/store.ts'
import { bug, entryBug, type SeededBug } from './bug.ts'

const value = (change: (text: string) => string) => (entry: StoreEntry) => ({
  ...entry,
  // What is not text is the store's to refuse.
  value: typeof entry.value === 'string' ? change(entry.value) : entry.value,
})

const utf8 = (text: string) => Buffer.from(text).toString()
const cut = (bytes: number) => (text: string) => Buffer.from(text).subarray(0, bytes).toString()

/** Text that comes back changed, and objects that are shared. */
export const valueBugs: readonly SeededBug[] = [
  entryBug('trims values', ['values > text comes back exactly: empty'], { in: value((text) => text.trim()) }),
  entryBug('turns numbers into numbers', ['values > text comes back exactly: empty'], {
    out: value((text) => (/^\d+$/.test(text) ? String(Number(text)) : text)),
  }),
  entryBug('normalizes values', ['values > text comes back exactly: empty'], { in: value((text) => text.normalize()) }),
  entryBug('keeps Latin-1', ['values > text comes back exactly: empty'], {
    in: value((text) => Buffer.from(text, 'latin1').toString('latin1')),
  }),
  entryBug('keeps values as UTF-8', ['values > text comes back exactly: lone'], { in: value(utf8) }),
  entryBug('ends values at U+0000', ['values > text comes back exactly: lone'], {
    in: value((text) => text.split('\0', 1).join()),
  }),
  entryBug('cuts values at 65,535 bytes', ['values > a value of 64 KiB'], { in: value(cut(65_535)) }),
  entryBug('cuts values at 1,048,575 bytes', ['values > a value of 1 MiB'], { in: value(cut(1_048_575)) }),

  entryBug('trims revisions', ['values > revisions come back exactly'], {
    in: (entry) => ({
      ...entry,
      revision: typeof entry.revision === 'string' ? entry.revision.trim() || '-' : entry.revision,
    }),
  }),
  entryBug('cuts owners at 191 characters', ['values > owners come back exactly'], {
    in: (entry) => (typeof entry.owner === 'string' ? { ...entry, owner: entry.owner.slice(0, 191) } : entry),
  }),
  entryBug('normalizes owners', ['values > owners come back exactly', 'list by owner > has the entries of exactly'], {
    in: (entry) => (typeof entry.owner === 'string' ? { ...entry, owner: entry.owner.normalize() } : entry),
  }),

  bug('get hands out the entry itself', ['values > what get returns is a copy'], (sound) => {
    const live = new Map<string, StoreEntry>()
    return {
      get(key, call) {
        const entry = sound.get(key, call)
        const known = live.get(key)
        if (entry && known?.revision === 'spoiled') return known
        if (entry) live.set(key, entry)
        return entry
      },
    }
  }),

  bug('a conflict hands out the entry itself', ['values > what a conflict returns is a copy'], (sound) => {
    const handedOut = new Map<string, StoreEntry>()
    return {
      get: (key, call) => (sound.get(key, call) && handedOut.get(key)) || sound.get(key, call),
      update(key, entry, call) {
        const answer = sound.update(key, entry, call)
        if (answer.outcome === 'conflict') handedOut.set(key, answer.current)
        else handedOut.delete(key)
        return answer
      },
    }
  }),

  ...(['insert', 'update'] as const).map((method) =>
    bug(`${method} keeps the object that it is given`, ['values > what insert and update were given'], (sound) => {
      const given = new Map<string, StoreEntry>()
      return {
        get(key, call) {
          const entry = sound.get(key, call)
          const object = given.get(key)
          return entry && object ? object : entry
        },
        insert(key, entry, call) {
          const outcome = sound.insert(key, entry, call)
          if (outcome === 'inserted' && method === 'insert') given.set(key, entry)
          return outcome
        },
        update(key, entry, call) {
          const answer = sound.update(key, entry, call)
          if (answer.outcome === 'updated') given.delete(key)
          if (answer.outcome === 'updated' && method === 'update') given.set(key, entry)
          return answer
        },
      }
    }),
  ),
]
