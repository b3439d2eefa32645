/** What the store is given, by its shape, and the collections that it finds in it. */

import { SessionOptionError, SessionStoreError } from '../../core/errors.ts'
import { REGISTER } from './names.ts'

export type MongodbDocument = Readonly<Record<string, unknown>>

/**
 * The members that the store calls of a `Collection` of the `mongodb` driver. A parameter of type `never` accepts a
 * collection whatever it is typed to hold; what the store hands over are plain objects, strings, numbers and dates.
 */
export interface MongodbCollection {
  readonly collectionName: string
  /** The database that it belongs to (driver 7). */
  readonly db?: unknown
  find(filter: never, options: never): { toArray(): PromiseLike<readonly unknown[]> }
  findOne(filter: never, options: never): PromiseLike<unknown>
  insertOne(document: never, options: never): PromiseLike<unknown>
  replaceOne(filter: never, document: never, options: never): PromiseLike<unknown>
  updateOne(filter: never, update: never, options: never): PromiseLike<unknown>
  updateMany(filter: never, update: never, options: never): PromiseLike<unknown>
  deleteOne(filter: never, options: never): PromiseLike<unknown>
  deleteMany(filter: never, options: never): PromiseLike<unknown>
  countDocuments(filter: never, options: never): PromiseLike<number>
  createIndex(keys: never, options: never): PromiseLike<unknown>
}

/** The members that the store calls of a `Db`. */
export interface MongodbDatabase {
  readonly databaseName: string
  /** The client that it belongs to (driver 7). */
  readonly client?: unknown
  collection(name: string): MongodbCollection
  listCollections(filter: never, options: never): { toArray(): PromiseLike<readonly unknown[]> }
}

/** The members that the store calls of a `MongoClient`. Not connected yet is fine: its first operation connects. */
export interface MongodbClient {
  db(name?: string): MongodbDatabase
  connect?(): PromiseLike<unknown>
  /** There from the first attempt to connect until the application closes the client. */
  readonly topology?: unknown
}

/** The members that the store calls of a mongoose `Connection`. It may still be opening. */
export interface MongooseConnection {
  readonly db?: MongodbDatabase | null | undefined
  getClient(): unknown
  asPromise(): PromiseLike<unknown>
}

/** A driver's collection as the store calls it. */
export interface Collection {
  find(filter: object, options: object): { toArray(): PromiseLike<readonly MongodbDocument[]> }
  findOne(filter: object, options: object): PromiseLike<MongodbDocument | null>
  insertOne(document: object, options: object): PromiseLike<Written>
  replaceOne(filter: object, document: object, options: object): PromiseLike<Written>
  updateOne(filter: object, update: object, options: object): PromiseLike<Written>
  updateMany(filter: object, update: object, options: object): PromiseLike<Written>
  deleteOne(filter: object, options: object): PromiseLike<Written>
  deleteMany(filter: object, options: object): PromiseLike<Written>
  countDocuments(filter: object, options: object): PromiseLike<number>
  createIndex(keys: object, options: object): PromiseLike<unknown>
}

/** What a write answers: as much of it as there is for its kind. */
export interface Written {
  readonly acknowledged?: boolean
  readonly matchedCount?: number
  readonly deletedCount?: number
}

/** Where the sessions are, and what says which layout they have. */
export interface Place {
  readonly name: string
  readonly sessions: Collection
  readonly register: Collection
  /**
   * Connects a client again whose first attempt to connect has failed: by itself it never tries again. `undefined` when
   * there is nothing to do, above all when the application has closed it.
   */
  reconnect(): PromiseLike<unknown> | undefined
  /** What the server says of the collection of the sessions: nothing while there is none. */
  describe(options: object): PromiseLike<readonly MongodbDocument[]>
}

export interface Names {
  readonly database: string | undefined
  readonly collection: string
}

/** As the application gave them. */
export type GivenNames = { readonly [K in keyof Names]: string | undefined }

/**
 * Finds out what it is. Nothing is called on it before the first use of the store.
 *
 * @throws SessionOptionError when it is none of them, or when an option does not go with it.
 */
export const finder = (given: unknown, named: GivenNames, names: Names): (() => Place | PromiseLike<Place>) => {
  const thing = (given ?? {}) as Record<string, unknown>
  const may = (option: 'database' | 'collection', what: string) => {
    if (named[option] === undefined) return
    throw new SessionOptionError(option, `is for another kind of client: this one is ${what}, which has its own.`)
  }
  if (can(thing, 'asPromise', 'getClient')) {
    may('database', 'a mongoose connection')
    return fromMongoose(given as MongooseConnection, names.collection)
  }
  if (can(thing, 'findOne', 'replaceOne', 'updateMany') && typeof thing.collectionName === 'string') {
    may('database', 'a collection')
    may('collection', 'a collection')
    const sessions = given as MongodbCollection
    const database = sessions.db as MongodbDatabase | undefined
    if (!database || !can(database, 'collection', 'listCollections')) {
      throw new SessionOptionError('client', 'is a collection that does not say its database: give the database.', HELP)
    }
    const place = placeIn(database, sessions.collectionName, sessions)
    return () => place
  }
  if (can(thing, 'collection', 'listCollections') && typeof thing.databaseName === 'string') {
    may('database', 'a database')
    const place = placeIn(given as MongodbDatabase, names.collection)
    return () => place
  }
  if (can(thing, 'db')) {
    let place: Place | undefined
    return () => {
      place ??= placeIn((given as MongodbClient).db(names.database), names.collection)
      return place
    }
  }
  throw new SessionOptionError('client', 'is no MongoClient, database, collection or mongoose connection.', HELP)
}

const HELP =
  "For example: mongodbStore(new MongoClient(url)), mongodbStore(client.db('app')), mongodbStore(mongoose.connection)."

const can = (thing: object, ...methods: readonly string[]): boolean =>
  methods.every((method) => typeof (thing as Record<string, unknown>)[method] === 'function')

const placeIn = (database: MongodbDatabase, name: string, own?: MongodbCollection): Place => ({
  name,
  sessions: (own ?? database.collection(name)) as unknown as Collection,
  register: database.collection(REGISTER) as unknown as Collection,
  reconnect() {
    const client = (database.client ?? {}) as Partial<MongodbClient>
    return client.topology ? client.connect?.() : undefined
  },
  describe: (options) =>
    database.listCollections({ name } as never, options as never).toArray() as PromiseLike<readonly MongodbDocument[]>,
})

/** Its database is there when it is open, and is another one when it was closed and opened again. */
const fromMongoose = (connection: MongooseConnection, name: string) => {
  let known: MongodbDatabase | undefined
  let place: Place | undefined
  const now = (): Place | undefined => {
    const { db } = connection
    if (!db) return undefined
    if (db !== known) {
      known = db
      place = placeIn(db, name)
    }
    return place
  }
  return () =>
    now() ??
    Promise.resolve(connection.asPromise()).then(() => {
      const opened = now()
      if (opened) return opened
      const help = 'Open it with mongoose.connect(url) or createConnection(url) before requests arrive.'
      const problem = 'The mongodb store has no database: its mongoose connection was not opened.'
      throw new SessionStoreError('ERR_SESSION_STORE', `${problem} ${help}`, { help, retryable: true })
    })
}
