/**
 * What one session's key holds: a header of ASCII, by place, and the value's text.
 *
 *     hf1                    so that somebody else's text is not taken for a session
 *     t or u                 the value is text, or Base64 of UTF-16LE because UTF-8 cannot hold it
 *     16 digits              the deadline
 *     16 digits              until when the owner's index has the key; zeros without an owner
 *     4 digits and as many   the owner, percent-encoded
 *     2 digits and as many   the revision
 *     the rest               the value
 *
 * The header is ASCII so that its places are the same for JavaScript, which counts characters, and for Lua, which counts
 * bytes. The scripts read the same layout.
 */

import type { StoreEntry } from '../../core/store.ts'
import { decodeOwner, encodeOwner } from './names.ts'

export const MAGIC = 'hf1'
export const NO_INDEX = '0'.repeat(16)
/** Where the owner's length stands. */
export const OWNER_AT = 36
export const NO_OWNER = '0000'

/** The parts of a record to write: its second part, until when the index has it, goes between them. */
export interface NewRecord {
  readonly head: string
  /** `0000` without an owner. */
  readonly owner: string
  readonly tail: string
}

export interface Header {
  readonly expiresAt: number
  readonly owner: string | undefined
}

export const newRecord = ({ value, expiresAt, revision, owner }: StoreEntry): NewRecord => {
  const isText = isWellFormed(value)
  const text = isText ? value : Buffer.from(value, 'utf16le').toString('base64')
  return {
    head: `${MAGIC}${isText ? 't' : 'u'}${instant(expiresAt)}`,
    owner: owner === undefined ? NO_OWNER : ownerField(owner),
    tail: revisionField(revision) + text,
  }
}

/** 16 digits. What lies before 1970 is as absent as 1970. */
export const instant = (at: number): string => String(Math.max(0, at)).padStart(16, '0')

export const ownerField = (owner: string): string => {
  const text = encodeOwner(owner)
  return String(text.length).padStart(4, '0') + text
}

export const revisionField = (revision: string): string => String(revision.length).padStart(2, '0') + revision

/** The entry, if the text is a record and its deadline is after `now`. */
export const liveEntry = (record: string, now: number): StoreEntry | undefined => {
  const header = liveHeader(record, now)
  if (header === undefined) return undefined
  const revisionAt = OWNER_AT + 6 + Number(record.slice(OWNER_AT, OWNER_AT + 4))
  const valueAt = revisionAt + Number(record.slice(revisionAt - 2, revisionAt))
  if (!(valueAt > revisionAt)) return undefined
  const { expiresAt, owner } = header
  const revision = record.slice(revisionAt, valueAt)
  const text = record.slice(valueAt)
  const value = record[3] === 't' ? text : Buffer.from(text, 'base64').toString('utf16le')
  return owner === undefined ? { value, expiresAt, revision } : { value, expiresAt, revision, owner }
}

/** The same of a record's beginning, `HEADER_BYTES` of it or `headerLength(record)`. */
export const liveHeader = (record: string, now: number): Header | undefined => {
  if (!record.startsWith(MAGIC)) return undefined
  const expiresAt = Number(record.slice(4, 20))
  if (!(expiresAt > now)) return undefined
  const ownerLength = Number(record.slice(OWNER_AT, OWNER_AT + 4))
  if (!(ownerLength >= 0)) return undefined
  if (ownerLength === 0) return { expiresAt, owner: undefined }
  const text = record.slice(OWNER_AT + 4, OWNER_AT + 4 + ownerLength)
  return { expiresAt, owner: text.includes('%') ? decodeOwner(text) : text }
}

/** How many bytes of a record `liveHeader` needs in nearly every case. */
export const HEADER_BYTES = 256

/** How many it needs in this one. */
export const headerLength = (start: string): number => OWNER_AT + 4 + (Number(start.slice(OWNER_AT, OWNER_AT + 4)) || 0)

const isWellFormed = (text: string): boolean => (text as string & { isWellFormed(): boolean }).isWellFormed()
