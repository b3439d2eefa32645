/** Entries as values of the columns, and rows as entries. Everything but the deadline is bytes: no character set converts it. */

import type { StoreEntry, StoreListing } from '../../core/store.ts'
import type { MysqlValue, Row } from './client.ts'

/** No UTF-8 begins with this byte: what follows is UTF-16LE. */
const UTF16 = 0xff
const LONE_SURROGATE = /\p{Surrogate}/u

export const ascii = (text: string): Buffer => Buffer.from(text, 'latin1')
export const utf8 = (text: string): Buffer => Buffer.from(text, 'utf8')

/** The values of `expires_at, revision, owner, value`. */
export const toColumns = (entry: StoreEntry): [number, Buffer, Buffer | null, Buffer] => [
  entry.expiresAt,
  ascii(entry.revision),
  entry.owner === undefined ? null : utf8(entry.owner),
  encode(entry.value),
]

export const toEntry = (row: Row): StoreEntry => ({
  value: decode(bytes(row.value)),
  expiresAt: toNumber(row.expires_at),
  revision: toRevision(row),
  ...toOwner(row),
})

export const toListing = (row: Row): StoreListing => ({
  key: toKey(row),
  expiresAt: toNumber(row.expires_at),
  ...toOwner(row),
})

export interface EntryState {
  readonly expiresAt: number
  readonly revision: string
}

export const toState = (row: Row): EntryState => ({
  expiresAt: toNumber(row.expires_at),
  revision: toRevision(row),
})

export const toKey = (row: Row): string => bytes(row.key).toString('latin1')
const toRevision = (row: Row): string => bytes(row.revision).toString('latin1')

export const toCount = ({ entries }: Row): number => toNumber(entries)
export const toPacket = ({ packet }: Row): number => toNumber(packet)

/** A pool that asks for big numbers as text gets text. */
const toNumber = (stored: unknown): number => {
  const number = typeof stored === 'string' ? Number(stored) : stored
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number
  throw new TypeError('A column of the table does not hold a whole number.')
}

export const areEqual = (a: MysqlValue, b: MysqlValue): boolean =>
  a instanceof Buffer && b instanceof Buffer ? a.equals(b) : a === b

const toOwner = ({ owner }: Row): { readonly owner?: string } =>
  owner === null || owner === undefined ? {} : { owner: bytes(owner).toString('utf8') }

/** UTF-8, in which U+0000 is a byte like others; only lone surrogates need another form. */
const encode = (value: string): Buffer =>
  LONE_SURROGATE.test(value) ? Buffer.concat([Buffer.of(UTF16), Buffer.from(value, 'utf16le')]) : utf8(value)

const decode = (stored: Buffer): string =>
  stored[0] === UTF16 ? stored.toString('utf16le', 1) : stored.toString('utf8')

const bytes = (stored: unknown): Buffer => {
  if (Buffer.isBuffer(stored)) return stored
  throw new TypeError('A column of the table does not hold bytes.')
}
