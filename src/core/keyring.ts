import { createHmac, hash, hkdfSync, timingSafeEqual } from 'node:crypto'
import { SessionOptionError } from './errors.ts'

/** A secret is text (its UTF-8 bytes count) or bytes. */
export type Secret = string | Uint8Array

/** Signs and verifies short ASCII texts with keys that were derived for one purpose. */
export interface Keyring {
  /** The MAC of `message` under the first secret: 43 characters of base64url. */
  sign(message: string): string
  /** The index of the secret that made `mac`, or -1. Takes the same time for every wrong MAC. */
  verify(message: string, mac: string): number
}

const MIN_SECRET_BYTES = 32
const MIN_DIFFERENT_BYTES = 8
const BLOCK = 64
const MAC_LENGTH = 43
/** Longer messages go the long way. */
const LONGEST = 512

/** One key per secret and purpose, so that a signature made for one purpose is worth nothing for another. */
export function keyring(secrets: readonly Secret[], purpose: string): Keyring {
  const macs = secrets.map((secret) => hmac(Buffer.from(hkdfSync('sha256', secret, '', `holdfast/${purpose}`, 32))))
  const [signer] = macs
  if (!signer) throw new SessionOptionError('secrets', 'is empty.', 'Give at least one secret.')
  return {
    sign: signer,
    verify(message, mac) {
      if (mac.length !== MAC_LENGTH) return -1
      for (let index = 0; index < macs.length; index++) {
        if (sameMac((macs[index] as (message: string) => string)(message), mac)) return index
      }
      return -1
    },
  }
}

const left = Buffer.alloc(MAC_LENGTH)
const right = Buffer.alloc(MAC_LENGTH)

function sameMac(expected: string, given: string): boolean {
  left.write(expected, 0, 'latin1')
  // A character beyond Latin-1 would be cut to its low byte and could pass for another one.
  right.write(given, 0, 'latin1')
  return timingSafeEqual(left, right) && expected === given
}

/**
 * HMAC-SHA256 as two one-shot hashes over prepared blocks (RFC 2104): a third of the time of a Hmac object. The
 * scratch buffers are safe to share because nothing here waits.
 */
function hmac(key: Uint8Array): (message: string) => string {
  const inner = Buffer.alloc(BLOCK + 3 * LONGEST, 0x36)
  const outer = Buffer.alloc(BLOCK + 32, 0x5c)
  for (let i = 0; i < key.length; i++) {
    const byte = key[i] as number
    inner[i] = byte ^ 0x36
    outer[i] = byte ^ 0x5c
  }
  return (message) => {
    // UTF-8 and not Latin-1, which would cut U+0141 to "A" and give both texts one MAC.
    if (message.length > LONGEST) return createHmac('sha256', key).update(message, 'utf8').digest('base64url')
    const end = BLOCK + inner.write(message, BLOCK, 'utf8')
    // By way of text, because making a Buffer for 32 bytes takes three times as long as hashing.
    outer.write(hash('sha256', inner.subarray(0, end), 'binary'), BLOCK, 'latin1')
    return hash('sha256', outer, 'base64url')
  }
}

/** Checks what the application gave as `secrets` and answers a list. The first signs, all verify. */
export function checkedSecrets(given: unknown): readonly Secret[] {
  const list = Array.isArray(given) ? given : [given]
  if (list.length === 0) throw new SessionOptionError('secrets', 'is empty.', 'Give at least one secret.')
  return list.map((secret, index) => {
    const option = Array.isArray(given) ? `secrets[${index}]` : 'secrets'
    if (typeof secret !== 'string' && !(secret instanceof Uint8Array)) {
      throw new SessionOptionError(
        option,
        `is ${secret === null ? 'null' : typeof secret}.`,
        'Give text or bytes; is the variable set?',
      )
    }
    const bytes = Buffer.from(secret as Uint8Array)
    if (bytes.length < MIN_SECRET_BYTES || new Set(bytes).size < MIN_DIFFERENT_BYTES) {
      throw new SessionOptionError(
        option,
        `is too weak: it needs at least ${MIN_SECRET_BYTES} random bytes.`,
        `Make one with: node -e "console.log(require('node:crypto').randomBytes(32).toString('base64'))"`,
      )
    }
    return typeof secret === 'string' ? secret : Uint8Array.from(secret)
  })
}
