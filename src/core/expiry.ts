import { SessionOptionError } from './errors.ts'

/**
 * Every deadline of a session is computed here and nowhere else.
 *
 * - Idle: a session that is not used for `idleTimeout` ends. Using it moves the deadline, but at most once per
 *   `touchAfter`, so that reading does not mean writing.
 * - Absolute: `absoluteTimeout` after the sign-in (or the creation) it ends however busy it is.
 * - Renewal: the cookie of a session that lives longer than `renewAfter` is replaced; the one before keeps working
 *   until `renewGrace` after the browser first came back with its successor, so that a lost response logs nobody out.
 */

/** Milliseconds, or text such as `'90s'`, `'30m'`, `'12h'`, `'7d'`, `'2w'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd' | 'w'}`

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}
/** A hundred years: longer than any session, and far from where dates stop being exact. */
const LONGEST = 36_525 * 86_400_000

/** A duration as whole milliseconds (1 ms to 100 years), or an error that names the option. */
export function milliseconds(duration: unknown, option: string): number {
  const match = typeof duration === 'string' ? /^(\d{1,15}(?:\.\d{1,3})?)(ms|s|m|h|d|w)$/.exec(duration) : undefined
  const ms = match ? Number(match[1]) * (UNITS[match[2] as string] as number) : duration
  if (typeof ms !== 'number' || !(ms >= 1 && ms <= LONGEST)) {
    throw new SessionOptionError(
      option,
      'is not a duration.',
      `Give milliseconds or text such as '30m' or '7d', up to 100 years.`,
    )
  }
  return Math.round(ms)
}

/** How long a request with the cookie from before a rotation is answered as anonymous without being given a session. */
export const SUPERSEDED_FOR = 60_000

/** What the deadlines of one session depend on. */
export interface Lifetime {
  readonly absoluteAt: number
  /** This session's own idle timeout in ms; without it, the option's. */
  readonly idleTimeout?: number | undefined
}

/** The instant from which the session is absent if nobody uses it again. */
export function deadline(lifetime: Lifetime, idleTimeout: number, now: number): number {
  return Math.min(now + (lifetime.idleTimeout ?? idleTimeout), lifetime.absoluteAt)
}

/** Whether moving the idle deadline to now is worth a write. */
export function touchDue(
  lifetime: Lifetime,
  expiresAt: number,
  policy: { readonly idleTimeout: number; readonly touchAfter: number },
  now: number,
): boolean {
  // A session with an idle timeout of its own is touched in proportion: one of a minute cannot wait for three.
  const after = (policy.touchAfter * (lifetime.idleTimeout ?? policy.idleTimeout)) / policy.idleTimeout
  return deadline(lifetime, policy.idleTimeout, now) - expiresAt >= after
}

export interface Renewal {
  readonly renewal: number
  readonly renewedAt: number
  /** When the browser first came back with the newest cookie. */
  readonly confirmedAt?: number | undefined
}

/** Whether the browser should get the next cookie. */
export function renewalDue(record: Renewal, renewAfter: number | undefined, now: number): boolean {
  return renewAfter !== undefined && now - record.renewedAt >= renewAfter
}

/** Whether the cookie from before the last renewal still works. */
export function withinGrace(record: Renewal, renewGrace: number, now: number): boolean {
  return record.confirmedAt === undefined || now < record.confirmedAt + renewGrace
}
