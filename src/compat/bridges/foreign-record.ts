import { createHash } from 'node:crypto'
import type { StoreEntry } from '../../index.ts'
import { Cookie } from '../express/cookie.ts'

/** A session as other libraries' stores expect one. They look into `cookie` for its end; all that counts is in `holdfast`. */
export interface ForeignRecord {
  readonly cookie: Cookie
  readonly holdfast: string
}

/** So much longer (ms) than the session, the store keeps it: its clock and its rounding are its own, and ours is exact. */
const MARGIN = 60_000
/** Longer than this (ms), a store is not told. Some keep seconds in 32 bits, and fail beyond. */
const LONGEST = 10 * 365 * 86_400_000

/** The record of an entry, and for how long the store is to keep it (ms). */
export function recordOf({ value, expiresAt, revision, owner }: StoreEntry, now: number): [ForeignRecord, number] {
  const ttl = Math.min(Math.max(0, Math.ceil(expiresAt - now)) + MARGIN, LONGEST)
  const holdfast = ascii(JSON.stringify({ value, expiresAt, revision, owner }))
  return [{ cookie: new Cookie({ maxAge: ttl }), holdfast }, ttl]
}

/** The entry of what a store answered. Undefined for nothing, and for what was never written from here. */
export function recordIn(stored: unknown): StoreEntry | undefined {
  const { holdfast } = (stored || {}) as Partial<Record<keyof ForeignRecord, unknown>>
  if (typeof holdfast !== 'string') return undefined
  try {
    const { value, expiresAt, revision, owner } = JSON.parse(holdfast) as StoreEntry
    return owner === undefined ? { value, expiresAt, revision } : { value, expiresAt, revision, owner }
  } catch {
    return undefined
  }
}

/**
 * The id under which a store keeps a key. 32 hexadecimal digits: they fit into every column and name a file everywhere, and
 * nothing depends on upper and lower case.
 */
export const sidOf = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 32)

/** Tables and columns have their own ideas of what text is. All of them keep printable ASCII. */
const ascii = (json: string): string =>
  json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
