/** The options of the store, checked, and what they make of the options of each operation. */

import { SessionOptionError } from '../../core/errors.ts'
import { checkNames } from '../internal/options.ts'
import { checkCollection, checkDatabase } from './names.ts'

export interface MongodbStoreOptions {
  /** With a client only. Default: the database of the client's URL. */
  readonly database?: string | undefined
  /** Not with a collection. Default `'holdfast_sessions'`. `ready()` makes it. */
  readonly collection?: string | undefined
  /**
   * `'text'` (the default) keeps a session as it is. `'documents'` keeps it as a document wherever that comes back
   * exactly, so that it can be queried: `{ 'session.data.userId': 42 }`. Both read what the other one wrote.
   */
  readonly values?: 'text' | 'documents' | undefined
  /**
   * How many members have a write before it is acknowledged. Default `{ w: 'majority' }`: an acknowledged sign-out
   * survives a change of the primary. With `w: 1` it may not. `wtimeoutMS` is in milliseconds.
   */
  readonly writeConcern?: MongodbWriteConcern | undefined
  /**
   * Which member answers `get`, `list` and `count`. Default `'primary'`. The others lag: a session that has just ended
   * may be answered by them still, and one that has just begun may not be.
   */
  readonly readPreference?: MongodbReadPreference | undefined
  /**
   * What a read may see. Default `'local'`. `'linearizable'` (only with `readPreference: 'primary'`) keeps a primary that
   * was cut off from answering until it knows that it has been replaced; every read waits for a majority then.
   */
  readonly readConcern?: MongodbReadConcern | undefined
}

export interface MongodbWriteConcern {
  /** `'majority'`, a number of members from 1, or the name of a set of tags. */
  readonly w: string | number
  readonly journal?: boolean | undefined
  readonly wtimeoutMS?: number | undefined
}

const READ_PREFERENCES = ['primary', 'primaryPreferred', 'secondary', 'secondaryPreferred', 'nearest'] as const
const READ_CONCERNS = ['local', 'majority', 'linearizable'] as const
const VALUES = ['text', 'documents'] as const

export type MongodbReadPreference = (typeof READ_PREFERENCES)[number]
export type MongodbReadConcern = (typeof READ_CONCERNS)[number]

const NAMES = ['database', 'collection', 'values', 'writeConcern', 'readPreference', 'readConcern']

/** Said with each operation, so that what the client was told for the application's own data changes nothing here. */
const BSON = {
  raw: false,
  promoteValues: true,
  promoteLongs: true,
  promoteBuffers: false,
  useBigInt64: false,
  bsonRegExp: false,
  ignoreUndefined: false,
  serializeFunctions: false,
  fieldsAsRaw: {},
  enableUtf8Validation: true,
} as const

export const settingsFrom = (options: MongodbStoreOptions) => {
  checkNames(options, NAMES)
  const { database, collection } = options
  const readPreference = oneOf(READ_PREFERENCES, options.readPreference, 'readPreference')
  const readConcern = oneOf(READ_CONCERNS, options.readConcern, 'readConcern')
  if (readConcern === 'linearizable' && readPreference !== 'primary') {
    throw new SessionOptionError('readConcern', "can be 'linearizable' only with readPreference 'primary'.")
  }
  return {
    named: { database, collection },
    names: { database: checkDatabase(database), collection: checkCollection(collection) },
    asDocuments: oneOf(VALUES, options.values, 'values') === 'documents',
    plain: BSON,
    reads: { ...BSON, readPreference, readConcern: { level: readConcern } },
    /** For what decides about a write. */
    primaryReads: { ...BSON, readPreference: 'primary', readConcern: { level: readConcern } },
    writes: { ...BSON, upsert: false, writeConcern: checkWriteConcern(options.writeConcern) },
  }
}

/** The first one is the default. */
const oneOf = <T extends string>(known: readonly T[], value: unknown, option: string): T => {
  if (value === undefined) return known[0] as T
  if (known.includes(value as T)) return value as T
  throw new SessionOptionError(option, 'has a value that does not exist.', `There are: ${known.join(', ')}.`)
}

const checkWriteConcern = (given: unknown = { w: 'majority' }): MongodbWriteConcern => {
  const wrong = (problem: string): never => {
    throw new SessionOptionError('writeConcern', problem, "The default is { w: 'majority' }.")
  }
  if (typeof given !== 'object' || given === null) return wrong('is not an object { w, journal?, wtimeoutMS? }.')
  for (const name of Object.keys(given)) {
    if (!['w', 'journal', 'wtimeoutMS'].includes(name)) wrong('has a member that is none of w, journal, wtimeoutMS.')
  }
  const { w, journal, wtimeoutMS } = given as Partial<MongodbWriteConcern>
  const named = typeof w === 'string' && w.length > 0
  // An unacknowledged write has no outcome.
  if (!named && !(Number.isInteger(w) && (w as number) >= 1)) wrong("needs w: 'majority', tags, or a number from 1.")
  if (journal !== undefined && typeof journal !== 'boolean') wrong('has a journal that is neither true nor false.')
  if (wtimeoutMS !== undefined && !(Number.isInteger(wtimeoutMS) && wtimeoutMS >= 1)) {
    wrong('has a wtimeoutMS that is not a whole number of milliseconds from 1.')
  }
  return {
    w: w as string | number,
    ...(journal === undefined ? {} : { journal }),
    ...(wtimeoutMS === undefined ? {} : { wtimeoutMS }),
  }
}
