import type { Store } from '../../../src/core/store.ts'
import { bug, entryBug, type SeededBug, type Sound } from './bug.ts'

/** Asks with another clock than the caller's. */
const withClock = (sound: Sound, methods: readonly (keyof Store)[], clock: (now: number) => number): Partial<Store> => {
  const shift = <Call extends { readonly now: number }>(call: Call): Call => ({ ...call, now: clock(call.now) })
  const all: Partial<Store> = {
    get: (key, call) => sound.get(key, shift(call)),
    insert: (key, entry, call) => sound.insert(key, entry, shift(call)),
    update: (key, entry, call) => sound.update(key, entry, shift(call)),
    touch: (key, expiresAt, call) => sound.touch(key, expiresAt, shift(call)),
    delete: (key, call) => sound.delete(key, shift(call)),
    list: (query, call) => sound.list(query, shift(call)),
    count: (query, call) => sound.count(query, shift(call)),
    sweep: (limit, call) => sound.sweep(limit, shift(call)),
  }
  return Object.fromEntries(methods.map((method) => [method, all[method]]))
}

const REQUIRED = ['get', 'insert', 'update', 'touch', 'delete'] as const
const DATING = [...REQUIRED, 'list', 'count'] as const

/** Clocks and deadlines that are nearly right. */
export const expiryBugs: readonly SeededBug[] = [
  ...DATING.flatMap((method) => [
    bug(`${method} finds the entry at T`, [`expiry > ${method}`], (sound) =>
      withClock(sound, [method], (now) => now - 1),
    ),
    bug(`${method} misses the entry at T-1`, [`expiry > ${method}`], (sound) =>
      withClock(sound, [method], (now) => now + 1),
    ),
    bug(`${method} does not know of deadlines`, [`expiry > ${method}`], (sound) => withClock(sound, [method], () => 0)),
  ]),

  bug('compares the revision before the deadline', ['expiry > another revision is a conflict'], (sound) => ({
    touch(key, expiresAt, call) {
      const ghost = sound.get(key, { now: 0 })
      return ghost && ghost.revision !== call.ifRevision ? 'conflict' : sound.touch(key, expiresAt, call)
    },
  })),

  bug(
    'sweep is a millisecond early',
    ['expiry > all of this is the same after a sweep', 'sweep > removes what'],
    (sound) => withClock(sound, ['sweep'], (now) => now + 1),
  ),

  bug('rounds the clock', ["expiry > the caller's clock may have a fraction"], (sound) =>
    withClock(sound, DATING, Math.round),
  ),

  bug('expires by its own clock', ["expiry > it is the caller's clock", 'expiry > get'], (sound) =>
    withClock(sound, DATING, () => Date.now()),
  ),

  bug('takes the later one of two clocks', ["expiry > it is the caller's clock"], (sound) => {
    let latest = 0
    return withClock(sound, DATING, (now) => {
      latest = Math.max(latest, now === 0 ? Number.MAX_SAFE_INTEGER : now)
      return latest
    })
  }),

  entryBug('keeps deadlines in seconds', ['expiry > deadlines are kept to the millisecond'], {
    in: (entry) => ({ ...entry, expiresAt: Math.ceil(entry.expiresAt / 1_000) * 1_000 }),
  }),

  entryBug('keeps deadlines to 2106', ['expiry > deadlines are kept to the millisecond'], {
    in: (entry) => ({ ...entry, expiresAt: Math.min(entry.expiresAt, 2 ** 32 * 1_000) }),
  }),
]
