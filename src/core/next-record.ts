import { checkData, largestKeys } from './data.ts'
import { SessionDataError, SessionOptionError } from './errors.ts'
import { renewalDue, SUPERSEDED_FOR } from './expiry.ts'
import { applied, difference, type Patch } from './patch.ts'
import { randomText } from './random.ts'
import type { SessionRecord } from './record.ts'
import type { InPlaceStore, StoreEntry } from './store.ts'
import type { Claim } from './token.ts'
import { type Bond, type Held, type Kernel, NO_DATA, type OwnLifetime } from './visit.ts'

/** What the store should hold next: pure functions from what is known to what is written. */

/** A session that is rotated more often within a minute than anybody's should be forgets the oldest. */
const MOST_FORMERS = 4

/** `session.update(key, change)`: run on the newest data each time they are tried. `value` is what it answered last. */
export interface Amendment {
  readonly key: string
  readonly change: (value: unknown) => unknown
  /** The bond's era when it was asked for. */
  readonly era: number
  value: unknown
}

/** One change of one session, ready to be put on whatever the store turns out to hold. */
export type Change = (base: SessionRecord, now: number) => SessionRecord

/** The data of the application as text: what it sees now, or what was stored if it never looked. */
export const currentText = ({ contract }: Kernel, bond: Bond): string =>
  bond.live ? contract.text(bond.live) : bond.seen

/** The first record of a session. */
export function firstRecord(kernel: Kernel, bond: Bond, claim: Claim, text: string, now: number): SessionRecord {
  const record = {
    proof: claim.proof,
    createdAt: now,
    absoluteAt: now + kernel.options.absoluteTimeout,
    renewal: 0,
    renewedAt: now,
    formers: [],
    text,
  }
  return bond.lifetime ? withLifetime(record, bond.lifetime, now) : record
}

/**
 * The change that this request wants to make. It is a patch on the newest record, never the live object over it: the
 * keys that others changed meanwhile are theirs. `arrived` is the cookie that the browser came with, if its session is
 * still this one and the response can give it the next one.
 */
export function changeOf(
  kernel: Kernel,
  bond: Bond,
  text: string,
  arrived: Claim | undefined,
  amendment?: Amendment,
): Change {
  const { rotation, lifetime, seen, hidden } = bond
  let patch: Patch | undefined
  const merged = (base: string): string => {
    if (base === seen && hidden.size === 0) return text
    // Not from the session object, which may have changed since: those changes belong to the next commit.
    patch ??= difference(seen, JSON.parse(text), hidden)
    return applied(base, patch)
  }
  return (base, now) => {
    // A rotation that clears starts from nothing: a key that was put there before the sign-in must not survive it.
    const data = merged(rotation && !rotation.keep ? NO_DATA : base.text)
    let next: SessionRecord = { ...base, text: amendment ? amended(data, amendment) : data }
    // One that arrived before, although its answer did not, is not repeated.
    if (rotation && rotation.next.proof !== base.proof) next = rotated(kernel, next, rotation, now)
    else if (arrived && !rotation) next = renewed(kernel, next, arrived, now)
    return lifetime ? withLifetime(next, lifetime, now) : next
  }
}

function rotated(
  kernel: Kernel,
  base: SessionRecord,
  rotation: { readonly next: Claim; readonly keep: boolean },
  now: number,
): SessionRecord {
  // All of the last minute's: a request with the cookie from before two rotations is as late as one from before one.
  const formers = [{ proof: base.proof, until: now + SUPERSEDED_FOR }, ...base.formers]
    .filter(({ until }) => now < until)
    .slice(0, MOST_FORMERS)
  const next = { ...base, proof: rotation.next.proof, formers, renewal: 0, renewedAt: now, confirmedAt: undefined }
  if (rotation.keep) return next
  const { absoluteTimeout } = kernel.options
  return {
    ...next,
    createdAt: now,
    absoluteAt: now + absoluteTimeout,
    idleTimeout: undefined,
    persistent: undefined,
  }
}

