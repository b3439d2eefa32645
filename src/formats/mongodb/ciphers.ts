/** What encrypts the records, if anything does. */

import { SessionOptionError, SessionStoreError } from '../../core/errors.ts'
import { legacyCipher, unwrapped } from './legacy-crypto.ts'
import type { MongodbFormatOptions } from './options.ts'
import { webCipher } from './web-crypto.ts'

export interface Cipher {
  encrypt(text: string): Promise<string>
  /** `undefined` when it was not encrypted with this secret, or was changed since. */
  decrypt(stored: string): Promise<string | undefined>
}

/** connect-mongo's `CryptoAdapter`. One that rejects is a store that fails: only it knows why. */
export interface ConnectMongoCryptoAdapter {
  encrypt(plaintext: string): PromiseLike<string>
  decrypt(ciphertext: string): PromiseLike<string>
}

export const cipherFrom = (options: MongodbFormatOptions): Cipher | undefined => {
  const { crypto, webCrypto, cryptoAdapter } = options
  if (crypto !== undefined) return legacyCipher(crypto)
  if (webCrypto !== undefined) return webCipher(webCrypto)
  return cryptoAdapter === undefined ? undefined : adapterCipher(cryptoAdapter)
}

const adapterCipher = (adapter: ConnectMongoCryptoAdapter): Cipher => {
  const { encrypt, decrypt } = (adapter ?? {}) as Partial<ConnectMongoCryptoAdapter>
  if (typeof encrypt !== 'function' || typeof decrypt !== 'function') {
    throw new SessionOptionError('cryptoAdapter', 'has no methods encrypt and decrypt.')
  }
  const ask = async (act: 'encrypt' | 'decrypt', text: string): Promise<string> => {
    let answer: unknown
    try {
      answer = await adapter[act](text)
    } catch (cause) {
      const problem = `The cryptoAdapter of the mongodb store could not ${act} a record.`
      throw new SessionStoreError('ERR_SESSION_STORE', problem, { cause })
    }
    if (typeof answer === 'string') return answer
    throw new SessionStoreError('ERR_SESSION_STORE', `The cryptoAdapter's ${act} did not answer with text.`)
  }
  return {
    encrypt: (text) => ask('encrypt', text),
    // connect-mongo's own adapter for kruptein wraps the text once more.
    decrypt: async (stored) => unwrapped(await ask('decrypt', stored)),
  }
}
