/**
 * The sessions of connect-redis, koa-redis, and of koa-generic-session and koa-session-minimal over koa-redis, in place: a string
 * key per session, named `prefix` and id, that holds JSON text and expires by the server's TTL.
 */

import { hash } from 'node:crypto'
import { SessionError, SessionOptionError } from '../core/errors.ts'
import type { InPlaceStore, StoreEntry } from '../core/store.ts'
import { checkDeadline, checkEntry, checkKey, clampLimit, isKey, orNone } from '../stores/internal/key.ts'
import { bound, checkNames } from '../stores/internal/options.ts'
import { callsOf } from '../stores/redis/calls.ts'
import { driverOf, type RedisClient } from '../stores/redis/client.ts'
import { checkWait, confirmed, type RedisWait } from '../stores/redis/confirm.ts'
import { replyWord } from '../stores/redis/failure.ts'
import { pagesOf } from '../stores/redis/listing.ts'
import { checkPrefix, patternFor } from '../stores/redis/names.ts'
import {
  DELETE,
  INSERT,
  INSTANT_DIGITS,
  NEVER,
  READ,
  READ_DEADLINE,
  REVISION_DIGITS,
  TOUCH,
  UPDATE,
} from './redis/scripts.ts'

export interface RedisFormatOptions {
  /** An open client of `redis` (node-redis), `ioredis` or `iovalkey`: single, Cluster or Sentinel. It stays open. */
  readonly client: RedisClient
  /**
   * What stands before the session id in the names of the keys: at most 200 characters. Default `'sess:'`, as in
   * connect-redis. koa-redis under koa-session has none (`''`), koa-generic-session has `'koa:sess:'`, and
   * koa-session-minimal the name of its cookie and a colon.
   */
  readonly prefix?: string | undefined
  /** As in connect-redis: how long, in seconds, a session without an end of its own is kept from its last use. Default 86,400. */
  readonly ttl?: number | undefined
  /** As in connect-redis: keys are written without a TTL and never expire. Default false. */
  readonly disableTTL?: boolean | undefined
  /** Makes `delete` wait until replicas have it. Default: it does not. */
  readonly wait?: RedisWait | undefined
}

/** `list` and `count` are there unless the prefix is empty: then nothing tells which keys of the server are sessions. */
export type RedisFormat = InPlaceStore & { readonly [K in 'ping' | 'close']-?: NonNullable<InPlaceStore[K]> }

const DEFAULT_PREFIX = 'sess:'
const DEFAULT_TTL = 86_400
const MAX_TTL = 100 * 366 * DEFAULT_TTL
const MOST_LISTED = 1000
const VALUE_AT = 1 + INSTANT_DIGITS + REVISION_DIGITS

/**
 * Reads and writes the sessions of another library where they are. A key that has no TTL has the deadline 8.64e15, the
 * last instant of a `Date`, and an entry with that deadline or a later one is written without a TTL.
 *
 * Throws `SessionOptionError` for an option or a client that is wrong. Every method rejects with `SessionStoreError`
 * (`ERR_SESSION_STORE`) when the server or the client fails, `retryable: true` when that may pass by itself; `insert` and
 * `update` reject with `ERR_SESSION_KEY` for a value with half a surrogate pair, which UTF-8 cannot hold.
 */