/** The next renewal when it is due; else the note that the browser has arrived with the present one. */
function renewed(kernel: Kernel, base: SessionRecord, arrived: Claim, now: number): SessionRecord {
  if (arrived.renewal !== base.renewal) return base
  if (renewalDue(base, kernel.options.renewAfter, now)) {
    return { ...base, renewal: base.renewal + 1, renewedAt: now, confirmedAt: undefined }
  }
  return arrivalDue(base, arrived) ? { ...base, confirmedAt: now } : base
}

/** Whether the browser has just come back with its newest cookie for the first time. */
export function arrivalDue(record: SessionRecord, arrived: Claim): boolean {
  return record.renewal > 0 && record.confirmedAt === undefined && arrived.renewal === record.renewal
}

function withLifetime(record: SessionRecord, lifetime: OwnLifetime, now: number): SessionRecord {
  return {
    ...record,
    idleTimeout: (lifetime.idleTimeout as number | undefined) ?? record.idleTimeout,
    absoluteAt: lifetime.absoluteTimeout === undefined ? record.absoluteAt : now + (lifetime.absoluteTimeout as number),
    persistent: lifetime.persistent ?? record.persistent,
  }
}

/** The data with one key changed by the application's function. */
export function amended(text: string, amendment: Amendment): string {
  const { key } = amendment
  const data = JSON.parse(text) as Record<string, unknown>
  const value = amendment.change(Object.hasOwn(data, key) ? data[key] : undefined)
  checkData(value, key)
  amendment.value = value
  if (value === undefined) return applied(text, { set: new Map(), unset: new Set([key]) })
  return applied(text, { set: new Map([[key, JSON.stringify(value)]]), unset: new Set() })
}

/**
 * A record as a store entry under a new revision. Refuses what is too large, and warns before it is. `before` is the
 * owner that the session had.
 */
export function entryOf(
  kernel: Kernel,
  handle: string,
  next: SessionRecord,
  now: number,
  before: string | undefined,
): { readonly entry: StoreEntry; readonly held: Held } {
  const { options, events, contract } = kernel
  const { text } = next
  // Counting bytes is not free, and no text has more than three for each of its units.
  const size = text.length * 3 > options.warnBytes ? Buffer.byteLength(text) : 0
  if (size > options.warnBytes) {
    const largest = largestKeys(text)
    if (size > options.maxBytes) {
      const names = largest.map(({ key, bytes }) => `${key} (${bytes})`).join(', ')
      const problem = `The session has ${size} bytes and may have ${options.maxBytes}. Its largest keys: ${names}.`
      throw new SessionDataError('ERR_SESSION_TOO_LARGE', largest[0]?.key ?? '', problem)
    }
    events.emit({ type: 'large', handle, bytes: size, largestKeys: largest })
  }
  const expiresAt = contract.expiresAt(next, now)
  const owner = options.owner && ownerOf(options.owner, text)
  // Sign-ins are in the order in which the owner got them, also those that kept the session from before.
  const isSignIn = options.ownerLimit && owner !== undefined && owner !== before
  const record = isSignIn ? { ...next, createdAt: now } : next
  const value = contract.encode(record)
  const revision = (kernel.backend.store as Partial<InPlaceStore>).revisionOf?.(value) ?? randomText(8)
  const entry = { value, expiresAt, revision, owner }
  return { entry, held: { record, revision, expiresAt, owner } }
}

function ownerOf(owner: (data: Record<string, unknown>) => unknown, text: string): string | undefined {
  const id = owner(JSON.parse(text))
  if (id === undefined || id === null) return undefined
  const name = String(id)
  if ((typeof id === 'string' || typeof id === 'number') && name.length > 0 && name.length <= 255) return name
  throw new SessionOptionError(
    'owner',
    'answered something that is no id.',
    'Answer text of 1 to 255 characters, a number, or undefined.',
  )
}
