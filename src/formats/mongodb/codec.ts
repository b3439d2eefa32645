/** Between an entry's value, which is the JSON text of a session, and the field `session` of a document. */

import { hash } from 'node:crypto'
import { SessionError, SessionStoreError } from '../../core/errors.ts'
import type { Cipher } from './ciphers.ts'
import { canonical, toDocument, toText } from './session-document.ts'

export interface Codec {
  /** A function of the value, and the same for what a value is read as after it was written. */
  revisionOf(value: string): string
  /** The value of what was stored; empty where it does not decrypt. */
  decode(stored: unknown): string | Promise<string>
  /** What is stored for this value in place of `before`. */
  encode(value: string, before?: unknown): unknown
}

/** A document's limit is 16 MiB. This leaves room for what else is in it. */
const MOST_BYTES = 16 * 1024 * 1024 - 16 * 1024
const LONE_SURROGATE = /\p{Surrogate}/u

export const codecFor = (stringify: boolean, cipher: Cipher | undefined): Codec => {
  if (cipher) return cipherCodec(cipher)
  return stringify ? textCodec : documentCodec
}

const digest = (text: string): string => hash('sha1', text)

/** Text and sub-documents, whichever it is: the same collection may hold both after the option was changed. */
const asText = (stored: unknown): string => (typeof stored === 'string' ? stored : toText(stored))

const textCodec: Codec = {
  revisionOf: digest,
  decode: asText,
  encode: (value) => fitting(value),
}

const documentCodec: Codec = {
  revisionOf: (value) => digest(canonical(value)),
  decode: asText,
  encode: (value, before) => toDocument(fitting(value), before),
}

/** Ciphertext differs from write to write, so all goes by the plaintext. What is not encrypted here is not believed. */
const cipherCodec = (cipher: Cipher): Codec => ({
  revisionOf: digest,
  decode: async (stored) => (typeof stored === 'string' ? ((await cipher.decrypt(stored)) ?? '') : ''),
  encode: async (value) => fitting(await cipher.encrypt(fitting(value))),
})

/**
 * @throws SessionError ERR_SESSION_KEY for half a surrogate pair, which UTF-8 cannot hold. No JSON that JavaScript writes has
 *   one: it is escaped.
 */
const fitting = (text: string): string => {
  if (LONE_SURROGATE.test(text)) {
    throw new SessionError('ERR_SESSION_KEY', 'A value that is kept as UTF-8 cannot have half a surrogate pair in it.')
  }
  if (text.length * 3 <= MOST_BYTES || Buffer.byteLength(text) <= MOST_BYTES) return text
  const help = 'Keep less in a session.'
  const problem = 'The mongodb store could not write: the value is larger than a document, which holds 16 MiB.'
  throw new SessionStoreError('ERR_SESSION_STORE', `${problem} ${help}`, { help })
}
