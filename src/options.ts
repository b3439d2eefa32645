import { bytes, callable, checkNames, oneOf, shaped, text } from './core/checks.ts'
import { type Clock, systemClock } from './core/clock.ts'
import { type CookieOptions, checkCookie } from './core/cookie.ts'
import { SessionOptionError } from './core/errors.ts'
import type { Logger } from './core/events.ts'
import { type Duration, milliseconds } from './core/expiry.ts'
import { checkedSecrets, type Secret } from './core/keyring.ts'
import type { FormerSessions } from './core/moving.ts'
import { randomText } from './core/random.ts'
import type { Store } from './core/store.ts'
import { memoryStore } from './stores/memory.ts'

/** At most so many sessions for each owner. */
export interface OwnerLimit {
  /** 1 to 1000. */
  readonly sessions: number
  /**
   * What a sign-in does that is one too many. `'end-oldest'` (default) ends the owner's oldest sessions, in the order of
   * their sign-ins. `'refuse'` does not let it in: its commit throws `ERR_SESSION_LIMIT`, and its session has ended.
   */
  readonly policy?: 'end-oldest' | 'refuse' | undefined
}

/** What an application may say. Every default is in this file, and an option that is not here is an error. */
export interface SessionOptions<Data = Record<string, unknown>> {
  /**
   * What signs the cookies: one secret or several, each of at least 32 random bytes. The first signs, all verify, so
   * put a new one in front and drop the old one after `absoluteTimeout`. Required where NODE_ENV is `production`;
   * elsewhere one is made up, with a warning, and sessions end with the process.
   */
  readonly secrets?: Secret | readonly Secret[] | undefined
  /** Where sessions are kept. Default: `memoryStore()`, which forgets them when the process ends. */
  readonly store?: Store | undefined
  readonly cookie?: Partial<CookieOptions> | undefined
  /** Ends a session that is not used for so long. Default `'30m'`. */
  readonly idleTimeout?: Duration | undefined
  /** Ends a session so long after its sign-in, however busy it is. Default `'7d'`. */
  readonly absoluteTimeout?: Duration | undefined
  /** Moves the idle deadline at most this often. Default: a tenth of `idleTimeout`. Must be shorter than it. */
  readonly touchAfter?: Duration | undefined
  /** Replaces the cookie of a session so long after it was set. Default: never. */
  readonly renewAfter?: Duration | undefined
  /** How long the replaced cookie still works once the browser has used the new one. Default `'1m'`. */
  readonly renewGrace?: Duration | undefined
  /** The user that a session belongs to, for `list`, `count` and `revokeAll`. Default: nobody. */
  readonly owner?: ((data: Partial<Data>) => string | number | null | undefined) | undefined
  /**
   * How many sessions an owner may have at a time. Needs `owner`, and a store with `list`. Held against any number of
   * sign-ins at once, in any number of processes. Costs a sign-in one call of the store, or two more for each session
   * that it ends or finds in its way; other requests nothing. Default: no limit.
   */
  readonly ownerLimit?: OwnerLimit | undefined
  /** The most bytes of JSON a session may have; more is refused. Default 1 MiB. */
  readonly maxBytes?: number | undefined
  /** From how many bytes on an event names the largest keys. Default 64 KiB. */
  readonly warnBytes?: number | undefined
  /**
   * What a response does when its session ended or was rotated while it was being made, so that its changes were
   * dropped: `'event'` (default) tells listeners, `'error'` fails the response. `session.save()` always throws then.
   */
  readonly onLost?: 'event' | 'error' | undefined
  /** How long the store may take for one request's read, and again for its write. Default `'2s'`. */
  readonly storeTimeout?: Duration | undefined
  /**
   * Sessions of another library that move over when their browsers come with the old cookie: `formerExpressSessions` and
   * `formerKoaSessions` of `holdfast/bridges`. Default: none.
   */
  readonly moveFrom?: FormerSessions | readonly FormerSessions[] | undefined
  /** How often expired sessions are removed from the store, or false for never. Default `'5m'`. */
  readonly sweepEvery?: Duration | false | undefined
  /** `console` will do. Default: warnings go to the console, the rest nowhere. */
  readonly logger?: Logger | undefined
  /** For tests that move time. */
  readonly clock?: Clock | undefined
}

/** What the engine works with: every value present and checked. Durations in ms. */
export interface ResolvedOptions {
  readonly secrets: readonly Secret[]
  readonly store: Store
  readonly cookie: CookieOptions
  readonly idleTimeout: number
  readonly absoluteTimeout: number
  readonly touchAfter: number
  readonly renewAfter: number | undefined
  readonly renewGrace: number
  readonly owner: ((data: Record<string, unknown>) => unknown) | undefined
  readonly ownerLimit: { readonly sessions: number; readonly policy: 'end-oldest' | 'refuse' } | undefined
  readonly maxBytes: number
  readonly warnBytes: number
  readonly onLost: 'event' | 'error'
  readonly storeTimeout: number
  readonly moveFrom: readonly FormerSessions[]
  readonly sweepEvery: number | undefined
  readonly logger: Logger
  readonly clock: Clock
}

const OPTIONS = [
  'secrets',
  'store',
  'cookie',
  'idleTimeout',
  'absoluteTimeout',
  'touchAfter',
  'renewAfter',
  'renewGrace',
  'owner',
  'ownerLimit',
  'maxBytes',
  'warnBytes',
  'onLost',
  'storeTimeout',
  'moveFrom',
  'sweepEvery',
  'logger',
  'clock',
] as const
const COOKIE_OPTIONS = [
  'name',
  'path',
  'domain',
  'secure',
  'httpOnly',
  'sameSite',
  'partitioned',
  'priority',
  'persistent',
] as const

