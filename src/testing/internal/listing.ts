import type { StoreEntry, StoreListing } from '../../core/store.ts'
import type { Bench } from './bench.ts'

export const keysOf = (rows: readonly StoreListing[]) => rows.map((row) => row.key).sort()

/** Inserts this many entries and says their keys, in order. */
export async function fill(
  { put }: Bench,
  count: number,
  over?: Partial<StoreEntry>,
  prefix = 'key',
): Promise<string[]> {
  const keys = Array.from({ length: count }, (_, index) => `${prefix}-${index}`)
  for (const key of keys) await put(key, over)
  return keys.sort()
}
