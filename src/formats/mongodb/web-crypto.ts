/** connect-mongo's `createWebCryptoAdapter`: the IV and the sealed text, encoded; one key, made of the secret. */

import { webcrypto } from 'node:crypto'
import { SessionOptionError } from '../../core/errors.ts'
import { checkNames } from '../../stores/internal/options.ts'
import type { Cipher } from './ciphers.ts'

export interface ConnectMongoWebCrypto {
  readonly secret: string | ArrayBuffer | ArrayBufferView
  /** Bytes. Default 12 for AES-GCM, 16 for AES-CBC. */
  readonly ivLength?: number | undefined
  /** Default `'base64'`. */
  readonly encoding?: (typeof ENCODINGS)[number] | undefined
  /** Default `'AES-GCM'`. `'AES-CBC'` does not notice what somebody has changed. */
  readonly algorithm?: (typeof ALGORITHMS)[number] | undefined
  /** Default: connect-mongo's own. */
  readonly salt?: string | ArrayBuffer | ArrayBufferView | undefined
  /** Of PBKDF2 with SHA-256. Default 310000. */
  readonly iterations?: number | undefined
}

const NAMES = ['secret', 'ivLength', 'encoding', 'algorithm', 'salt', 'iterations']
const ENCODINGS = ['base64', 'base64url', 'hex'] as const
const ALGORITHMS = ['AES-GCM', 'AES-CBC'] as const
const DEFAULT_SALT = 'connect-mongo:webcrypto-default-salt'
const DEFAULT_ITERATIONS = 310_000
const { subtle } = webcrypto

export const webCipher = (options: ConnectMongoWebCrypto): Cipher => {
  const { secret, ivBytes, encoding, algorithm, salt, iterations } = checked(options)

  const derive = async () => {
    const base = await subtle.importKey('raw', secret, 'PBKDF2', false, ['deriveKey'])
    const how = { name: 'PBKDF2', salt, iterations, hash: 'SHA-256' }
    return subtle.deriveKey(how, base, { name: algorithm, length: 256 }, false, ['encrypt', 'decrypt'])
  }
  // Not before the first use: it takes about as long as signing in does.
  let key: ReturnType<typeof derive> | undefined
  const theKey = () => {
    key ??= derive()
    return key
  }

  return {
    async encrypt(text) {
      const iv = webcrypto.getRandomValues(new Uint8Array(ivBytes))
      const sealed = await subtle.encrypt({ name: algorithm, iv }, await theKey(), Buffer.from(text))
      return Buffer.concat([iv, new Uint8Array(sealed)]).toString(encoding)
    },

    async decrypt(stored) {
      const bytes = Buffer.from(stored, encoding)
      const key = await theKey()
      try {
        const iv = bytes.subarray(0, ivBytes)
        const text = await subtle.decrypt({ name: algorithm, iv }, key, bytes.subarray(ivBytes))
        return Buffer.from(text).toString()
      } catch {
        return undefined
      }
    },
  }
}

const checked = (options: ConnectMongoWebCrypto) => {
  const wrong = (name: string, problem: string) => new SessionOptionError(`webCrypto.${name}`, problem)
  if (typeof options !== 'object' || options === null) throw new SessionOptionError('webCrypto', 'is not an object.')
  checkNames(options, NAMES)
  const { encoding = 'base64', algorithm = 'AES-GCM', iterations = DEFAULT_ITERATIONS } = options
  const secret = toBytes(options.secret)
  if (!secret?.length) throw wrong('secret', 'is neither a text nor bytes.')
  const salt = toBytes(options.salt ?? DEFAULT_SALT)
  if (!salt) throw wrong('salt', 'is neither a text nor bytes.')
  if (!ENCODINGS.includes(encoding)) throw wrong('encoding', `is none of ${ENCODINGS.join(', ')}.`)
  if (!ALGORITHMS.includes(algorithm)) throw wrong('algorithm', `is none of ${ALGORITHMS.join(', ')}.`)
  if (!Number.isSafeInteger(iterations) || iterations < 1) throw wrong('iterations', 'is not a whole number from 1.')
  const ivBytes = options.ivLength ?? (algorithm === 'AES-GCM' ? 12 : 16)
  if (!Number.isInteger(ivBytes) || ivBytes < 1 || ivBytes > 128 || (algorithm === 'AES-CBC' && ivBytes !== 16)) {
    throw wrong('ivLength', 'is not a whole number of bytes from 1 to 128, or not 16 with AES-CBC.')
  }
  return { secret, ivBytes, encoding, algorithm, salt, iterations }
}

const toBytes = (given: unknown): Buffer | undefined => {
  if (typeof given === 'string') return Buffer.from(given)
  if (ArrayBuffer.isView(given)) return Buffer.from(given.buffer, given.byteOffset, given.byteLength)
  return given instanceof ArrayBuffer ? Buffer.from(given) : undefined
}
