/**
 * Which keys and entries a store keeps. Every store asks here, so that all of them draw the line in one place and none
 * hands a driver something that is not text.
 *
 * - A key is a string of 1 to 255 printable ASCII characters (U+0020 to U+007E), compared byte for byte.
 * - A value is any string.
 * - A deadline is a safe integer: whole milliseconds since 1970. It may lie in the past. `Infinity` is refused, because
 *   not every backend can keep it.
 * - A revision is a string of 1 to 64 printable ASCII characters.
 * - An owner is absent (`undefined`) or well-formed text of 1 to 255 UTF-16 units without U+0000. Backends would fold
 *   lone surrogates together and make two owners one. The empty string is nearly always a missing user id, and ending
 *   "its" sessions would end those of strangers.
 *
 * Asking: `get`, `update`, `touch` and `delete` answer `undefined` or `'gone'` to a key that is not one (`isKey`), `list`,
 * `count` and `deleteOwned` find nothing under an owner that is not one (`isOwner`), and an `ifRevision` that is not a revision
 * (`isRevision`) matches no entry. That holds for arrays, for objects with `toString` and for query operators too:
 * nothing is ever converted to a string.
 *
 * Keeping: `insert` throws on what cannot be kept, its key (`checkKey`) or its entry (`checkEntry`). `update` throws on
 * such an entry and `touch` on such a deadline (`checkDeadline`), in both cases after the key was found to be one.
 */

import { SessionError } from '../../core/errors.ts'
import type { StoreEntry } from '../../core/store.ts'

export const MAX_KEY_LENGTH = 255
export const MAX_OWNER_LENGTH = 255
export const MAX_REVISION_LENGTH = 64

const KEY = /^[ -~]{1,255}$/
const REVISION = /^[ -~]{1,64}$/
const LONE_SURROGATE = /\p{Surrogate}/u

export function isKey(key: unknown): key is string {
  return typeof key === 'string' && KEY.test(key)
}

export function isRevision(revision: unknown): revision is string {
  return typeof revision === 'string' && REVISION.test(revision)
}

/** What to compare an entry's revision with. What is no revision matches none: no entry has an empty one. */
export function orNone(revision: unknown): string {
  return isRevision(revision) ? revision : ''
}

export function isOwner(owner: unknown): owner is string {
  return (
    typeof owner === 'string' &&
    owner.length > 0 &&
    owner.length <= MAX_OWNER_LENGTH &&
    !owner.includes('\0') &&
    !LONE_SURROGATE.test(owner)
  )
}

/** Throws unless the key can be kept. */
export function checkKey(key: unknown): asserts key is string {
  if (!isKey(key)) {
    refuse(`A store key must be a string of 1 to ${MAX_KEY_LENGTH} printable ASCII characters, not ${describe(key)}.`)
  }
}

/** Throws unless every part of the entry can be kept. */
export function checkEntry(entry: unknown): asserts entry is StoreEntry {
  if (typeof entry !== 'object' || entry === null) {
    refuse(`A store entry must be an object { value, expiresAt, revision, owner? }, not ${describe(entry)}.`)
  }
  const { value, expiresAt, revision, owner } = entry as Partial<Record<keyof StoreEntry, unknown>>
  if (typeof value !== 'string') refuse(`A store entry's value must be a string, not ${describe(value)}.`)
  checkDeadline(expiresAt)
  if (!isRevision(revision)) {
    refuse(
      `A store entry's revision must be a string of 1 to ${MAX_REVISION_LENGTH} printable ASCII characters, ` +
        `not ${describe(revision)}.`,
    )
  }
  if (owner !== undefined && !isOwner(owner)) {
    refuse(
      `A store entry's owner must be absent or a well-formed string of 1 to ${MAX_OWNER_LENGTH} characters ` +
        `without U+0000, not ${describe(owner)}.`,
    )
  }
}

/** Throws unless the deadline can be kept. */
export function checkDeadline(expiresAt: unknown): asserts expiresAt is number {
  if (!Number.isSafeInteger(expiresAt)) {
    const what = typeof expiresAt === 'number' ? 'a number with a fraction or out of range' : describe(expiresAt)
    refuse(`A store entry's expiresAt must be whole milliseconds since 1970, not ${what}.`)
  }
}

/** The keys in a list that says what to leave out. What is not a list has none, and what is not a key is none of them. */
export function keysIn(list: unknown): ReadonlySet<string> {
  return new Set(Array.isArray(list) ? list.filter(isKey) : [])
}

/** A page's or a step's size as a whole number from 1 to `most`. */
export function clampLimit(limit: unknown, most: number): number {
  if (typeof limit !== 'number' || !(limit >= 1)) return 1
  return limit < most ? Math.floor(limit) : most
}

function refuse(message: string): never {
  throw new SessionError('ERR_SESSION_KEY', message)
}

/** What it is, never what it says. */
function describe(what: unknown): string {
  if (typeof what === 'string') return `a string of ${what.length} characters that breaks this rule`
  if (what === null) return 'null'
  if (Array.isArray(what)) return 'an array'
  if (what === undefined) return 'undefined'
  return typeof what === 'object' ? 'an object' : `a ${typeof what}`
}
