/**
 * connect-mongo's option `crypto`, which is kruptein 3.0: a SEQUENCE of `ct`, `hmac`, `iv`, `salt` and, where the algorithm
 * authenticates, `at` and `aad`. `ct`, `hmac` and `aad` are text in the encoding `encodeas`, and so is the whole.
 */

import {
  type CipherGCM,
  type CipherGCMTypes,
  createCipheriv,
  createDecipheriv,
  createHmac,
  getCipherInfo,
  getHashes,
  pbkdf2,
  randomBytes,
  scrypt,
  timingSafeEqual,
} from 'node:crypto'
import { promisify } from 'node:util'
import { SessionOptionError } from '../../core/errors.ts'
import { checkNames } from '../../stores/internal/options.ts'
import type { Cipher } from './ciphers.ts'
import { fromDer, toDer } from './der.ts'

export interface ConnectMongoCrypto {
  /** `false`: nothing is encrypted. */
  readonly secret: string | false
  /** Default `'aes-256-gcm'`. Not one of the modes ccm, ecb and xts, which kruptein refuses. */
  readonly algorithm?: string | undefined
  /** Default `'sha512'`. */
  readonly hashing?: string | undefined
  /** Default `'base64'`. */
  readonly encodeas?: (typeof ENCODINGS)[number] | undefined
  /** `true`: the key is made by scrypt and not by PBKDF2. */
  readonly use_scrypt?: boolean | undefined
  /** Without effect, as in connect-mongo: the algorithm says how long each is. */
  readonly key_size?: number | undefined
  readonly iv_size?: number | undefined
  readonly at_size?: number | undefined
}

const NAMES = ['secret', 'algorithm', 'hashing', 'encodeas', 'use_scrypt', 'key_size', 'iv_size', 'at_size']
const ENCODINGS = ['base64', 'base64url', 'hex', 'binary'] as const
const ITERATIONS = 15_000
const TAG_BYTES = 16
const SALT_BYTES = 128
/** Keys that were derived lately, because each record has its own and a request needs one twice or more. */
const MOST_KEYS = 500

const stretch = promisify(pbkdf2)
const scrypted = promisify<string, Buffer, number, Buffer>(scrypt)

/** `undefined` when there is nothing to encrypt. */
export const legacyCipher = (options: ConnectMongoCrypto): Cipher | undefined => {
  const { secret, algorithm, hashing, encodeas, keyBytes, ivBytes, authenticates, use_scrypt } = checked(options)
  if (secret === false) return undefined
  const keys = new Map<string, Promise<Buffer>>()

  const keyFor = (salt: Buffer): Promise<Buffer> => {
    const name = salt.toString('latin1')
    const known = keys.get(name)
    if (known) return known
    const key = use_scrypt ? scrypted(secret, salt, keyBytes) : stretch(secret, salt, ITERATIONS, keyBytes, hashing)
    const [oldest] = keys.keys()
    if (keys.size >= MOST_KEYS && oldest !== undefined) keys.delete(oldest)
    if (name.length <= SALT_BYTES) keys.set(name, key)
    return key
  }
  const hmacOf = (key: Buffer, text: string | Buffer) => createHmac(hashing, key).update(text).digest(encodeas)

  return {
    async encrypt(text) {
      const salt = randomBytes(SALT_BYTES)
      const iv = randomBytes(ivBytes)
      const key = await keyFor(salt)
      const plaintext = Buffer.from(JSON.stringify(text))
      const cipher = createCipheriv(algorithm, key, iv, { authTagLength: TAG_BYTES })
      // Only has to be there: kruptein takes the HMAC of the text under a key that it forgets.
      const aad = hmacOf(randomBytes(SALT_BYTES), plaintext)
      if (authenticates) cipher.setAAD(Buffer.from(aad, encodeas), { plaintextLength: plaintext.length })
      const ct = Buffer.concat([cipher.update(plaintext), cipher.final()]).toString(encodeas)
      const parts = [Buffer.from(ct), Buffer.from(hmacOf(key, ct)), iv, salt]
      if (authenticates) parts.push((cipher as CipherGCM).getAuthTag(), Buffer.from(aad))
      return toDer(parts).toString(encodeas)
    },

    async decrypt(stored) {
      const [ct, hmac, iv, salt, tag, aad, more] = fromDer(Buffer.from(stored, encodeas)) ?? []
      if (!ct || !hmac || !iv || !salt || (authenticates ? !tag || !aad : tag) || more) return undefined
      const key = await keyFor(salt)
      const expected = Buffer.from(hmacOf(key, ct))
      if (expected.length !== hmac.length || !timingSafeEqual(expected, hmac)) return undefined
      try {
        const decipher = createDecipheriv(algorithm, key, iv, { authTagLength: TAG_BYTES })
        const sealed = Buffer.from(ct.toString(), encodeas)
        if (tag && aad) {
          decipher.setAuthTag(tag)
          decipher.setAAD(Buffer.from(aad.toString(), encodeas), { plaintextLength: sealed.length })
        }
        return unwrapped(Buffer.concat([decipher.update(sealed), decipher.final()]).toString())
      } catch {
        return undefined
      }
    },
  }
}

/** kruptein writes the JSON of what it is given, and what connect-mongo gives it is a JSON text (its old releases: a session). */
export const unwrapped = (plaintext: string): string => {
  try {
    const inner: unknown = JSON.parse(plaintext)
    return typeof inner === 'string' ? inner : plaintext
  } catch {
    return plaintext
  }
}

const checked = (options: ConnectMongoCrypto) => {
  const wrong = (name: string, problem: string) => new SessionOptionError(`crypto.${name}`, problem)
  if (typeof options !== 'object' || options === null) throw new SessionOptionError('crypto', 'is not an object.')
  checkNames(options, NAMES)
  const { secret, algorithm = 'aes-256-gcm', hashing = 'sha512', encodeas = 'base64', use_scrypt = false } = options
  if (secret !== false && (typeof secret !== 'string' || secret === '')) throw wrong('secret', 'is not a text.')
  if (typeof hashing !== 'string' || !getHashes().includes(hashing)) throw wrong('hashing', 'is no hash of this Node.')
  if (!ENCODINGS.includes(encodeas)) throw wrong('encodeas', `is none of ${ENCODINGS.join(', ')}.`)
  if (typeof use_scrypt !== 'boolean') throw wrong('use_scrypt', 'is neither true nor false.')
  const name = String(algorithm)
  const keyBytes = /aes.*128/.test(name) ? 16 : /aes.*192/.test(name) ? 24 : 32
  const ivBytes = /ocb|gcm/.test(name) ? 12 : 16
  const known = name === name.toLowerCase() && !/ccm|ecb|ocb2|xts/.test(name)
  if (!known || !getCipherInfo(name, { keyLength: keyBytes, ivLength: ivBytes })) {
    throw wrong('algorithm', 'is none that connect-mongo can encrypt with.')
  }
  const authenticates = /gcm|ocb/.test(name)
  // The types know of additional data only by the name of the algorithm.
  return { secret, algorithm: name as CipherGCMTypes, hashing, encodeas, keyBytes, ivBytes, authenticates, use_scrypt }
}
