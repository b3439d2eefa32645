/** Entries as documents of the collection, and documents as entries. */

import { SessionStoreError } from '../../core/errors.ts'
import type { StoreEntry, StoreListing } from '../../core/store.ts'
import type { MongodbDocument } from './client.ts'
import { type RecordDocument, toRecordDocument, toRecordText } from './record-document.ts'

/** What UTF-8 cannot carry (a lone surrogate), and what some tools end a text at (U+0000). */
const NOT_FOR_TEXT = /[\0\p{Surrogate}]/u

/** A document's limit is 16 MiB. This leaves room for the key, the owner and what else is in it. */
const MOST_BYTES = 16 * 1024 * 1024 - 16 * 1024

/** The instants that a `Date` can be. */
const LAST_DATE = 8.64e15

/** What `$set` of a touch changes. `expires` is for people and for the index; `expiresAt` decides. */
export const deadlineFields = (expiresAt: number) => ({
  expiresAt,
  expires: new Date(Math.max(-LAST_DATE, Math.min(expiresAt, LAST_DATE))),
})

/** Everything but `_id`. Throws when it is more than a document holds, so that it is never sent. */
export const toFields = (entry: StoreEntry, asDocument: boolean, act: string): MongodbDocument => ({
  ...deadlineFields(entry.expiresAt),
  revision: entry.revision,
  ...(entry.owner === undefined ? {} : { owner: entry.owner }),
  ...valueFields(entry.value, asDocument, act),
})

/** Whether the value became a document. */
export const isDocument = (fields: MongodbDocument): boolean => 'session' in fields

const valueFields = (value: string, asDocument: boolean, act: string): MongodbDocument => {
  const session = asDocument ? toRecordDocument(value, MOST_BYTES) : undefined
  if (session) return { session }
  const fields = NOT_FOR_TEXT.test(value) ? { escaped: JSON.stringify(value) } : { text: value }
  const [text] = Object.values(fields)
  if (text !== undefined && text.length * 3 > MOST_BYTES && Buffer.byteLength(text) > MOST_BYTES) {
    const help = 'Keep less in a session.'
    const problem = `The mongodb store could not ${act}: the value is larger than a document, which holds 16 MiB.`
    throw new SessionStoreError('ERR_SESSION_STORE', `${problem} ${help}`, { help })
  }
  return fields
}

export const toEntry = (document: MongodbDocument): StoreEntry => {
  const { expiresAt, revision } = document
  if (typeof revision !== 'string' || typeof expiresAt !== 'number') throw notOurs()
  return { value: toValue(document), expiresAt, revision, ...toOwner(document) }
}

/** The fields of a listing, for the projection. */
export const LISTED = { _id: 1, expiresAt: 1, owner: 1 } as const

export const toListing = (document: MongodbDocument): StoreListing => {
  const { _id: key, expiresAt } = document
  if (typeof key !== 'string' || typeof expiresAt !== 'number') throw notOurs()
  return { key, expiresAt, ...toOwner(document) }
}

const toOwner = ({ owner }: MongodbDocument): { readonly owner?: string } =>
  typeof owner === 'string' ? { owner } : {}

const toValue = ({ text, escaped, session }: MongodbDocument): string => {
  if (typeof text === 'string') return text
  if (typeof escaped === 'string') {
    const value: unknown = JSON.parse(escaped)
    if (typeof value === 'string') return value
  }
  const { header, data } = (session ?? {}) as Partial<RecordDocument>
  if (header && data) return toRecordText({ header, data })
  throw notOurs()
}

const notOurs = () => {
  const help = 'Give Holdfast a collection of its own, and leave its fields to it.'
  const problem = 'A document of the collection is not as the mongodb store wrote it.'
  return new SessionStoreError('ERR_SESSION_STORE', `${problem} ${help}`, { help })
}
