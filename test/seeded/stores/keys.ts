import { posix } from 'node:path'
import { SessionError } from '../../../src/core/errors.ts'
import type { StoreEntry } from '../../../src/core/store.ts'
import { bug, keyBug, type SeededBug } from './bug.ts'

const text = (change: (key: string) => string) => (key: string) => (typeof key === 'string' ? change(key) : key)

const isBad = (entry: StoreEntry) =>
  Object.values(entry).some((field) => typeof field !== 'string' && !Number.isInteger(field))

/** Keys that become other keys, and input that is taken as it comes. */
export const keyBugs: readonly SeededBug[] = [
  keyBug(
    'takes keys for paths',
    ['keys > that look like paths'],
    text((key) => (key ? posix.normalize(key) : key)),
  ),
  keyBug(
    'drops dots and spaces at the end',
    ['keys > that name devices'],
    text((key) => key.replace(/(?<=.)[. ]+$/, '')),
  ),
  keyBug(
    'does not tell upper from lower case',
    ['keys > that differ by case'],
    text((key) => key.toLowerCase()),
  ),
  keyBug(
    'hashes what is in braces only',
    ['keys > with braces'],
    text((key) => /\{(.+?)\}/.exec(key)?.[1] ?? key),
  ),
  keyBug(
    'cuts keys at 254 characters',
    ['keys > of 255 characters'],
    text((key) => key.slice(0, 254)),
  ),
  keyBug(
    'turns keys into text',
    ['keys > that are not text find nothing', 'keys > that are not text are refused'],
    (key) => {
      try {
        return String(key)
      } catch {
        return key
      }
    },
  ),

  bug('keeps keys in an object', ['keys > that name members of Object.prototype'], (sound) => {
    const seen: Record<string, unknown> = {}
    return {
      insert(key, entry, call) {
        if (typeof key !== 'string') return sound.insert(key, entry, call)
        if (seen[key] && !sound.get(key, call)) return 'taken'
        return sound.insert(key, entry, call)
      },
    }
  }),

  bug('writes on Object.prototype', ['keys > leave Object.prototype as it is'], (sound) => {
    const counters: Record<string, Record<string, unknown>> = {}
    return {
      insert(key, entry, call) {
        const outcome = sound.insert(key, entry, call)
        counters[key] ??= {}
        counters[key].polluted = true
        return outcome
      },
    }
  }),

  bug('delete takes the key for a pattern', ['keys > with pattern characters'], (sound) => ({
    delete(key, call) {
      const outcome = sound.delete(key, call)
      if (outcome !== 'deleted' || !key.endsWith('*')) return outcome
      for (const row of sound.list({ limit: 1000 }, call).entries) {
        if (row.key.startsWith(key.slice(0, -1))) sound.delete(row.key, { now: call.now })
      }
      return outcome
    },
  })),

  bug('get throws on what is not a key', ['keys > of another shape (empty'], (sound) => ({
    get(key, call) {
      if (typeof key === 'string' && !/^[ -~]{1,255}$/.test(key))
        throw new SessionError('ERR_SESSION_KEY', 'Not a key.')
      return sound.get(key, call)
    },
  })),

  keyBug(
    'cuts long keys',
    ['keys > of another shape are refused'],
    text((key) => key.slice(0, 255)),
  ),

  bug('repeats a bad key in the message', ['keys > of another shape are refused'], (sound) => ({
    insert(key, entry, call) {
      if (typeof key === 'string' && key.includes('\0')) throw new SessionError('ERR_SESSION_KEY', `Not a key: ${key}`)
      return sound.insert(key, entry, call)
    },
  })),

  bug('refuses a bad key without the code', ['keys > that are not text are refused'], (sound) => ({
    insert(key, entry, call) {
      if (typeof key !== 'string') throw new TypeError('Not a key.')
      return sound.insert(key, entry, call)
    },
  })),

  ...[
    { what: 'no owner', mend: (entry: StoreEntry) => ({ ...entry, owner: entry.owner || undefined }) },
    { what: 'for ever', mend: (entry: StoreEntry) => ({ ...entry, expiresAt: entry.expiresAt || 8.64e15 }) },
    { what: 'whole milliseconds', mend: (entry: StoreEntry) => ({ ...entry, expiresAt: Math.floor(entry.expiresAt) }) },
    { what: 'text', mend: (entry: StoreEntry) => ({ ...entry, value: String(entry.value) }) },
    {
      what: 'the first 64 characters',
      mend: (entry: StoreEntry) => ({ ...entry, revision: entry.revision?.slice?.(0, 64) }),
    },
  ].map(({ what, mend }) =>
    bug(
      `takes a bad entry for ${what}`,
      ['what cannot be kept > insert refuses', 'what cannot be kept > update refuses'],
      (sound) => ({
        insert: (key, entry, call) => sound.insert(key, mend(entry), call),
        update: (key, entry, call) => sound.update(key, mend(entry), call),
      }),
    ),
  ),

  bug('update takes what is not text', ['what cannot be kept > update refuses'], (sound) => ({
    update: (key, entry, call) => (isBad(entry) ? { outcome: 'updated' } : sound.update(key, entry, call)),
  })),

  bug('touch rounds deadlines', ['what cannot be kept > touch refuses'], (sound) => ({
    touch: (key, expiresAt, call) => sound.touch(key, Math.round(expiresAt), call),
  })),

  bug('an owner that is missing is everybody', ['what cannot be kept > list and count find nothing'], (sound) => ({
    list: ({ owner, ...query }, call) => sound.list(owner ? { ...query, owner } : query, call),
  })),
]
