/** The options of the format, checked. Their names, units and defaults are connect-mongo's. */

import { SessionOptionError } from '../../core/errors.ts'
import { checkNames } from '../../stores/internal/options.ts'
import type { MongodbCollection } from '../../stores/mongodb/client.ts'
import {
  type MongodbReadConcern,
  type MongodbReadPreference,
  type MongodbWriteConcern,
  settingsFrom,
} from '../../stores/mongodb/settings.ts'
import type { ConnectMongoCryptoAdapter } from './ciphers.ts'
import type { ConnectMongoCrypto } from './legacy-crypto.ts'
import type { ConnectMongoWebCrypto } from './web-crypto.ts'

/** The members that are called of a `Collection` of the `mongodb` driver. */
export type MongodbFormatCollection = Omit<MongodbCollection, 'collectionName' | 'updateMany'>

export interface MongodbFormatOptions {
  /** connect-mongo's collection, by default `sessions`: `new MongoClient(url).db().collection('sessions')`. */
  readonly collection: MongodbFormatCollection
  /** Default `true`: a session is kept as JSON text. `false`: as a sub-document, with dates in its cookie. */
  readonly stringify?: boolean | undefined
  /**
   * Seconds; default 1209600 (14 days). Only a record without `expires` asks for it, which old releases have left: it is
   * answered as ending that much later than the call.
   */
  readonly ttl?: number | undefined
  /** What a session is kept under, made of its id. Then there is no `list`: ids cannot be told from what was made of them. */
  readonly transformId?: ((id: string) => string) | undefined
  /**
   * Seconds; default 0. Above 0 each write keeps `lastModified`, and within this time after it a touch that would move the
   * deadline by little writes nothing.
   */
  readonly touchAfter?: number | undefined
  /** Default `false`. `true` keeps `createdAt` and `updatedAt`. */
  readonly timestamps?: boolean | undefined
  /** connect-mongo's option `crypto`. */
  readonly crypto?: ConnectMongoCrypto | undefined
  /** The options of connect-mongo's `createWebCryptoAdapter`. */
  readonly webCrypto?: ConnectMongoWebCrypto | undefined
  /** Any other adapter that connect-mongo's option `cryptoAdapter` takes. */
  readonly cryptoAdapter?: ConnectMongoCryptoAdapter | undefined
  /** Default `false`. `true`: `ready()` makes the index that connect-mongo makes, by which the server removes what expired. */
  readonly createIndex?: boolean | undefined
  /** How many members have a write before it is acknowledged. Default `{ w: 'majority' }`. */
  readonly writeConcern?: MongodbWriteConcern | undefined
  /** Which member answers `get`, `list` and `count`. Default `'primary'`. */
  readonly readPreference?: MongodbReadPreference | undefined
  /** Default `'local'`. */
  readonly readConcern?: MongodbReadConcern | undefined
}

const NAMES = [
  ...['collection', 'stringify', 'ttl', 'transformId', 'touchAfter', 'timestamps', 'crypto', 'webCrypto'],
  ...['cryptoAdapter', 'createIndex', 'writeConcern', 'readPreference', 'readConcern'],
]
const METHODS = [
  ...['find', 'findOne', 'insertOne', 'replaceOne', 'updateOne', 'deleteOne', 'deleteMany', 'countDocuments'],
  'createIndex',
]
const DEFAULT_TTL_SECONDS = 1_209_600
/** A hundred years. */
const MOST_SECONDS = 3_155_760_000

/** Numbers and other values as their BSON types, so that what was read can be compared and written again exactly. */
const TYPED = { promoteValues: false, promoteLongs: false, bsonRegExp: true } as const

export const formatSettings = (options: MongodbFormatOptions) => {
  if (typeof options !== 'object' || options === null) throw new SessionOptionError('options', 'is not an object.')
  checkNames(options, NAMES)
  const { collection, transformId, writeConcern, readPreference, readConcern } = options
  const methods = (collection ?? {}) as unknown as Record<string, unknown>
  if (METHODS.some((name) => typeof methods[name] !== 'function')) {
    const help = "For example: mongodbFormat({ collection: client.db().collection('sessions') })."
    throw new SessionOptionError('collection', 'is no collection of the mongodb driver.', help)
  }
  if (transformId !== undefined && typeof transformId !== 'function') {
    throw new SessionOptionError('transformId', 'is not a function.')
  }
  const named = ['crypto', 'webCrypto', 'cryptoAdapter'] as const
  const [cipher, second] = named.filter((name) => options[name] !== undefined)
  if (cipher && second) throw new SessionOptionError(second, `cannot be together with "${cipher}".`)
  const { plain, reads, primaryReads, writes } = settingsFrom({ writeConcern, readPreference, readConcern })
  return {
    transformId,
    stringify: flag(options.stringify, 'stringify', true),
    timestamps: flag(options.timestamps, 'timestamps', false),
    createIndex: flag(options.createIndex, 'createIndex', false),
    ttlMs: seconds(options.ttl, 'ttl', DEFAULT_TTL_SECONDS, 1) * 1000,
    touchAfterMs: seconds(options.touchAfter, 'touchAfter', 0, 0) * 1000,
    plain,
    reads,
    writes,
    typedReads: { ...reads, ...TYPED },
    typedPrimaryReads: { ...primaryReads, ...TYPED },
    primaryReads,
  }
}

const flag = (value: unknown, option: string, byDefault: boolean): boolean => {
  if (value === undefined) return byDefault
  if (typeof value === 'boolean') return value
  throw new SessionOptionError(option, 'is neither true nor false.')
}

const seconds = (value: unknown, option: string, byDefault: number, least: number): number => {
  if (value === undefined) return byDefault
  if (typeof value === 'number' && value >= least && value <= MOST_SECONDS) return value
  throw new SessionOptionError(option, `is not a number of seconds from ${least} to ${MOST_SECONDS}.`)
}
