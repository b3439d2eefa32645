/** Entries as rows of the table, and rows as entries. */

import type { StoreEntry, StoreListing } from '../../core/store.ts'
import type { Row } from './connection.ts'

/** What SQLite's UTF-8 text cannot give back: a lone surrogate becomes U+FFFD, and U+0000 ends the text. */
const NOT_FOR_TEXT = /[\0\p{Surrogate}]/u

/** The values of `expires_at, revision, owner, value`. */
export const toColumns = (entry: StoreEntry) =>
  [entry.expiresAt, entry.revision, entry.owner ?? null, encode(entry.value)] as const

export const toEntry = (row: Row): StoreEntry => {
  const { revision } = row
  if (typeof revision !== 'string') throw new TypeError('A row of the table is not as the store wrote it.')
  return { value: decode(row.value), expiresAt: Number(row.expires_at), revision, ...toOwner(row) }
}

export const toListing = (row: Row): StoreListing => ({
  key: String(row.key),
  expiresAt: Number(row.expires_at),
  ...toOwner(row),
})

const toOwner = ({ owner }: Row): { readonly owner?: string } => (typeof owner === 'string' ? { owner } : {})

/** TEXT that the `sqlite3` shell shows as it is (all that `JSON.stringify` writes), else a BLOB of UTF-16LE. */
const encode = (value: string): string | Uint8Array =>
  NOT_FOR_TEXT.test(value) ? Buffer.from(value, 'utf16le') : value

/** Drivers hand out a BLOB as `Buffer`, `Uint8Array` or `ArrayBuffer`. */
const decode = (stored: unknown): string => {
  if (typeof stored === 'string') return stored
  if (stored instanceof ArrayBuffer) return Buffer.from(stored).toString('utf16le')
  if (stored instanceof Uint8Array) {
    return Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength).toString('utf16le')
  }
  throw new TypeError('The value of a row is neither TEXT nor a BLOB.')
}
