/**
 * The text of a session as session-file-store keeps it: the JSON of the data, with the instant of its last use beside them:
 *
 *     {"cookie":{"originalMaxAge":3600000, ...},"user":"bob","__lastAccess":1767225600000}
 *
 * It ends `cookie.originalMaxAge` milliseconds after that, or the store's `ttl` where there is none. So the deadline is
 * in `__lastAccess`, which is the store's own: it is put in on writing and taken out on reading, and no part of a value or its
 * revision.
 */

import { SessionError } from '../../core/errors.ts'

/** The last instant that a `Date` can have: the deadline of what has none. */
export const NEVER = 8_640_000_000_000_000

const NAME = '__lastAccess'
/** The end of nearly every file. What stands between the last comma and the last brace is a member of the whole. */
const ENDING = new RegExp(`(?:(\\{\\s*)|,)"${NAME}":-?\\d+\\}$`)

type Data = Readonly<Record<string, unknown>>

/** The text without the instant of the last use, and without white space around it. */
export const bare = (text: string): string => {
  if (!text.includes(`"${NAME}"`)) return text.trim()
  const cut = text.trim().replace(ENDING, '$1}')
  if (!cut.includes(`"${NAME}"`)) return cut
  const data = dataIn(text)
  if (data === undefined || !Object.hasOwn(data, NAME)) return text.trim()
  const { [NAME]: _, ...rest } = data
  return JSON.stringify(rest)
}

/** When the session ends. What is no session, or says nothing of its last use, does not. */
export const deadlineOf = (text: string, ttlMs: number): number => {
  const data = dataIn(text)
  const last = data?.[NAME]
  if (data === undefined || typeof last !== 'number') return NEVER
  const deadline = Math.round(last + lifetimeOf(data, ttlMs))
  return Math.min(Math.max(deadline, 0), NEVER)
}

/** The text with the last use from which the session ends at `deadline`. Throws unless it is the JSON of an object. */
export const dated = (text: string, deadline: number, ttlMs: number): string => {
  const value = bare(text)
  const data = dataIn(value)
  if (data === undefined) {
    throw new SessionError('ERR_SESSION_KEY', "A store entry's value must be the JSON text of an object.")
  }
  const isEmpty = Object.keys(data).length === 0
  const last = deadline - lifetimeOf(data, ttlMs)
  return `${value.slice(0, -1)}${isEmpty ? '' : ','}"${NAME}":${last}}`
}

const lifetimeOf = ({ cookie }: Data, ttlMs: number): number => {
  const { originalMaxAge } = (cookie ?? {}) as { readonly originalMaxAge?: unknown }
  return typeof originalMaxAge === 'number' && originalMaxAge !== 0 ? originalMaxAge : ttlMs
}

const dataIn = (text: string): Data | undefined => {
  try {
    const data: unknown = JSON.parse(text)
    return typeof data === 'object' && data !== null && !Array.isArray(data) ? (data as Data) : undefined
  } catch {
    return undefined
  }
}
