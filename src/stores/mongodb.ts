/**
 * Sessions in a collection of MongoDB, or of a server that speaks its protocol: a `MongoClient`, `Db` or `Collection` of
 * the `mongodb` driver 7, or a connection of mongoose 9.
 *
 * Every write is one command on one document, which the server compares and writes in one step. A write that met no
 * document is explained by a second read: gone, or a conflict with what is there then. That read may find that the
 * write would hold now after all; then the write is tried again.
 */

import { SessionStoreError } from '../core/errors.ts'
import type { Store, StoreEntry, UpdateOutcome } from '../core/store.ts'
import { checkDeadline, checkEntry, checkKey, clampLimit, isKey, isOwner, isRevision, keysIn } from './internal/key.ts'
import {
  finder,
  type MongodbClient,
  type MongodbCollection,
  type MongodbDatabase,
  type MongodbDocument,
  type MongooseConnection,
  type Place,
  type Written,
} from './mongodb/client.ts'
import { deadlineFields, isDocument, LISTED, toEntry, toFields, toListing } from './mongodb/document.ts'
import { isDisconnected, isDuplicate, isRefusedDocument, storeFailure } from './mongodb/failure.ts'
import { makeCollection } from './mongodb/schema.ts'
import { type MongodbStoreOptions, settingsFrom } from './mongodb/settings.ts'

export type { MongodbClient, MongodbCollection, MongodbDatabase, MongooseConnection } from './mongodb/client.ts'
export { mongodbSchema } from './mongodb/schema.ts'
export type {
  MongodbReadConcern,
  MongodbReadPreference,
  MongodbStoreOptions,
  MongodbWriteConcern,
} from './mongodb/settings.ts'

type Promised<M> = M extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : M

/** A store that has every method of the port. */
export type MongodbStore = { readonly [K in keyof Store]-?: Promised<NonNullable<Store[K]>> }

const MOST_LISTED = 1000
const MOST_SWEPT = 1000
const MOST_ENDED = 200
/** How often a write is tried that others keep changing under it. */
const MOST_ATTEMPTS = 10
/** Marks our cursors; what follows is the last key of the page. */
const CURSOR = 'k:'
/** A deadline before every instant. */
const ENDED = -Number.MAX_SAFE_INTEGER

/**
 * Keeps sessions in one collection. `ready()` makes its indexes; `close()` leaves the client open.
 *
 * Throws `SessionOptionError` for an option that is wrong. Every method rejects with `SessionStoreError`
 * (`ERR_SESSION_STORE`) when the server fails, with the driver's error as its `cause` and `retryable: true` when the same
 * call may succeed later.
 */
