/**
 * Sessions as sub-documents (connect-mongo's `stringify: false`), and their JSON text.
 *
 * What was read has its BSON types (numbers as `Int32` or `Double` too). Values that JSON has no word for become what their
 * `toJSON` says, and go back as they were if that text has not changed when the session is written.
 */

import { SessionError } from '../../core/errors.ts'

/** In connect-mongo's order. It writes all of them, absent ones as null. */
const COOKIE_KEYS = [
  ...['originalMaxAge', 'partitioned', 'priority', 'expires', 'secure', 'httpOnly', 'domain', 'path', 'sameSite'],
]
const NO_COOKIE = Object.fromEntries(COOKIE_KEYS.map((key) => [key, null]))
const LONE_SURROGATE = /\p{Surrogate}/gu

type Plain = Readonly<Record<string, unknown>>

/** The JSON text of a stored value. */
export const toText = (stored: unknown): string => JSON.stringify(toPlain(stored)) ?? ''

/**
 * The sub-document of a session's JSON text. `before` is what it replaces: whatever has the same text in it stays as it is.
 *
 * @throws SessionError ERR_SESSION_KEY when the text is no JSON object, or has a name in it that BSON cannot keep.
 */
export const toDocument = (value: string, before?: unknown): Plain => {
  let document: unknown
  try {
    document = keeping(before, JSON.parse(value))
  } catch (error) {
    // Also what is nested so deeply that the stack ends.
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error
  }
  if (!isPlain(document)) throw refused('its value is not the JSON text of an object')
  if (!isPlain(document.cookie)) return document
  const cookie: Record<string, unknown> = { ...NO_COOKIE, ...document.cookie }
  if (typeof cookie.expires === 'string') cookie.expires = toDate(cookie.expires)
  return { ...document, cookie }
}

/**
 * One text for all texts that a sub-document does not tell apart: order, spacing, whether the cookie's absent keys are there.
 */
export const canonical = (value: string): string => {
  try {
    const session: unknown = JSON.parse(value)
    if (!isPlain(session) || !isPlain(session.cookie)) return sorted(session)
    return sorted({ ...session, cookie: { ...NO_COOKIE, ...session.cookie } })
  } catch {
    return value
  }
}

const toPlain = (stored: unknown): unknown => {
  if (Array.isArray(stored)) return stored.map(toPlain)
  if (isPlain(stored)) return Object.fromEntries(Object.entries(stored).map(([key, value]) => [key, toPlain(value)]))
  if (typeof stored !== 'object' || stored === null) return stored
  const { _bsontype: type } = stored as { readonly _bsontype?: unknown }
  if (type === 'Long') return Number(String(stored))
  // As JSON.stringify has a RegExp, which is what the driver makes of it by default.
  if (type === 'BSONRegExp') return {}
  return JSON.parse(JSON.stringify(stored) ?? 'null')
}

/** `next`, with what was stored in its place wherever the JSON text is the same. */
const keeping = (stored: unknown, next: unknown): unknown => {
  if (Array.isArray(next)) {
    const items: readonly unknown[] = Array.isArray(stored) ? stored : []
    return next.map((item, index) => keeping(items[index], item))
  }
  if (isPlain(next) && (stored === undefined || isPlain(stored) || !isSame(stored, next))) {
    const fields = isPlain(stored) ? stored : {}
    return Object.fromEntries(
      Object.entries(next).map(([key, value]) => {
        // The driver would take such an object for a value of its own, whatever its fields are.
        if (key === '_bsontype' || key.includes('\0')) throw refused('a name in it is one that BSON cannot keep')
        return [key, keeping(Object.hasOwn(fields, key) ? fields[key] : undefined, value)]
      }),
    )
  }
  return stored !== undefined && isSame(stored, next) ? stored : next
}

const isSame = (stored: unknown, next: unknown): boolean => !isPlain(stored) && toText(stored) === JSON.stringify(next)

/** A `Date` where the text is exactly one. express-session reads both. */
const toDate = (text: string): unknown => {
  const date = new Date(text)
  return Number.isNaN(date.getTime()) || date.toISOString() !== text ? text : date
}

const sorted = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(sorted).join()}]`
  if (isPlain(value)) {
    const keys = Object.keys(value).sort()
    return `{${keys.map((key) => `${sorted(key)}:${sorted(value[key])}`).join()}}`
  }
  // The driver writes them so, because UTF-8 has no lone surrogates.
  return JSON.stringify(typeof value === 'string' ? value.replace(LONE_SURROGATE, '\uFFFD') : value)
}

/** An object as JSON and BSON have them, and none of the driver's own. */
const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  [Object.prototype, null].includes(Object.getPrototypeOf(value))

const refused = (why: string) =>
  new SessionError('ERR_SESSION_KEY', `A session cannot be kept as a sub-document: ${why}.`)
