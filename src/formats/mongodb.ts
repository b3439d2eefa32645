/**
 * The records of connect-mongo 6, read and written where they are: sessions as text, as sub-documents or encrypted.
 *
 * A record has no room for a revision. So a write reads the record, compares what is in it, and then holds on the server
 * only if the field `session` still is exactly what was read; connect-mongo's own writes count as anybody's.
 */

import { type SessionErrorInit, SessionStoreError } from '../core/errors.ts'
import type { InPlaceStore, Store, StoreEntry, UpdateOutcome } from '../core/store.ts'
import { checkDeadline, checkEntry, checkKey, clampLimit, isKey, isRevision } from '../stores/internal/key.ts'
import type { Collection, MongodbClient, MongodbDatabase, MongodbDocument, Written } from '../stores/mongodb/client.ts'
import {
  isDisconnected,
  isDuplicate,
  isRefusedDocument,
  isUnknownIndex,
  storeFailure,
} from '../stores/mongodb/failure.ts'
import { cipherFrom } from './mongodb/ciphers.ts'
import { codecFor } from './mongodb/codec.ts'
import { formatSettings, type MongodbFormatOptions } from './mongodb/options.ts'
import { dateOf, deadlineOf, LIVING, sameIn } from './mongodb/record.ts'

export type { ConnectMongoCryptoAdapter } from './mongodb/ciphers.ts'
export type { ConnectMongoCrypto } from './mongodb/legacy-crypto.ts'
export type { MongodbFormatCollection, MongodbFormatOptions } from './mongodb/options.ts'
export type { ConnectMongoWebCrypto } from './mongodb/web-crypto.ts'

type Promised<M> = M extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : M
type Methods = Omit<Store, 'deleteOwned' | 'list'>

/** A store of every method but `deleteOwned`: the records do not say whose they are. `list` is not there with `transformId`. */
export type MongodbFormat = { readonly [K in keyof Methods]-?: Promised<NonNullable<Methods[K]>> } & {
  readonly list?: Promised<NonNullable<Store['list']>>
} & Pick<InPlaceStore, 'revisionOf' | 'lifetime'>

const MOST_LISTED = 1000
const MOST_SWEPT = 1000
/** How often a write is tried that others keep changing under it. */
const MOST_ATTEMPTS = 10
/** Marks our cursors; what follows is the last `_id` of the page. */
const CURSOR = 'k:'

/** What is read of a record: it may have other fields, of the application. */
const OURS = { session: 1, expires: 1, lastModified: 1 } as const

/** A record as it was read, with its value and deadline. */
interface Found {
  readonly document: MongodbDocument
  readonly entry: StoreEntry
}

/**
 * Keeps sessions as connect-mongo does. `close()` leaves the client open.
 *
 * Throws `SessionOptionError` for an option that is wrong. Every method rejects with `SessionStoreError`
 * (`ERR_SESSION_STORE`) when the server fails, with the driver's error as its `cause` and `retryable: true` when the same
 * call may succeed later.
 */
