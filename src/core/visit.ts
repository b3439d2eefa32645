import type { ResolvedOptions } from '../options.ts'
import type { Backend } from './backend.ts'
import type { Contract } from './contract.ts'
import { isPlain, tooDeep } from './data.ts'
import type { Events } from './events.ts'
import type { Exchange } from './exchange.ts'
import type { Duration } from './expiry.ts'
import { MEMBERS } from './members.ts'
import type { SessionRecord } from './record.ts'
import type { Answer } from './store.ts'
import type { Claim } from './token.ts'
import type { Turns } from './turns.ts'

/** What every request of one engine shares. */
export interface Kernel {
  readonly options: ResolvedOptions
  readonly backend: Backend
  readonly contract: Contract
  readonly events: Events
  readonly turns: Turns<Held>
  /** Moves a session of another library over. Absent where there is none to come. */
  readonly moveIn?: ((visit: Visit) => Answer<Visit>) | undefined
}

/** What the store is known to hold under a handle. */
export interface Held {
  readonly record: SessionRecord
  readonly revision: string
  readonly expiresAt: number
  readonly owner: string | undefined
}

/** One request, from its cookie to its response's. */
export interface Visit {
  readonly kernel: Kernel
  readonly exchange: Exchange
  /** The verified claim of the browser's cookie. */
  origin: Claim | undefined
  /** Why this request, although it has no session, may not create one by merely writing. */
  bar: 'superseded' | 'ambiguous' | undefined
  /** The session that the application works with now. `destroy()` puts an empty one in its place. */
  bond: Bond
  /** Handles of sessions that this request ended and the store has not acknowledged yet. */
  dying: readonly string[]
  /** What the response does with the browser's cookie. */
  cookie: 'none' | 'set' | 'clear'
  /** The last verb under way: verbs of one request run one after the other. */
  tail: Promise<unknown> | undefined
  /** What adapters hand to the application. */
  session: unknown
}

/**
 * What ties a request to one session. Three states are kept apart, because mixing any two of them loses updates:
 * the visit's `origin` is what the cookie said, `seen` is what this request last saw of the data (the base of its
 * patch), and `latest` is what the store is known to hold (the base of its write).
 */
export interface Bond {
  /** The claim that this request would give the browser: origin's, its successor, or a new session's. */
  claim: Claim | undefined
  latest: Held | undefined
  seen: string
  /** Stored keys that cannot be shown because the session object has members of that name. Merges keep them. */
  hidden: ReadonlySet<string>
  /** The application's session object, made when it is first asked for. */
  live: object | undefined
  /** How often `regenerate()` has cleared the data. What was asked for in an earlier era must not appear in a later one. */
  era: number
  /** The session is not there for this request any more; nothing is written. */
  over: Loss | undefined
  /** A rotation that the store has not acknowledged yet. */
  rotation: { readonly next: Claim; readonly keep: boolean } | undefined
  /** A lifetime of its own that the store has not acknowledged yet. */
  lifetime: OwnLifetime | undefined
  /** Whom a write of this request gave the session to, as long as `ownerLimit` was not looked after. */
  newOwner: string | undefined
}

/** How a session can be lost to a request: it ended, it was rotated by another one, or it was overwritten by something else. */
export type Loss = 'gone' | 'superseded' | 'unreadable'

/** A lifetime of one session ("remember me"). What is absent stays as it is. */
export interface OwnLifetime {
  readonly idleTimeout?: Duration | undefined
  /** Counted from the call. */
  readonly absoluteTimeout?: Duration | undefined
  readonly persistent?: boolean | undefined
}

export const NOTHING_HIDDEN: ReadonlySet<string> = new Set()
export const NO_DATA = '{}'

export function newBond(): Bond {
  return {
    claim: undefined,
    latest: undefined,
    seen: NO_DATA,
    hidden: NOTHING_HIDDEN,
    live: undefined,
    era: 0,
    over: undefined,
    rotation: undefined,
    lifetime: undefined,
    newOwner: undefined,
  }
}

/** The session object's own properties are the data. */
export const liveData = (bond: Bond): Record<string, unknown> => bond.live as Record<string, unknown>

/**
 * Called before each write. One that gives the session to an owner that it did not have makes it necessary to look after
 * `ownerLimit` when it has happened.
 */
export function noteOwner(kernel: Kernel, bond: Bond, before: string | undefined, after: string | undefined): void {
  // It stays noted when the write fails, because that may have taken effect.
  if (kernel.options.ownerLimit && after !== undefined && after !== before) bond.newOwner = after
}

export function clearData(bond: Bond): void {
  if (!bond.live) return
  const data = liveData(bond)
  for (const key of Object.keys(data)) delete data[key]
}

/** Puts stored data on the session object. A key that is one of its members' names stays in the store only. */
export function show(bond: Bond, data: Record<string, unknown>): void {
  const target = liveData(bond)
  bond.hidden = NOTHING_HIDDEN
  for (const key of Object.keys(data)) {
    if (!MEMBERS.has(key)) target[key] = data[key]
    else bond.hidden = new Set(bond.hidden).add(key)
  }
}

/** The parsed data of a record. Data that cannot be read are no session: an event, and the record stays as it is. */
export function dataOf(kernel: Kernel, handle: string, text: string): Record<string, unknown> | undefined {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch {
    // Answered below, with everything else that is not one object.
  }
  const readable = typeof data === 'object' && data !== null && isPlain(data)
  if (readable && !(text.length > 4096 && tooDeep(text))) return data as Record<string, unknown>
  kernel.events.emit({ type: 'unreadable', handle, reason: readable ? 'too-deep' : 'corrupt' })
  return undefined
}
