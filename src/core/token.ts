import { hash } from 'node:crypto'
import { withinGrace } from './expiry.ts'
import { keyring, type Secret } from './keyring.ts'
import { randomText } from './random.ts'
import type { SessionRecord } from './record.ts'

/**
 * How a cookie names a record. The native scheme is `handle.nonce.renewal.mac`:
 *
 * - `handle` (128 random bits) is the store's key. It never changes and is no secret: logs and lists may show it.
 * - `nonce` (128 random bits) is the secret part. The record holds only a hash of it, so whoever reads the store cannot
 *   make a cookie, not even together with the server's secret. A privilege rotation is a new nonce.
 * - `renewal` counts the timed renewals of the cookie since the nonce was made.
 * - `mac` covers all three and the cookie's name. A cookie that fails it never reaches the store.
 */
export interface Claim {
  readonly handle: string
  readonly nonce: string
  readonly renewal: number
  /** The hash of handle and nonce that the record holds. It is also the session's public `id`. */
  readonly proof: string
  /** Which secret signed it: 0 is the newest, and anything else asks for a new cookie. */
  readonly signedBy: number
}

/**
 * What a verified claim is worth against the record it names:
 * - `current`: it opens the session.
 * - `grace`: the cookie before the last renewal; it opens the session, and the browser should be sent the successor.
 * - `superseded`: the session was rotated (signed in) moments ago by another request of this browser.
 * - `stale`: an older cookie of this session. Opens nothing.
 */
export type ClaimState = 'current' | 'grace' | 'superseded' | 'stale'

export interface TokenScheme {
  /** The claim that a cookie value makes, if its MAC is ours. No I/O. */
  verify(value: string): Claim | undefined
  /** A claim for a session that does not exist yet. */
  issue(): Claim
  /** The same session under a new nonce: the old cookie is worth nothing from the commit on. */
  rotate(claim: Claim): Claim
  /** The cookie value for a claim, signed by the newest secret. */
  write(claim: Claim): string
}

const MAX_TOKEN_LENGTH = 256

export function nativeToken(secrets: readonly Secret[], cookieName: string): TokenScheme {
  const keys = keyring(secrets, 'token/v1')
  const context = `${cookieName}\n`

  return {
    verify(value) {
      if (value.length > MAX_TOKEN_LENGTH) return undefined
      const end = value.lastIndexOf('.')
      const first = value.indexOf('.')
      const second = value.indexOf('.', first + 1)
      if (first <= 0 || second <= first || end <= second) return undefined
      const body = value.slice(0, end)
      const signedBy = keys.verify(context + body, value.slice(end + 1))
      if (signedBy < 0) return undefined
      const handle = value.slice(0, first)
      const nonce = value.slice(first + 1, second)
      return { handle, nonce, renewal: Number(value.slice(second + 1, end)), proof: proofOf(handle, nonce), signedBy }
    },
    issue() {
      const handle = randomText(16)
      const nonce = randomText(16)
      return { handle, nonce, renewal: 0, proof: proofOf(handle, nonce), signedBy: 0 }
    },
    rotate({ handle }) {
      const nonce = randomText(16)
      return { handle, nonce, renewal: 0, proof: proofOf(handle, nonce), signedBy: 0 }
    },
    write({ handle, nonce, renewal }) {
      const body = `${handle}.${nonce}.${renewal}`
      return `${body}.${keys.sign(context + body)}`
    },
  }
}

// 128 bits of SHA-256: as hard to invert as the nonce is to guess, at half the room in every record.
export function proofOf(handle: string, nonce: string): string {
  return hash('sha256', `${handle}.${nonce}`, 'base64url').slice(0, 22)
}

/** Compares a claim with the record that the store holds under its handle. */
export function claimState(claim: Claim, record: SessionRecord, renewGrace: number, now: number): ClaimState {
  if (claim.proof !== record.proof) {
    return record.formers.some(({ proof, until }) => proof === claim.proof && now < until) ? 'superseded' : 'stale'
  }
  if (claim.renewal === record.renewal) return 'current'
  if (claim.renewal === record.renewal - 1 && withinGrace(record, renewGrace, now)) return 'grace'
  return 'stale'
}