export const mongodbFormat = (options: MongodbFormatOptions): MongodbFormat => {
  const settings = formatSettings(options)
  const { transformId, timestamps, ttlMs, touchAfterMs, reads, writes, typedReads, typedPrimaryReads } = settings
  const codec = codecFor(settings.stringify, cipherFrom(options))
  const sessions = options.collection as unknown as Collection & { readonly db?: Partial<MongodbDatabase> }
  let closed = false

  const run = async <T>(act: string, work: () => T | PromiseLike<T>): Promise<T> => {
    if (closed) throw failed(act, 'it was closed')
    try {
      try {
        return await work()
      } catch (error) {
        // A client whose first attempt to connect has failed does not try again by itself.
        const client = (sessions.db?.client ?? {}) as Partial<MongodbClient>
        const reconnecting = isDisconnected(error) && client.topology ? client.connect?.() : undefined
        if (!reconnecting) throw error
        await reconnecting
        return await work()
      }
    } catch (error) {
      if (!settings.stringify && isRefusedDocument(error)) throw failed(act, UNKEPT, { cause: error, help: AS_TEXT })
      throw storeFailure(act, error)
    }
  }

  /** Tries until `once` has an outcome. */
  const settle = async <T>(act: string, once: () => Promise<T | undefined>): Promise<T> => {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
      const outcome = await once()
      if (outcome !== undefined) return outcome
    }
    throw failed(act, 'the entry kept changing meanwhile', { retryable: true })
  }

  const idOf = (key: string): string => {
    if (!transformId) return key
    const id: unknown = transformId(key)
    if (typeof id === 'string' && id !== '') return id
    throw failed('name a record', 'transformId did not answer with text')
  }

  /** The live record. */
  const read = async (key: string, now: number, how: object): Promise<Found | undefined> => {
    const document = await sessions.findOne({ _id: idOf(key) }, { ...how, projection: OURS })
    const expiresAt = document ? deadlineOf(document, now, ttlMs) : undefined
    if (!document || expiresAt === undefined) return undefined
    const value = await codec.decode(document.session)
    return { document, entry: { value, expiresAt, revision: codec.revisionOf(value) } }
  }

  /** Only if the record is what it was when it was read, and still alive. */
  const unchanged = ({ document }: Found, now: number) => ({
    _id: document._id,
    session: sameIn(document, 'session'),
    ...LIVING(now),
  })

  /** What a write says beside the session. */
  const marks = (expiresAt: number, now: number) => ({
    expires: dateOf(expiresAt),
    ...(touchAfterMs > 0 ? { lastModified: new Date(now) } : {}),
  })

  const change = async (found: Found, now: number, fields: object): Promise<boolean> => {
    const stamp = timestamps ? { $currentDate: { updatedAt: true } } : {}
    const written = await sessions.updateOne(unchanged(found, now), { $set: fields, ...stamp }, writes)
    return acknowledged(written).matchedCount === 1
  }

  /** connect-mongo's throttle, but not where the session would end early for it. */
  const isTouchedLately = ({ document, entry }: Found, expiresAt: number, now: number): boolean => {
    const { lastModified } = document
    if (touchAfterMs === 0 || !(lastModified instanceof Date) || !(document.expires instanceof Date)) return false
    if (now - lastModified.getTime() >= touchAfterMs || entry.expiresAt > expiresAt) return false
    return entry.expiresAt - now >= (expiresAt - now) / 2
  }

  const list: MongodbFormat['list'] = ({ owner, cursor, limit }, { now }) =>
    run('list entries', async () => {
      if (owner !== undefined) return { entries: [] }
      const most = clampLimit(limit, MOST_LISTED)
      const after = typeof cursor === 'string' && cursor.startsWith(CURSOR) ? cursor.slice(CURSOR.length) : ''
      const page = { ...reads, projection: { _id: 1, expires: 1 }, sort: { _id: 1 }, limit: most, batchSize: most + 1 }
      const found = await sessions.find({ _id: { $gt: after } }, page).toArray()
      const entries = found.flatMap((document) => {
        const expiresAt = deadlineOf(document, now, ttlMs)
        return isKey(document._id) && expiresAt !== undefined ? [{ key: document._id, expiresAt }] : []
      })
      return found.length < most ? { entries } : { entries, cursor: `${CURSOR}${String(found.at(-1)?._id)}` }
    })

  return {
    name: 'mongodb',

    revisionOf: codec.revisionOf,
    lifetime: ttlMs,

    get(key, { now }) {
      return run('read an entry', async () => (isKey(key) ? (await read(key, now, typedReads))?.entry : undefined))
    },

    async insert(key, entry, { now }) {
      checkKey(key)
      checkEntry(entry)
      const act = 'insert an entry'
      return run(act, async () => {
        const _id = idOf(key)
        const born = timestamps ? { createdAt: new Date(now), updatedAt: new Date(now) } : {}
        const fields = { session: await codec.encode(entry.value), ...marks(entry.expiresAt, now), ...born }
        return settle(act, async () => {
          try {
            acknowledged(await sessions.insertOne({ _id, ...fields }, writes))
            return 'inserted'
          } catch (error) {
            if (!isDuplicate(error)) throw error
          }
          const there = await sessions.findOne({ _id }, { ...typedPrimaryReads, projection: { expires: 1 } })
          if (!there) return undefined
          if (deadlineOf(there, now, ttlMs) !== undefined) return 'taken'
          const expired = { _id, expires: sameIn(there, 'expires') }
          return acknowledged(await sessions.replaceOne(expired, fields, writes)).matchedCount === 1
            ? 'inserted'
            : undefined
        })
      })
    },

    async update(key, entry, { now, ifRevision }) {
      const act = 'update an entry'
      if (isKey(key)) checkEntry(entry)
      return run(act, async () => {
        if (!isKey(key)) return { outcome: 'gone' }
        return settle<UpdateOutcome>(act, async () => {
          const found = await read(key, now, typedPrimaryReads)
          if (!found) return { outcome: 'gone' }
          if (found.entry.revision !== ifRevision) return { outcome: 'conflict', current: found.entry }
          const session = await codec.encode(entry.value, found.document.session)
          const fields = { session, ...marks(entry.expiresAt, now) }
          return (await change(found, now, fields)) ? { outcome: 'updated' } : undefined
        })
      })
    },

    async touch(key, expiresAt, { now, ifRevision }) {
      const act = 'touch an entry'
      if (isKey(key)) checkDeadline(expiresAt)
      return run(act, async () => {
        if (!isKey(key)) return 'gone'
        return settle(act, async () => {
          const found = await read(key, now, typedPrimaryReads)
          if (!found) return 'gone'
          if (found.entry.revision !== ifRevision) return 'conflict'
          if (isTouchedLately(found, expiresAt, now)) return 'touched'
          return (await change(found, now, marks(expiresAt, now))) ? 'touched' : undefined
        })
      })
    },

    async delete(key, { now, ifRevision }) {
      const act = 'delete an entry'
      return run(act, async () => {
        if (!isKey(key)) return 'gone'
        if (ifRevision === undefined) {
          const live = { _id: idOf(key), ...LIVING(now) }
          return acknowledged(await sessions.deleteOne(live, writes)).deletedCount === 1 ? 'deleted' : 'gone'
        }
        return settle(act, async () => {
          const found = await read(key, now, typedPrimaryReads)
          if (!found) return 'gone'
          if (!isRevision(ifRevision) || found.entry.revision !== ifRevision) return 'conflict'
          const written = acknowledged(await sessions.deleteOne(unchanged(found, now), writes))
          return written.deletedCount === 1 ? 'deleted' : undefined
        })
      })
    },

    ...(transformId ? {} : { list }),

    count({ owner }, { now }) {
      return run('count entries', () => (owner === undefined ? sessions.countDocuments(LIVING(now), reads) : 0))
    },

    sweep(limit, { now }) {
      return run('sweep', async () => {
        const most = clampLimit(limit, MOST_SWEPT)
        const expires = { $lte: dateOf(now) }
        const page = { ...settings.primaryReads, projection: { _id: 1 }, limit: most, batchSize: most + 1 }
        const found = await sessions.find({ expires }, page).toArray()
        if (found.length === 0) return { removed: 0, more: false }
        const removable = { _id: { $in: found.map(({ _id }) => _id) }, expires }
        const { deletedCount } = acknowledged(await sessions.deleteMany(removable, writes))
        return { removed: deletedCount ?? 0, more: found.length === most }
      })
    },

    ready() {
      return run('prepare its collection', async () => {
        if (!settings.createIndex) return
        try {
          await sessions.createIndex({ expires: 1 }, { ...settings.plain, background: true, expireAfterSeconds: 0 })
        } catch (error) {
          // Such a server removes nothing by itself, and the index serves the sweep.
          if (!isUnknownIndex(error)) throw error
          await sessions.createIndex({ expires: 1 }, { ...settings.plain })
        }
      })
    },

    ping() {
      // Reads, so that it also fails where the user may not.
      return run('ping', async () => void (await sessions.findOne({ _id: '' }, reads)))
    },

    async close() {
      closed = true
    },
  }
}

const UNKEPT = 'the server does not keep such a sub-document'
const AS_TEXT =
  'Some servers refuse names with dots and dollars, or arrays in arrays: keep sessions as text (stringify).'

const failed = (act: string, why: string, init: SessionErrorInit = {}) => {
  const message = `The mongodb store could not ${act}: ${why}.`
  return new SessionStoreError('ERR_SESSION_STORE', init.help ? `${message} ${init.help}` : message, init)
}

/** A write that nobody acknowledges has no outcome. */
const acknowledged = (written: Written): Written => {
  if (written?.acknowledged === true) return written
  throw failed('write', 'the driver did not wait for the server to acknowledge it')
}
