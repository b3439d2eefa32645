/** Entries as rows of the table, and rows as entries. */

import type { StoreEntry, StoreListing } from '../../core/store.ts'

/** The columns in the order in which the statement names them. */
export type Row = readonly unknown[]

/**
 * What PostgreSQL's text cannot hold: U+0000, and in UTF-8 a lone surrogate. `JSON.stringify` writes neither. And what
 * PGlite does not hand out again: a byte order mark in front.
 */
const NOT_FOR_TEXT = /[\0\p{Surrogate}]|^\ufeff/u
/** Begins a value that is kept as base64 of its UTF-16LE bytes, and therefore no other. */
const ENCODED = 'base64-utf16le:'

/** The values of `expires_at, revision, owner, value`. */
export const toColumns = (entry: StoreEntry) =>
  [String(entry.expiresAt), entry.revision, entry.owner ?? null, encode(entry.value)] as const

export const toEntry = ([expiresAt, revision, owner, value]: Row): StoreEntry => {
  if (typeof revision !== 'string' || typeof value !== 'string') throw foreignRow()
  return { value: decode(value), expiresAt: toNumber(expiresAt), revision, ...toOwner(owner) }
}

export const toListing = ([key, expiresAt, owner]: Row): StoreListing => {
  if (typeof key !== 'string') throw foreignRow()
  return { key, expiresAt: toNumber(expiresAt), ...toOwner(owner) }
}

/** Drivers hand out a bigint as text, or as whatever the application told them to. */
export const toNumber = (value: unknown): number => {
  const number = typeof value === 'string' || typeof value === 'bigint' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw foreignRow()
  return number
}

const toOwner = (owner: unknown): { readonly owner?: string } => (typeof owner === 'string' ? { owner } : {})

const encode = (value: string): string =>
  NOT_FOR_TEXT.test(value) || value.startsWith(ENCODED)
    ? ENCODED + Buffer.from(value, 'utf16le').toString('base64')
    : value

const decode = (stored: string): string =>
  stored.startsWith(ENCODED) ? Buffer.from(stored.slice(ENCODED.length), 'base64').toString('utf16le') : stored

const foreignRow = (): TypeError => new TypeError('A row of the table is not as the store wrote it.')
