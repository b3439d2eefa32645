/**
 * A session's record as a document that can be queried, for the option `values: 'documents'`.
 *
 * The text has to come back character by character, so it is a document only if that is certain: when it is what
 * `JSON.stringify` writes of what `JSON.parse` reads (which leaves out repeated keys, numbers like `-0`, `1E5` and
 * `12345678901234567890`, other spacing and other orders), and when BSON and the servers keep every key and string in it.
 */

/** The record's own fields, and the application's data. */
export interface RecordDocument {
  readonly header: Readonly<Record<string, unknown>>
  readonly data: Readonly<Record<string, unknown>>
}

const DATA = 'd'
const CUT = `,"${DATA}":`

/** Servers take 100 levels; the document has two around these. */
const MOST_LEVELS = 90
const LONE_SURROGATE = /\p{Surrogate}/u

/** `undefined` when this text is not a record, when it would not come back exactly, or when it takes more than `bytes`. */
export const toRecordDocument = (text: string, bytes: number): RecordDocument | undefined => {
  if (!text.startsWith('{"v":')) return undefined
  try {
    const record: unknown = JSON.parse(text)
    if (!isPlain(record) || Object.keys(record).at(-1) !== DATA) return undefined
    if (sizeOf(record, 0) > bytes || JSON.stringify(record) !== text) return undefined
    const { [DATA]: data, ...header } = record
    return isPlain(data) ? { header, data } : undefined
  } catch {
    // No JSON, or nested so deeply that it cannot be written again.
    return undefined
  }
}

/** The text that the document was made of. */
export const toRecordText = ({ header, data }: RecordDocument): string =>
  `${JSON.stringify(header).slice(0, -1)}${CUT}${JSON.stringify(data)}}`

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** How many bytes it is as BSON, at the most; infinitely many when it cannot be kept as a document. */
const sizeOf = (value: unknown, level: number): number => {
  if (typeof value === 'string') return LONE_SURROGATE.test(value) ? Number.POSITIVE_INFINITY : byteLength(value) + 5
  if (typeof value !== 'object' || value === null) return 8
  if (level > MOST_LEVELS) return Number.POSITIVE_INFINITY
  let size = 5
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) size += 2 + String(index).length + sizeOf(item, level + 1)
    return size
  }
  for (const [key, item] of Object.entries(value)) {
    if (!isField(key)) return Number.POSITIVE_INFINITY
    size += 2 + byteLength(key) + sizeOf(item, level + 1)
  }
  return size
}

/** `_bsontype` makes the driver take an object for one of its own. */
const isField = (key: string): boolean =>
  key !== '' &&
  key !== '__proto__' &&
  key !== '_bsontype' &&
  !key.startsWith('$') &&
  !/[.\0]/.test(key) &&
  !LONE_SURROGATE.test(key)

const byteLength = (text: string): number => Buffer.byteLength(text, 'utf8')