// biome-ignore lint/suspicious/noConsole: without a logger, what nobody should miss goes where everybody looks
const quietConsole: Logger = { warn: console.warn, error: console.error }

export function resolveOptions<Data>(given: SessionOptions<Data> = {}): ResolvedOptions {
  const o = checkNames(given, OPTIONS, '') as SessionOptions<Data>
  const logger = o.logger === undefined ? quietConsole : shaped(o.logger, 'logger', [])
  const idleTimeout = milliseconds(o.idleTimeout ?? '30m', 'idleTimeout')
  const absoluteTimeout = milliseconds(o.absoluteTimeout ?? '7d', 'absoluteTimeout')
  const touchAfter = milliseconds(o.touchAfter ?? Math.max(1, idleTimeout / 10), 'touchAfter')
  if (idleTimeout > absoluteTimeout) throw new SessionOptionError('idleTimeout', 'is longer than absoluteTimeout.')
  if (touchAfter >= idleTimeout)
    throw new SessionOptionError('touchAfter', 'is not shorter than idleTimeout: busy sessions would expire.')
  const maxBytes = bytes(o.maxBytes ?? 1_048_576, 'maxBytes')
  const cookie = resolveCookie(o.cookie)
  const store =
    o.store === undefined ? memoryStore() : shaped(o.store, 'store', ['get', 'insert', 'update', 'touch', 'delete'])
  return Object.freeze({
    secrets: o.secrets === undefined ? madeUpSecret(logger) : checkedSecrets(o.secrets),
    store,
    cookie,
    idleTimeout,
    absoluteTimeout,
    touchAfter,
    renewAfter: o.renewAfter === undefined ? undefined : milliseconds(o.renewAfter, 'renewAfter'),
    renewGrace: milliseconds(o.renewGrace ?? '1m', 'renewGrace'),
    owner: o.owner === undefined ? undefined : (callable(o.owner, 'owner') as ResolvedOptions['owner']),
    ownerLimit: o.ownerLimit === undefined ? undefined : resolveLimit(o.ownerLimit, o.owner !== undefined, store),
    maxBytes,
    warnBytes: bytes(o.warnBytes ?? Math.min(65_536, maxBytes), 'warnBytes'),
    onLost: oneOf(o.onLost ?? 'event', ['event', 'error'], 'onLost'),
    storeTimeout: milliseconds(o.storeTimeout ?? '2s', 'storeTimeout'),
    moveFrom: [o.moveFrom ?? []]
      .flat()
      .map((each, i) => shaped(each as FormerSessions, `moveFrom[${i}]`, ['claim', 'load', 'remove'])),
    sweepEvery: o.sweepEvery === false ? undefined : milliseconds(o.sweepEvery ?? '5m', 'sweepEvery'),
    logger,
    clock: o.clock === undefined ? systemClock : shaped(o.clock, 'clock', ['now']),
  })
}

function resolveLimit(given: OwnerLimit, hasOwner: boolean, store: Store): ResolvedOptions['ownerLimit'] {
  const { sessions, policy } = checkNames(given, ['sessions', 'policy'], 'ownerLimit.') as OwnerLimit
  if (!hasOwner) throw new SessionOptionError('ownerLimit', 'needs the option "owner", which says whose a session is.')
  if (typeof store.list !== 'function') {
    throw new SessionOptionError(
      'ownerLimit',
      `needs a store that can list an owner's sessions, and ${store.name} cannot.`,
    )
  }
  if (!Number.isInteger(sessions) || sessions < 1 || sessions > 1000)
    throw new SessionOptionError('ownerLimit.sessions', 'is not a whole number from 1 to 1000.')
  return Object.freeze({
    sessions,
    policy: oneOf(policy ?? 'end-oldest', ['end-oldest', 'refuse'], 'ownerLimit.policy'),
  })
}

function resolveCookie(given: Partial<CookieOptions> = {}): CookieOptions {
  const c = checkNames(given, COOKIE_OPTIONS, 'cookie.') as Partial<CookieOptions>
  const cookie: CookieOptions = Object.freeze({
    name: text(c.name ?? 'holdfast.sid', 'cookie.name'),
    path: text(c.path ?? '/', 'cookie.path'),
    domain: c.domain === undefined ? undefined : text(c.domain, 'cookie.domain'),
    secure: oneOf(c.secure ?? 'auto', [true, false, 'auto'], 'cookie.secure'),
    httpOnly: oneOf(c.httpOnly ?? true, [true, false], 'cookie.httpOnly'),
    sameSite: oneOf(c.sameSite ?? 'lax', ['lax', 'strict', 'none'], 'cookie.sameSite'),
    partitioned: oneOf(c.partitioned ?? false, [true, false], 'cookie.partitioned'),
    priority: c.priority === undefined ? undefined : oneOf(c.priority, ['low', 'medium', 'high'], 'cookie.priority'),
    persistent: oneOf(c.persistent ?? false, [true, false], 'cookie.persistent'),
  })
  checkCookie(cookie)
  return cookie
}

function madeUpSecret(logger: Logger): readonly Secret[] {
  if (process.env.NODE_ENV === 'production') {
    throw new SessionOptionError(
      'secrets',
      'is missing.',
      'Give at least 32 random bytes, the same in every process; is the variable set?',
    )
  }
  logger.warn?.(
    'holdfast: no secrets given, so one was made up. All sessions end with this process; production refuses to start like this.',
  )
  return [randomText(32)]
}
