import type { DeleteOwnedQuery, Store, StoreCall } from '../../../src/core/store.ts'
import { bug, pause, type SeededBug, type Sound } from './bug.ts'

type Method = NonNullable<Store['deleteOwned']>

/** This owner's keys, all of them or the live ones. */
const keysOf = (sound: Sound, owner: string, now: number): string[] =>
  sound.list({ owner, limit: 1000 }, { now }).entries.map(({ key }) => key)

const mistake = (
  name: string,
  breaks: readonly string[],
  method: (sound: Sound, query: DeleteOwnedQuery, call: StoreCall) => ReturnType<Method>,
): SeededBug =>
  bug(
    name,
    breaks.map((rule) => `deleteOwned > ${rule}`),
    (sound) => ({ deleteOwned: (query, call) => method(sound, query, call) }),
  )

/** Looks, and removes in a second step. */
const twoSteps =
  (look: (sound: Sound, query: DeleteOwnedQuery, call: StoreCall) => string[], claims = false) =>
  async (sound: Sound, query: DeleteOwnedQuery, call: StoreCall): Promise<string[]> => {
    const spared = new Set(query.except)
    const due = look(sound, query, call)
      .filter((key) => !spared.has(key))
      .slice(0, query.limit)
    await pause()
    return due.filter((key) => sound.delete(key, call) === 'deleted' || claims)
  }
const lookLive = (sound: Sound, { owner }: DeleteOwnedQuery, { now }: StoreCall) => keysOf(sound, owner, now)

/** Mistakes of `deleteOwned`. */
export const ownedBugs: readonly SeededBug[] = [
  mistake(
    'compares owners without regard to case',
    ['removes every entry of exactly', 'removes nothing for an owner'],
    (sound, query, call) => {
      if (typeof query.owner !== 'string') return [...keysOf(sound, 'user-1', call.now)]
      const owners = [query.owner, query.owner.toLowerCase(), query.owner.toUpperCase()]
      return owners.flatMap((owner) => sound.deleteOwned({ ...query, owner }, call)).slice(0, query.limit)
    },
  ),
  mistake('removes entries and does not say which', ['removes every entry of exactly'], (sound, query, call) => {
    sound.deleteOwned(query, call)
    return []
  }),
  mistake('knows no limit', ['takes no more than `limit`'], (sound, query, call) =>
    sound.deleteOwned({ ...query, limit: 1000 }, call),
  ),
  mistake('removes nothing where the limit makes no sense', ['takes no more than `limit`'], (sound, query, call) =>
    query.limit >= 1 ? sound.deleteOwned(query, call) : [],
  ),
  mistake('knows no except', ['leaves what `except` names', 'bears an `except`'], (sound, { owner, limit }, call) =>
    sound.deleteOwned({ owner, limit }, call),
  ),
  mistake('takes what it may not remove into its steps', ['leaves what `except` names'], (sound, query, call) => {
    const step = keysOf(sound, query.owner, call.now).slice(0, query.limit)
    return step.filter((key) => !query.except?.includes(key) && sound.delete(key, call) === 'deleted')
  }),
  mistake('fails on an except that is no list', ['bears an `except`'], (sound, query, call) =>
    sound.deleteOwned({ ...query, except: query.except?.map((key) => key.trim()) }, call),
  ),
  mistake('takes a text for a list of one', ['bears an `except`'], (sound, query, call) =>
    sound.deleteOwned({ ...query, except: ([] as string[]).concat(query.except ?? []) }, call),
  ),
  mistake('has room for a thousand parameters', ['bears an `except`'], (sound, query, call) => {
    if ((query.except?.length ?? 0) > 999) throw new Error('too many SQL variables')
    return sound.deleteOwned(query, call)
  }),
  mistake('removes what has expired, too', ['passes over expired entries'], (sound, query) =>
    sound.deleteOwned(query, { now: 0 }),
  ),
  mistake('has expired entries in its steps', ['passes over expired entries'], (sound, query, call) => {
    const step = keysOf(sound, query.owner, 0).filter((key) => !new Set(query.except).has(key))
    return step.slice(0, query.limit).filter((key) => sound.delete(key, call) === 'deleted')
  }),
  mistake('removes the entries that have no owner', ['removes nothing for an owner'], (sound, query, call) => {
    if (query.owner !== undefined) return sound.deleteOwned(query, call)
    const rows = sound.list({ limit: 1000 }, call).entries.filter(({ owner }) => owner === undefined)
    return rows.map(({ key }) => key).filter((key) => sound.delete(key, call) === 'deleted')
  }),
  bug('goes by the first owner', ['deleteOwned > goes by the owner that the entry has now'], (sound) => {
    const first = new Map<string, string | undefined>()
    return {
      insert(key, entry, call) {
        if (!first.has(key)) first.set(key, entry.owner)
        return sound.insert(key, entry, call)
      },
      deleteOwned: ({ owner, limit }, call) =>
        [...first.keys()]
          .filter((key) => first.get(key) === owner)
          .filter((key, index) => index < limit && sound.delete(key, call) === 'deleted'),
    }
  }),
  mistake(
    'looks, waits and answers what it saw',
    ['of several callers at once', 'when it races deletes'],
    twoSteps(lookLive, true),
  ),
  mistake('looks, waits and removes whoever has it then', ['when it races updates'], twoSteps(lookLive)),
  mistake('waits and empties the index', ['when it races inserts'], async (sound, query, call) => {
    const seen = lookLive(sound, query, call).slice(0, query.limit)
    await pause()
    const keys = seen.length > 0 ? sound.deleteOwned({ ...query, limit: 1000 }, call) : []
    return keys.filter((key) => seen.includes(key))
  }),
]
