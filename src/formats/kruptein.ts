/**
 * What session-file-store 1.5 encrypts its files with: kruptein 2.2. A file holds one JSON object:
 *
 *     {"hmac":"...","ct":"...","iv":{"type":"Buffer","data":[...]},"salt":{...},"aad":"...","at":{...}}
 *
 * The key is derived from the secret and the file's own salt. `ct` is the ciphertext as text, `hmac` is over that text in UTF-8,
 * and the plaintext is the JSON text of a session as a JSON string. Of the modes with a tag (`at`), GCM alone is there.
 */

import type { CipherGCM, CipherGCMTypes, DecipherGCM } from 'node:crypto'
import { createCipheriv, createDecipheriv, createHmac, pbkdf2, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { SessionOptionError } from '../core/errors.ts'
import { checkNames } from '../stores/internal/options.ts'

/** The option `crypto` of session-file-store. */
export interface KrupteinOptions {
  /** `'aes-256-gcm'` (the default), another size (128, 192), or another mode (`cbc`, `ctr`). */
  readonly algorithm?: string | undefined
  /** A hash of OpenSSL. Default `'sha512'`. */
  readonly hashing?: string | undefined
  /** How text is made of bytes. Default `'binary'`, which is Latin-1. */
  readonly encodeas?: 'binary' | 'hex' | 'base64' | undefined
  /** Whether keys are derived by scrypt; else by PBKDF2. Default false. */
  readonly use_scrypt?: boolean | undefined
}

export interface Kruptein {
  /** The file for this text, with an IV of its own. */
  seal(text: string): Promise<string>
  /** The text in a file, or `undefined` when it was not written with this secret and these options. */
  open(file: string): Promise<string | undefined>
}

interface Sealed {
  readonly hmac: string
  readonly ct: string
  readonly iv: Buffer
  readonly salt: Buffer
  readonly aad?: string | undefined
  readonly at?: Buffer | undefined
}

const ALGORITHM = /^aes-(128|192|256)-(gcm|cbc|ctr)$/
const ENCODINGS = ['binary', 'hex', 'base64']
const PBKDF2_ROUNDS = 15_000
const SALT_BYTES = 128
const TAG_BYTES = 16
// Deriving one takes some 50 ms of a processor, and a file that is read twice has the same salt.
const KEYS_KEPT = 256
// kruptein takes a salt for each file. A key may seal far more than this with random IVs, and what is sealed with a key that
// is known already costs nothing to read back.
const FILES_PER_SALT = 1000

const scrypted = promisify<string, Buffer, number, Buffer>(scrypt)
const pbkdf2ed = promisify(pbkdf2)

/** Throws `SessionOptionError` on a wrong option. */
export const kruptein = (secret: string, options: KrupteinOptions = {}): Kruptein => {
  checkNames(options, ['algorithm', 'hashing', 'encodeas', 'use_scrypt'])
  const { algorithm = 'aes-256-gcm', hashing = 'sha512', encodeas = 'binary', use_scrypt = false } = options
  const [, bits, mode] = ALGORITHM.exec(algorithm) ?? wrong('algorithm', 'is none of aes-128/192/256-gcm/cbc/ctr.')
  if (!isHash(hashing)) wrong('hashing', 'is no hash of this Node.')
  if (!ENCODINGS.includes(encodeas)) wrong('encodeas', `is none of ${ENCODINGS.join(', ')}.`)
  if (typeof use_scrypt !== 'boolean') wrong('use_scrypt', 'is neither true nor false.')
  const keyBytes = Number(bits) / 8
  const ivBytes = mode === 'gcm' ? 12 : 16
  const keys = new Map<string, Promise<Buffer>>()
  let salt: Buffer
  let left = 0

  const keyFor = (salt: Buffer): Promise<Buffer> => {
    const name = salt.toString('latin1')
    const known = keys.get(name)
    const key =
      known ??
      (use_scrypt ? scrypted(secret, salt, keyBytes) : pbkdf2ed(secret, salt, PBKDF2_ROUNDS, keyBytes, hashing))
    // The one that was used last goes to the end, the first one goes.
    keys.delete(name)
    keys.set(name, key)
    const [oldest] = keys.keys()
    if (keys.size > KEYS_KEPT) keys.delete(oldest as string)
    key.catch(() => keys.delete(name))
    return key
  }
  const digest = (key: Buffer, what: string | Buffer): string => createHmac(hashing, key).update(what).digest(encodeas)

  const cipherFor = (key: Buffer, iv: Buffer, aad: string | undefined) => {
    if (mode !== 'gcm') return createCipheriv(algorithm, key, iv)
    const cipher = createCipheriv(algorithm as CipherGCMTypes, key, iv, { authTagLength: TAG_BYTES })
    return cipher.setAAD(Buffer.from(aad ?? '', encodeas))
  }
  const decipherFor = (key: Buffer, { iv, aad, at }: Sealed) => {
    if (mode !== 'gcm') return createDecipheriv(algorithm, key, iv)
    const decipher = createDecipheriv(algorithm as CipherGCMTypes, key, iv, { authTagLength: TAG_BYTES })
    decipher.setAAD(Buffer.from(aad ?? '', encodeas))
    return decipher.setAuthTag(at ?? Buffer.alloc(0)) as DecipherGCM
  }

  return {
    async seal(text) {
      if (left === 0) {
        salt = randomBytes(SALT_BYTES)
        left = FILES_PER_SALT
      }
      left -= 1
      const its = salt
      const iv = randomBytes(ivBytes)
      const key = await keyFor(its)
      const plaintext = Buffer.from(JSON.stringify(text))
      const aad = mode === 'gcm' ? digest(randomBytes(SALT_BYTES), plaintext) : undefined
      const cipher = cipherFor(key, iv, aad)
      const ct = cipher.update(plaintext, undefined, encodeas) + cipher.final(encodeas)
      const at = mode === 'gcm' ? (cipher as CipherGCM).getAuthTag() : undefined
      return JSON.stringify({ hmac: digest(key, ct), ct, iv, salt: its, aad, at })
    },

    async open(file) {
      const sealed = sealedIn(file)
      if (sealed === undefined) return undefined
      const key = await keyFor(sealed.salt)
      if (!isEqual(sealed.hmac, digest(key, sealed.ct))) return undefined
      try {
        const decipher = decipherFor(key, sealed)
        const plaintext = decipher.update(sealed.ct, encodeas, 'utf8') + decipher.final('utf8')
        const text: unknown = JSON.parse(plaintext)
        return typeof text === 'string' ? text : undefined
      } catch {
        return undefined
      }
    },
  }
}

const sealedIn = (file: string): Sealed | undefined => {
  try {
    const { hmac, ct, iv, salt, aad, at } = JSON.parse(file) as Record<string, unknown>
    if (typeof hmac !== 'string' || typeof ct !== 'string') return undefined
    if (aad !== undefined && typeof aad !== 'string') return undefined
    return { hmac, ct, iv: bytesIn(iv), salt: bytesIn(salt), aad, at: at === undefined ? undefined : bytesIn(at) }
  } catch {
    return undefined
  }
}

/** A `Buffer` as JSON has it. */
const bytesIn = (written: unknown): Buffer => {
  const { type, data } = written as { readonly type?: unknown; readonly data?: unknown }
  if (type !== 'Buffer' || !Array.isArray(data)) throw new TypeError('no bytes')
  return Buffer.from(data)
}

const isHash = (name: string): boolean => {
  try {
    createHmac(name, '')
    return true
  } catch {
    return false
  }
}

const isEqual = (a: string, b: string): boolean => {
  const [one, other] = [Buffer.from(a), Buffer.from(b)]
  return one.length === other.length && timingSafeEqual(one, other)
}

const wrong = (option: string, problem: string): never => {
  throw new SessionOptionError(`crypto.${option}`, problem)
}
