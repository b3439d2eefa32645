/** The collection of the store: its indexes, its layout's version, and making both while other processes do the same. */

import { SessionStoreError } from '../../core/errors.ts'
import type { Collection, Place } from './client.ts'
import { codeOf, isDuplicate, isUnknownIndex } from './failure.ts'
import { checkCollection, REGISTER } from './names.ts'

const VERSION = 1

/**
 * How long the server waits with removing what has expired: the store goes by the caller's clock, and clocks differ.
 * A deadline can also move later at its last moment.
 */
const TTL_SECONDS = 3600

interface Index {
  readonly keys: Readonly<Record<string, 1>>
  readonly options: Readonly<Record<string, unknown>>
  /** Instead, where the server does not have such an index. */
  readonly plain: Readonly<Record<string, unknown>>
}

const OWNER = 'holdfast_owner'
const EXPIRES = 'holdfast_expires'

const INDEXES: readonly Index[] = [
  {
    keys: { owner: 1, _id: 1 },
    options: { name: OWNER, partialFilterExpression: { owner: { $exists: true } } },
    plain: { name: OWNER },
  },
  { keys: { expires: 1 }, options: { name: EXPIRES, expireAfterSeconds: TTL_SECONDS }, plain: { name: EXPIRES } },
]

/**
 * What `ready()` does, as commands for `mongosh`, to print, review or run by another user. Running it again changes
 * nothing.
 *
 * @throws SessionOptionError when the name is none for a collection.
 */
export const mongodbSchema = ({ collection }: { readonly collection?: string | undefined } = {}): string => {
  const name = checkCollection(collection)
  const at = (whole: string) => `db.getCollection(${JSON.stringify(whole)})`
  const lines = INDEXES.map(
    ({ keys, options }) => `${at(name)}.createIndex(${JSON.stringify(keys)}, ${JSON.stringify(options)})`,
  )
  const marker = `{ "_id": ${JSON.stringify(name)} }, { "$setOnInsert": { "version": ${VERSION} } }, { "upsert": true }`
  return `${[...lines, `${at(REGISTER)}.updateOne(${marker})`].join('\n')}\n`
}

export interface MakingOptions {
  readonly plain: object
  readonly primaryReads: object
  readonly writes: object
}

/** Makes the indexes unless they are there, and refuses a collection that this release does not know. */
export const makeCollection = async (place: Place, options: MakingOptions): Promise<void> => {
  // Looked at first, so that a restart writes nothing and needs no right to make an index.
  if (await isMade(place, options)) return
  await checkForeign(place, options)
  for (const index of INDEXES) await makeIndex(place.sessions, index, options)
  try {
    await place.register.insertOne({ _id: place.name, version: VERSION }, options.writes)
  } catch (error) {
    if (!isDuplicate(error)) throw error
  }
  await isMade(place, options)
}

const isMade = async ({ register, name }: Place, { primaryReads }: MakingOptions): Promise<boolean> => {
  const marker = await register.findOne({ _id: name }, primaryReads)
  if (!marker) return false
  if (marker.version === VERSION) return true
  const version = typeof marker.version === 'number' ? String(marker.version) : 'of another kind'
  const problem = `Collection "${name}" has layout ${version}, and this release of Holdfast knows ${VERSION}.`
  throw refusal(problem, 'Use the release that made the collection, or another "collection".')
}

const checkForeign = async (
  { name, sessions, describe }: Place,
  { plain, primaryReads }: MakingOptions,
): Promise<void> => {
  const help = 'Choose another "collection"; ready() makes it, or what mongodbSchema() returns.'
  const [described] = await describe({ ...plain, nameOnly: false })
  if (described) {
    const { type, options } = described as { readonly type?: unknown; readonly options?: Record<string, unknown> }
    const { capped, collation } = options ?? {}
    if (type === 'view' || type === 'timeseries' || capped === true) {
      throw refusal(`Collection "${name}" is a view, a time series or capped, where sessions cannot be kept.`, help)
    }
    // A locale's order may take two keys, or two users, for one.
    if (collation) throw refusal(`Collection "${name}" compares text by a collation, and not byte for byte.`, help)
  }
  const sample = await sessions.findOne({}, { ...primaryReads, projection: { revision: 1, expiresAt: 1 } })
  if (sample && (typeof sample.revision !== 'string' || typeof sample.expiresAt !== 'number')) {
    throw refusal(`Collection "${name}" holds documents of something else.`, help)
  }
}

/** Also met by those who make the same index at the same time. */
const IN_THE_WAY = [48, 112, 117, 285]
/** The index is there with other options or under another name. It may be slower; nothing depends on it. */
const THERE_ALREADY = [68, 85, 86]
const MOST_ATTEMPTS = 5

const makeIndex = async (sessions: Collection, { keys, options, plain }: Index, { writes }: MakingOptions) => {
  let wanted = options
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await sessions.createIndex(keys, { ...writes, ...wanted })
    } catch (error) {
      const code = codeOf(error) ?? 0
      if (THERE_ALREADY.includes(code)) return
      if (isUnknownIndex(error) && wanted !== plain) wanted = plain
      else if (!IN_THE_WAY.includes(code) || attempt >= MOST_ATTEMPTS) throw error
    }
  }
}

const refusal = (problem: string, help: string) =>
  new SessionStoreError('ERR_SESSION_STORE', `${problem} ${help}`, { help })
