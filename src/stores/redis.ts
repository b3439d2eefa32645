/**
 * Sessions in Redis or Valkey, through a client that the application made: node-redis (`redis`), `ioredis` or `iovalkey`,
 * for a single server, Cluster or Sentinel.
 */

import type { Store } from '../core/store.ts'
import { checkDeadline, checkEntry, checkKey, clampLimit, isKey, isOwner, isRevision, keysIn } from './internal/key.ts'
import { bound, checkNames } from './internal/options.ts'
import { callsOf, forEach, text } from './redis/calls.ts'
import { driverOf, type RedisClient } from './redis/client.ts'
import { checkWait, confirmed, type RedisWait } from './redis/confirm.ts'
import { replyWord } from './redis/failure.ts'
import { listingOf, readPlace, writePlace } from './redis/listing.ts'
import { checkPrefix, decodeKey, encodeOwner, namesFor } from './redis/names.ts'
import { ownersOf, type Place } from './redis/owners.ts'
import { instant, liveEntry, NO_INDEX, newRecord, ownerField, revisionField } from './redis/record.ts'
import { DELETE, INSERT, TOUCH, UPDATE } from './redis/scripts.ts'
import { start } from './redis/start.ts'
import { sweepOf } from './redis/sweep.ts'

export type {
  IoredisClient,
  IoredisCluster,
  NodeRedisClient,
  NodeRedisCluster,
  NodeRedisSentinel,
  RedisClient,
} from './redis/client.ts'
export type { RedisWait } from './redis/confirm.ts'

export interface RedisStoreOptions {
  /**
   * What the names of all keys begin with: at most 200 characters, none of which means anything special. Default
   * `'holdfast:'`. Stores with different prefixes never see each other's sessions.
   */
  readonly prefix?: string | undefined
  /**
   * By how much the server's clock may be ahead of the application's, in milliseconds. Default 60,000. So much longer does
   * the server keep an expired session, which is absent all the same.
   */
  readonly skewTolerance?: number | undefined
  /** Makes `delete` and `deleteOwned` wait until replicas have them. Default: they do not. */
  readonly wait?: RedisWait | undefined
}

/** A store that has every method of the port. */
export type RedisStore = { readonly [K in keyof Store]-?: NonNullable<Store[K]> } & {
  /** What `ready()` found that may cost sessions, in words. Empty when it found nothing, or was not permitted to look. */
  readonly warnings: readonly string[]
}

const DEFAULT_SKEW_MS = 60_000
const MOST_LISTED = 1000
const MOST_SWEPT = 1000
const INDEX_STEP = 100

/**
 * Keeps each session in one key of a Redis server, through an open client of the application. `close()` leaves the client open.
 *
 * Throws `SessionOptionError` for an option or a client that is wrong. Every method rejects with `SessionStoreError`
 * (`ERR_SESSION_STORE`) when the server or the client fails, with the client's error as its `cause` and `retryable: true` when
 * that may pass by itself.
 */