export const redisFormat = (options: RedisFormatOptions): RedisFormat => {
  checkNames(options ?? {}, ['client', 'prefix', 'ttl', 'disableTTL', 'wait'])
  const { client, prefix: givenPrefix, disableTTL = false } = options ?? {}
  const prefix = checkPrefix(givenPrefix, DEFAULT_PREFIX)
  if (typeof disableTTL !== 'boolean') throw new SessionOptionError('disableTTL', 'is neither true nor false.')
  const lifetime = bound(options?.ttl, 'ttl', DEFAULT_TTL, MAX_TTL) * 1000
  const wait = checkWait(options?.wait)
  const driver = driverOf(client)
  const calls = callsOf(driver)
  const nameOf = (key: string): string => prefix + key

  const clocks = (now: number): readonly string[] => [String(now), String(Date.now())]
  const deadline = (expiresAt: number, now: number): string =>
    String(disableTTL && expiresAt > now ? NEVER : Math.max(expiresAt, 0))
  /** A key that holds something else than text is no session, and stays as it is. */
  const orForeign =
    (answer: string) =>
    (error: unknown): string => {
      if (replyWord((error as Error).cause) === 'WRONGTYPE') return answer
      throw error
    }

  const scanned = driver.keyPrefix + prefix
  const listed = {
    pattern: patternFor(scanned),
    keyIn(name: string) {
      const key = name.startsWith(scanned) ? name.slice(scanned.length) : ''
      return isKey(key) ? key : undefined
    },
  }
  const pages = pagesOf(driver, calls, listed, async (act, key, now) => {
    const found = await calls.run(act, READ_DEADLINE, nameOf(key), clocks(now)).catch(orForeign('0'))
    return found === '0' ? undefined : { expiresAt: Number(found), owner: undefined }
  })
  const listing: Pick<InPlaceStore, 'list' | 'count'> = {
    async list({ owner, cursor, limit }, { now }) {
      const act = 'list entries'
      calls.admit(act)
      if (owner !== undefined) return { entries: [] }
      return pages.page(act, cursor, clampLimit(limit, MOST_LISTED), now)
    },
    async count({ owner }, { now }) {
      const act = 'count entries'
      calls.admit(act)
      return owner === undefined ? pages.count(act, now) : 0
    },
  }

  return {
    name: 'redis',

    revisionOf: (value) => hash('sha1', value, 'hex'),
    lifetime,

    async get(key, { now }) {
      const act = 'read an entry'
      calls.admit(act)
      if (!isKey(key)) return undefined
      const answer = await calls.run(act, READ, nameOf(key), clocks(now)).catch(orForeign('0'))
      return answer === '0' ? undefined : entryIn(answer)
    },

    async insert(key, entry, { now }) {
      const act = 'insert an entry'
      calls.admit(act)
      checkKey(key)
      checkKept(entry)
      const args = [...clocks(now), entry.value, deadline(entry.expiresAt, now)]
      const answer = await calls.run(act, INSERT, nameOf(key), args).catch(orForeign('0'))
      return answer === '1' ? 'inserted' : 'taken'
    },

    async update(key, entry, { now, ifRevision }) {
      const act = 'update an entry'
      calls.admit(act)
      if (!isKey(key)) return { outcome: 'gone' }
      checkKept(entry)
      const args = [...clocks(now), entry.value, deadline(entry.expiresAt, now), orNone(ifRevision)]
      const answer = await calls.run(act, UPDATE, nameOf(key), args).catch(orForeign('0'))
      if (answer === '0') return { outcome: 'gone' }
      return answer === '1' ? { outcome: 'updated' } : { outcome: 'conflict', current: entryIn(answer) }
    },

    async touch(key, expiresAt, { now, ifRevision }) {
      const act = 'touch an entry'
      calls.admit(act)
      if (!isKey(key)) return 'gone'
      checkDeadline(expiresAt)
      const args = [...clocks(now), orNone(ifRevision), deadline(expiresAt, now)]
      const answer = await calls.run(act, TOUCH, nameOf(key), args).catch(orForeign('0'))
      return answer === '1' ? 'touched' : answer === '3' ? 'conflict' : 'gone'
    },

    async delete(key, { now, ifRevision }) {
      const act = 'delete an entry'
      calls.admit(act)
      if (!isKey(key)) return 'gone'
      // What is no revision matches none.
      const revision = ifRevision === undefined ? '' : orNone(ifRevision) || '-'
      const args = [...clocks(now), revision]
      const answer = await (wait
        ? calls.ask(act, () => confirmed(driver, wait, act, DELETE, nameOf(key), args))
        : calls.run(act, DELETE, nameOf(key), args)
      ).catch(orForeign('0'))
      return answer === '1' ? 'deleted' : answer === '3' ? 'conflict' : 'gone'
    },

    ...(prefix === '' ? {} : listing),

    async ping() {
      const act = 'ping'
      for (const { send } of await calls.ask(act, () => driver.masters())) await calls.ask(act, () => send(['PING']))
    },

    close: () => calls.close(),
  }
}

/** The entry in an answer, after its first digit. */
const entryIn = (answer: string): StoreEntry => ({
  value: answer.slice(VALUE_AT),
  expiresAt: Number(answer.slice(1, 1 + INSTANT_DIGITS)),
  revision: answer.slice(1 + INSTANT_DIGITS, VALUE_AT),
})

const checkKept = (entry: StoreEntry): void => {
  checkEntry(entry)
  if (/\p{Surrogate}/u.test(entry.value)) {
    throw new SessionError(
      'ERR_SESSION_KEY',
      "A store entry's value has half a surrogate pair, which Redis cannot keep.",
    )
  }
}
