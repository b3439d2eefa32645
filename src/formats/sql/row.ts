/** What the statements answer, whatever the driver makes of it. */

import type { SqlValue } from './layout.ts'

export interface Found {
  /** The stored text; `''`, which is no JSON, where the column is null. */
  readonly value: string
  /** The same as the column has it, to compare with. */
  readonly held: SqlValue
  /** In milliseconds since 1970. A row without a deadline is expired, and has always been. */
  readonly expiresAt: number
}

type Row = readonly unknown[]

/** Of `value, deadline`. */
export const toFound = ([value, deadline]: Row): Found => ({ ...toValue(value), expiresAt: toInstant(deadline) })

/** Of `id, deadline`. */
export const toListing = (row: Row): { readonly key: string; readonly expiresAt: number } => ({
  key: toKey(row),
  expiresAt: toInstant(row[1]),
})

/** Of `id`. What is no text (SQLite keeps anything) is no key either. */
export const toKey = ([id]: Row): string => {
  if (typeof id === 'string') return id
  return id instanceof Uint8Array ? Buffer.from(id).toString('utf8') : ''
}

export const toCount = (row: Row | undefined): number => {
  const count = Number(row?.[0])
  if (Number.isSafeInteger(count)) return count
  throw new TypeError('The database did not answer with a number.')
}

const toValue = (stored: unknown): { readonly value: string; readonly held: SqlValue } => {
  if (stored === null || stored === undefined) return { value: '', held: null }
  if (typeof stored === 'string') return { value: stored, held: stored }
  const bytes = stored instanceof ArrayBuffer ? new Uint8Array(stored) : stored
  if (bytes instanceof Uint8Array) {
    return { value: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'), held: bytes }
  }
  if (typeof stored === 'number') return { value: String(stored), held: stored }
  throw new TypeError('The value of a row is neither text nor bytes.')
}

/** The furthest that a `Date` reaches. */
const END_OF_TIME = 8.64e15

const toInstant = (stored: unknown): number => {
  if (stored === null || stored === undefined) return -END_OF_TIME
  const number = Math.round(Number(stored))
  if (!Number.isNaN(number)) return Math.min(Math.max(number, -END_OF_TIME), END_OF_TIME)
  throw new TypeError('The deadline of a row is no number.')
}