export const redisStore = (client: RedisClient, options: RedisStoreOptions = {}): RedisStore => {
  checkNames(options, ['prefix', 'skewTolerance', 'wait'])
  const prefix = checkPrefix(options.prefix)
  const skew = bound(options.skewTolerance, 'skewTolerance', DEFAULT_SKEW_MS, 86_400_000)
  const wait = checkWait(options.wait)
  const driver = driverOf(client)
  const names = namesFor(prefix, driver.keyPrefix)
  const calls = callsOf(driver)
  const owners = ownersOf(calls, names, skew)
  const listing = listingOf(driver, calls, names)
  const sweep = sweepOf(driver, calls, names)
  // Filled in place, so that a copy of the store's object has them, too.
  const warnings: string[] = []

  /** When the server may remove it by itself. An instant that has passed removes it at once. */
  const removalAt = (expiresAt: number): string =>
    String(Math.min(Math.max(expiresAt + skew, 1), Number.MAX_SAFE_INTEGER))
  /** A key that holds something else than a text is no session, and stays as it is. */
  const orForeign =
    <T>(answer: T) =>
    (error: unknown): T => {
      if (replyWord((error as Error).cause) === 'WRONGTYPE') return answer
      throw error
    }
  const remove = async (act: string, key: string, args: readonly string[]): Promise<string> => {
    const name = names.record(key)
    const answer = await (wait
      ? calls.ask(act, () => confirmed(driver, wait, act, DELETE, name, args))
      : calls.run(act, DELETE, name, args)
    ).catch(orForeign('0'))
    owners.forget(key, answer.slice(1))
    return answer
  }

  return {
    name: 'redis',

    warnings,

    get(key, { now }) {
      const act = 'read an entry'
      if (!isKey(key)) {
        calls.admit(act)
        return undefined
      }
      const reading = calls.ask(act, () => driver.get(names.record(key)))
      return reading.then((reply) => (reply === null ? undefined : liveEntry(text(reply), now)), orForeign(undefined))
    },

    async insert(key, entry, { now }) {
      const act = 'insert an entry'
      calls.admit(act)
      checkKey(key)
      checkEntry(entry)
      const { head, owner, tail } = newRecord(entry)
      const until =
        entry.owner === undefined
          ? NO_INDEX
          : instant(await owners.add(act, encodeOwner(entry.owner), key, entry.expiresAt, now))
      const name = names.record(key)
      const record = head + until + owner + tail
      const removal = removalAt(entry.expiresAt)
      const made = await calls.ask(act, () => driver.send(name, ['SET', name, record, 'NX', 'PXAT', removal]))
      if (made !== null) return 'inserted'
      // Something is there. It may have expired by the caller's clock.
      const answer = await calls.run(act, INSERT, name, [String(now), record, removal]).catch(orForeign('0'))
      return answer === '1' ? 'inserted' : 'taken'
    },

    async update(key, entry, { now, ifRevision }) {
      const act = 'update an entry'
      calls.admit(act)
      if (!isKey(key)) return { outcome: 'gone' }
      checkEntry(entry)
      const { head, owner, tail } = newRecord(entry)
      const args = [String(now), orNone(ifRevision), head, owner, tail, removalAt(entry.expiresAt)]
      const name = names.record(key)
      const write = (until: string) => calls.run(act, UPDATE, name, [...args, until]).catch(orForeign('0'))
      let answer = await write('')
      if (answer === '2') {
        answer = await write(instant(await owners.add(act, owner.slice(4), key, entry.expiresAt, now)))
      }
      if (answer === '0') return { outcome: 'gone' }
      if (answer.startsWith('1')) {
        owners.forget(key, answer.slice(1))
        return { outcome: 'updated' }
      }
      const current = liveEntry(answer, now)
      return current ? { outcome: 'conflict', current } : { outcome: 'gone' }
    },

    async touch(key, expiresAt, { now, ifRevision }) {
      const act = 'touch an entry'
      calls.admit(act)
      if (!isKey(key)) return 'gone'
      checkDeadline(expiresAt)
      const args = [String(now), orNone(ifRevision), instant(expiresAt), removalAt(expiresAt)]
      const name = names.record(key)
      const write = (until: string) => calls.run(act, TOUCH, name, [...args, until]).catch(orForeign('0'))
      let answer = await write('')
      if (answer.startsWith('2')) {
        answer = await write(instant(await owners.add(act, answer.slice(5), key, expiresAt, now)))
      }
      return answer === '1' ? 'touched' : answer === '3' ? 'conflict' : 'gone'
    },

    async delete(key, { now, ifRevision }) {
      const act = 'delete an entry'
      calls.admit(act)
      if (!isKey(key)) return 'gone'
      const answer = await remove(act, key, [String(now), ifRevision === undefined ? '' : orNone(ifRevision), ''])
      return answer.startsWith('1') ? 'deleted' : answer === '3' ? 'conflict' : 'gone'
    },

    async list({ owner, cursor, limit }, { now }) {
      const act = 'list entries'
      calls.admit(act)
      const most = clampLimit(limit, MOST_LISTED)
      if (owner === undefined) return listing.page(act, cursor, most, now)
      if (!isOwner(owner)) return { entries: [] }
      const { places, last } = await owners.page(act, owner, readPlace(cursor), most)
      const keys = places.map(([, member]) => decodeKey(member))
      const headers = await forEach(keys, (key) => listing.header(act, key, now))
      const entries = keys.flatMap((key, index) => {
        const header = headers[index]
        return header?.owner === owner ? [{ key, expiresAt: header.expiresAt, owner }] : []
      })
      return last ? { entries, cursor: writePlace(last) } : { entries }
    },

    async count({ owner }, { now }) {
      const act = 'count entries'
      calls.admit(act)
      if (owner === undefined) return listing.count(act, now)
      if (!isOwner(owner)) return 0
      const counted = new Set<string>()
      for (let after: Place | undefined, going = true; going; going = after !== undefined) {
        const { places, last } = await owners.page(act, owner, after, INDEX_STEP)
        const keys = places.map(([, member]) => decodeKey(member))
        const headers = await forEach(keys, (key) => listing.header(act, key, now))
        for (const [index, key] of keys.entries()) if (headers[index]?.owner === owner) counted.add(key)
        after = last
      }
      return counted.size
    },

    async deleteOwned({ owner, except, limit }, { now }) {
      const act = "delete an owner's entries"
      calls.admit(act)
      if (!isOwner(owner)) return []
      const most = clampLimit(limit, MOST_LISTED)
      const staying = keysIn(except)
      const removed: string[] = []
      const args = [String(now), '', ownerField(owner)]
      for (let after: Place | undefined, going = true; going; going = after !== undefined) {
        const { places, last } = await owners.page(act, owner, after, INDEX_STEP)
        const keys = places.map(([, member]) => decodeKey(member)).filter((key) => !staying.has(key))
        while (keys.length > 0) {
          const next = keys.splice(0, most - removed.length)
          const answers = await forEach(next, (key) => remove(act, key, args))
          removed.push(...next.filter((_, index) => answers[index]?.startsWith('1')))
          if (removed.length === most) return removed
        }
        after = last
      }
      return removed
    },

    sweep: (limit, { now }) => sweep('sweep', clampLimit(limit, MOST_SWEPT), now),

    async ready() {
      const found = await start(driver, calls, names)
      warnings.splice(0, warnings.length, ...found)
    },

    async ping() {
      const act = 'ping'
      for (const { send } of await calls.ask(act, () => driver.masters())) await calls.ask(act, () => send(['PING']))
    },

    close: () => calls.close(),
  }
}

/** What is no revision matches none: every one of them is longer than this. */
const orNone = (revision: unknown): string => (isRevision(revision) ? revisionField(revision) : '00')