export const mongodbStore = (
  client: MongodbClient | MongodbDatabase | MongodbCollection | MongooseConnection,
  options: MongodbStoreOptions = {},
): MongodbStore => {
  const { named, names, asDocuments, plain, reads, primaryReads, writes } = settingsFrom(options)
  const find = finder(client, named, names)
  let closed = false

  const run = async <T>(act: string, work: (place: Place) => T | PromiseLike<T>): Promise<T> => {
    if (closed) throw new SessionStoreError('ERR_SESSION_STORE', `The mongodb store could not ${act}: it was closed.`)
    try {
      const place = await find()
      try {
        return await work(place)
      } catch (error) {
        const reconnecting = isDisconnected(error) ? place.reconnect() : undefined
        if (!reconnecting) throw error
        await reconnecting
        return await work(place)
      }
    } catch (error) {
      throw storeFailure(act, error)
    }
  }

  /** The live entry as the primary has it now. */
  const current = async ({ sessions }: Place, key: string, now: number, projection?: object) => {
    const found = await sessions.findOne({ _id: key }, projection ? { ...primaryReads, projection } : primaryReads)
    return found && isLive(found, now) ? found : undefined
  }

  /** Sends the entry, as a document if so; as text after all if the server does not keep such a document. */
  const send = async (act: string, entry: StoreEntry, write: (fields: MongodbDocument) => PromiseLike<Written>) => {
    const fields = toFields(entry, asDocuments, act)
    try {
      return acknowledged(await write(fields))
    } catch (error) {
      if (!isDocument(fields) || !isRefusedDocument(error)) throw error
      return acknowledged(await write(toFields(entry, false, act)))
    }
  }

  /** Tries until `once` has an outcome. */
  const settle = async <T>(act: string, once: () => Promise<T | undefined>): Promise<T> => {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
      const outcome = await once()
      if (outcome !== undefined) return outcome
    }
    const problem = `The mongodb store could not ${act}: the entry kept changing meanwhile.`
    throw new SessionStoreError('ERR_SESSION_STORE', problem, { retryable: true })
  }

  /** Why a conditional write met nothing; `undefined` when it would hold now. */
  const refusal = async (place: Place, key: string, now: number, ifRevision: unknown) => {
    const there = await current(place, key, now, { revision: 1, expiresAt: 1 })
    if (!there) return 'gone'
    return there.revision === ifRevision ? undefined : 'conflict'
  }

  return {
    name: 'mongodb',

    get(key, { now }) {
      return run('read an entry', async ({ sessions }) => {
        if (!isKey(key)) return undefined
        const found = await sessions.findOne({ _id: key }, reads)
        return found && isLive(found, now) ? toEntry(found) : undefined
      })
    },

    async insert(key, entry, { now }) {
      checkKey(key)
      checkEntry(entry)
      const act = 'insert an entry'
      return run(act, ({ sessions }) =>
        settle(act, async () => {
          try {
            await send(act, entry, (fields) => sessions.insertOne({ _id: key, ...fields }, writes))
            return 'inserted'
          } catch (error) {
            if (!isDuplicate(error)) throw error
          }
          const there = await sessions.findOne({ _id: key }, { ...primaryReads, projection: LISTED })
          if (!there) return undefined
          if (isLive(there, now)) return 'taken'
          const expired = { _id: key, expiresAt: { $lte: now } }
          const written = await send(act, entry, (fields) => sessions.replaceOne(expired, fields, writes))
          return written.matchedCount === 1 ? 'inserted' : undefined
        }),
      )
    },

    async update(key, entry, { now, ifRevision }) {
      const act = 'update an entry'
      if (isKey(key)) checkEntry(entry)
      return run(act, async (place) => {
        if (!isKey(key)) return { outcome: 'gone' }
        return settle<UpdateOutcome>(act, async () => {
          if (isRevision(ifRevision)) {
            const filter = { _id: key, revision: ifRevision, expiresAt: { $gt: now } }
            const written = await send(act, entry, (fields) => place.sessions.replaceOne(filter, fields, writes))
            if (written.matchedCount === 1) return { outcome: 'updated' }
          }
          const there = await current(place, key, now)
          if (!there) return { outcome: 'gone' }
          return there.revision === ifRevision ? undefined : { outcome: 'conflict', current: toEntry(there) }
        })
      })
    },

    async touch(key, expiresAt, { now, ifRevision }) {
      const act = 'touch an entry'
      if (isKey(key)) checkDeadline(expiresAt)
      return run(act, async (place) => {
        if (!isKey(key)) return 'gone'
        return settle(act, async () => {
          if (isRevision(ifRevision)) {
            const filter = { _id: key, revision: ifRevision, expiresAt: { $gt: now } }
            const moved = { $set: deadlineFields(expiresAt) }
            const written = acknowledged(await place.sessions.updateOne(filter, moved, writes))
            if (written.matchedCount === 1) return 'touched'
          }
          return refusal(place, key, now, ifRevision)
        })
      })
    },

    async delete(key, { now, ifRevision }) {
      const act = 'delete an entry'
      return run(act, async (place) => {
        if (!isKey(key)) return 'gone'
        const live = { _id: key, expiresAt: { $gt: now } }
        if (ifRevision === undefined) {
          return acknowledged(await place.sessions.deleteOne(live, writes)).deletedCount === 1 ? 'deleted' : 'gone'
        }
        return settle(act, async () => {
          if (isRevision(ifRevision)) {
            const written = acknowledged(await place.sessions.deleteOne({ ...live, revision: ifRevision }, writes))
            if (written.deletedCount === 1) return 'deleted'
          }
          return refusal(place, key, now, ifRevision)
        })
      })
    },

    list({ owner, cursor, limit }, { now }) {
      return run('list entries', async ({ sessions }) => {
        if (owner !== undefined && !isOwner(owner)) return { entries: [] }
        const most = clampLimit(limit, MOST_LISTED)
        const filter = { ...(owner === undefined ? {} : { owner }), _id: { $gt: keyAfter(cursor) } }
        const page = { ...reads, projection: LISTED, sort: { _id: 1 }, limit: most, batchSize: most + 1 }
        const found = (await sessions.find(filter, page).toArray()).map(toListing)
        // Expired ones are left out here: the server would walk through all of them to fill a page.
        const entries = found.filter((listing) => listing.expiresAt > now)
        return found.length < most ? { entries } : { entries, cursor: `${CURSOR}${found.at(-1)?.key}` }
      })
    },

    count({ owner }, { now }) {
      return run('count entries', ({ sessions }) => {
        if (owner !== undefined && !isOwner(owner)) return 0
        return sessions.countDocuments({ ...(owner === undefined ? {} : { owner }), expiresAt: { $gt: now } }, reads)
      })
    },

    deleteOwned({ owner, except, limit }, { now }) {
      return run("end an owner's entries", async ({ sessions }) => {
        if (!isOwner(owner)) return []
        const kept = [...keysIn(except)]
        const most = clampLimit(limit, MOST_ENDED)
        const theirs = { owner, expiresAt: { $gt: now } }
        const page = { ...primaryReads, projection: { _id: 1 }, limit: most, batchSize: most + 1 }
        const found = await sessions.find({ ...theirs, _id: { $nin: kept } }, page).toArray()
        const keys = found.map(({ _id }) => _id)
        if (keys.length === 0) return []
        if (keys.length === 1) {
          const { deletedCount } = acknowledged(await sessions.deleteOne({ ...theirs, _id: keys[0] }, writes))
          return deletedCount === 1 ? (keys as string[]) : []
        }
        // Others may be ending the same ones, and a delete does not say which it met. So each is marked as ended by this
        // call, atomically, which makes it absent to everybody; what is marked is removed after that.
        const mark = newMark()
        const ended = { $set: { expiresAt: ENDED, revision: mark } }
        const mine = { _id: { $in: keys }, revision: mark }
        const { matchedCount } = acknowledged(
          await sessions.updateMany({ ...theirs, _id: { $in: keys } }, ended, writes),
        )
        const marked = matchedCount === keys.length ? found : await sessions.find(mine, page).toArray()
        // They are ended whether or not this succeeds; a sweep removes at their old deadline what it leaves.
        await sessions.deleteMany(mine, writes).then(undefined, () => undefined)
        return marked.map(({ _id }) => String(_id))
      })
    },

    sweep(limit, { now }) {
      return run('sweep', async ({ sessions }) => {
        const most = clampLimit(limit, MOST_SWEPT)
        // The index is that of `expires`, which is the same instant but where no `Date` can be so late or early.
        const expired = { expires: { $lte: deadlineFields(now).expires }, expiresAt: { $lte: now } }
        const page = { ...primaryReads, projection: { _id: 1 }, limit: most, batchSize: most + 1 }
        const found = await sessions.find(expired, page).toArray()
        if (found.length === 0) return { removed: 0, more: false }
        const removable = { _id: { $in: found.map(({ _id }) => _id) }, expiresAt: { $lte: now } }
        const { deletedCount } = acknowledged(await sessions.deleteMany(removable, writes))
        return { removed: deletedCount ?? 0, more: found.length === most }
      })
    },

    ready() {
      const act = 'prepare its collection'
      return run(act, (place) => makeCollection(place, { plain, primaryReads, writes }))
    },

    ping() {
      // Reads, so that it also fails where the user may not.
      return run('ping', async ({ sessions }) => void (await sessions.findOne({ _id: '' }, reads)))
    },

    async close() {
      closed = true
    },
  }
}

const isLive = ({ expiresAt }: MongodbDocument, now: number): boolean =>
  typeof expiresAt === 'number' && expiresAt > now

const keyAfter = (cursor: unknown): string => {
  const key = typeof cursor === 'string' && cursor.startsWith(CURSOR) ? cursor.slice(CURSOR.length) : ''
  return isKey(key) ? key : ''
}

const newMark = (): string => `ended-${Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url')}`

/** A write that nobody acknowledges has no outcome. */
const acknowledged = (written: Written): Written => {
  if (written?.acknowledged === true) return written
  throw new SessionStoreError(
    'ERR_SESSION_STORE',
    'The mongodb driver did not wait for the server to acknowledge a write.',
  )
}
