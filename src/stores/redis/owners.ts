/**
 * The index of each owner's sessions: a sorted set with the sessions' keys, scored by the instant until which they are in it.
 *
 * It is a hint; the record decides whom a session belongs to. It is written before the record and lasts longer, so no
 * live record is missed, and what it names in vain is passed over. An entry is taken out when its record was removed or given to
 * another owner, and only if nobody has put it in anew; when its time is over it goes by itself, and so does the set.
 */

import { type Calls, text } from './calls.ts'
import { encodeKey, encodeOwner, type Names } from './names.ts'
import { INDEX_ADD, INDEX_PAGE, INDEX_REMOVE } from './scripts.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** The last one of a page: until when, and the session as the index has it. */
export type Place = readonly [until: string, member: string]

export interface OwnerPage {
  /** Sessions as the index has them (`decodeKey`), and until when. */
  readonly places: readonly Place[]
  /** Present when there may be more. */
  readonly last: Place | undefined
}

export interface Owners {
  /** Puts a session into the index for a record that ends at `expiresAt`. Resolves with until when it is in. */
  add(act: string, ownerText: string, key: string, expiresAt: number, now: number): Promise<number>
  /** Takes out what a record noted of it (16 digits until when, the owner's field), and does not wait for it. */
  forget(key: string, note: string): void
  page(act: string, owner: string, after: Place | undefined, count: number): Promise<OwnerPage>
}

export const ownersOf = (calls: Calls, names: Names, skew: number): Owners => ({
  async add(act, ownerText, key, expiresAt, now) {
    // Longer than the session, so that one that goes on being used does not come here with each touch.
    const slack = Math.min(Math.max(expiresAt - now, HOUR_MS), DAY_MS)
    const until = Math.min(Math.ceil(expiresAt + slack), Number.MAX_SAFE_INTEGER)
    const args = [encodeKey(key), String(Math.max(until, 0)), String(Math.floor(now) - skew), String(skew)]
    return Number(await calls.run(act, INDEX_ADD, names.index(ownerText), args))
  },

  forget(key, note) {
    if (note === '') return
    // What remains when this fails is passed over.
    const [until, ownerText] = [note.slice(0, 16), note.slice(20)]
    const remove = async () => calls.run('tidy an index', INDEX_REMOVE, names.index(ownerText), [encodeKey(key), until])
    remove().catch(() => undefined)
  },

  async page(act, owner, after, count) {
    const args = [...(after ?? ['', '']), String(count)]
    const name = names.index(encodeOwner(owner))
    const flat = await calls.list(act, INDEX_PAGE, name, args)
    const places: Place[] = []
    for (let at = 0; at + 1 < flat.length; at += 2) places.push([text(flat[at + 1]), text(flat[at])])
    return { places, last: places.length < count ? undefined : places.at(-1) }
  },
})
