/** When a record of connect-mongo ends, and filters on what was read of it. */

import type { MongodbDocument } from '../../stores/mongodb/client.ts'

/** The instants that a `Date` can be. */
const LAST_DATE = 8.64e15

/** What is no instant is after all of them, so that everything is expired then. */
export const dateOf = (instant: number): Date =>
  new Date(Number.isNaN(instant) ? LAST_DATE : Math.max(-LAST_DATE, Math.min(instant, LAST_DATE)))

/** Which records are not expired: connect-mongo asks the same. */
export const LIVING = (now: number) => ({
  $or: [{ expires: { $exists: false } }, { expires: { $gt: dateOf(now) } }],
})

/** The deadline of a live record, `undefined` when it is expired. One without any lives on; what is no date never does. */
export const deadlineOf = (document: MongodbDocument, now: number, ttlMs: number): number | undefined => {
  if (!('expires' in document)) return now + ttlMs
  const { expires } = document
  return expires instanceof Date && expires.getTime() > now ? expires.getTime() : undefined
}

/** Matches exactly what was read. `$eq`, so that nothing in it is an operator; a null would match a missing field, too. */
export const sameIn = (document: MongodbDocument, field: string): object =>
  field in document ? { $eq: document[field], $exists: true } : { $exists: false }
