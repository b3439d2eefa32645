import type { SessionRecord } from '../../core/record.ts'
import type { StoreEntry } from '../../index.ts'
import { isForeign } from './foreign-store.ts'

/** A record of another library: the stored session as it came, of which the text is the application's data. */
export interface CompatRecord extends SessionRecord {
  readonly raw: Readonly<Record<string, unknown>>
}

/** The last instant of a JavaScript Date. */
export const LAST_DATE = 8.64e15

/** The record in an entry. `textOf` takes the data out of what is stored. */
export function decodeCompat(entry: StoreEntry, textOf: (raw: object) => string): CompatRecord | 'corrupt' {
  const raw = isForeign(entry) ? entry.raw : parsedObject(entry.value)
  if (!raw) return 'corrupt'
  return {
    raw: raw as CompatRecord['raw'],
    text: textOf(raw),
    // Who has the id has the session, and the store or the record's own bookkeeping says when it ends.
    proof: '',
    formers: [],
    createdAt: 0,
    absoluteAt: LAST_DATE,
    renewal: 0,
    renewedAt: 0,
  }
}

/** The object in a stored text, or undefined. */
export function parsedObject(text: string): Record<string, unknown> | undefined {
  try {
    const data: unknown = JSON.parse(text)
    return typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
