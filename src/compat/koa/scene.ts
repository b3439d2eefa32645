import type { SessionRecord } from '../../core/record.ts'
import type { InPlaceStore } from '../../core/store.ts'
import type { Visit } from '../../core/visit.ts'
import type { Store } from '../../index.ts'
import { type Session, shownBy } from './session.ts'
import type { KoaContext, SessionOptions, SessionStore } from './types.ts'

/** Why a session is saved. */
export type Reason = 'force' | 'changed' | 'rolling' | 'renew'

/** What one context's session is about, between its cookie and its commit. */
export interface Scene {
  readonly ctx: KoaContext
  readonly opts: SessionOptions
  /** Absent: the session is kept in the cookie. */
  readonly store: SessionStore | Store | undefined
  /** The same, if it is a store of Holdfast. */
  readonly holdfast: Store | undefined
  visit: Visit
  session: Session | false | undefined
  /** The id under which the store has the session. */
  externalKey: string | undefined
  /** The id, or the session itself, that the request came with. */
  brought: string | undefined
  /** What was found under it. Undefined while nothing was: there was no cookie, or none that can be read. */
  found: { readonly value: unknown } | undefined
  /** Why the commit under way saves. */
  reason: Reason | undefined
  /** Whether this request has saved the session before. */
  saved: boolean
  /** Whether the response has the session's cookie. */
  given: boolean
  /** When the session is being written (ms since 1970). */
  now: number
  /** What is written: to the store, or into the cookie. */
  outgoing: Record<string, unknown>
}

export const ONE_DAY = 86_400_000
const LAST_DATE = 8.64e15
/** So much longer than the session, a store keeps it. */
const MARGIN = 10_000

/** The length of the session that is being written. */
export const lengthOf = ({ opts }: Scene): number | 'session' => opts.maxAge || ONE_DAY

/** What a store is told of the length. */
export function timeToLive(scene: Scene): number | 'session' {
  const length = lengthOf(scene)
  return typeof length === 'number' ? length + MARGIN : length
}

/** How long a Holdfast store keeps a session for the browser's run, from its last use (ms). */
export const idleTime = ({ holdfast }: Scene): number => (holdfast as Partial<InPlaceStore>).lifetime ?? ONE_DAY

/** When a Holdfast store forgets the session. */
export function deadlineOf(scene: Scene, now: number): number {
  const length = timeToLive(scene)
  const at = Math.ceil(now + (typeof length === 'number' ? length : idleTime(scene)))
  return Math.max(-LAST_DATE, Math.min(Number.isNaN(at) ? now + ONE_DAY : at, LAST_DATE))
}

/** What stands beside the data: when the session ends. */
export function lifetimeOf(scene: Scene): Record<string, unknown> {
  const length = lengthOf(scene)
  return length === 'session' ? { _session: true } : { _expire: length + scene.now, _maxAge: length }
}

/** A record with the values that its text stands for, as the store has them. */
export interface KoaRecord extends SessionRecord {
  raw?: Readonly<Record<string, unknown>>
}

/**
 * The data of a record, as values. What the application or the store holds of them is taken as it is, because it may be
 * something else than what JSON can say: a date, an id.
 */
export function valuesOf({ session }: Pick<Scene, 'session'>, { text, raw }: KoaRecord): Record<string, unknown> {
  const live = session ? shownBy(session) : {}
  if (JSON.stringify(live) === text) return live
  const values = JSON.parse(text) as Record<string, unknown>
  for (const key of Object.keys(values)) {
    const json = JSON.stringify(values[key])
    const holder = [live, raw].find((data) => data && Object.hasOwn(data, key) && JSON.stringify(data[key]) === json)
    if (holder) values[key] = holder[key]
  }
  return values
}
