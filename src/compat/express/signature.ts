import { createHmac, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'

/** Whatever `crypto.createHmac` takes as a key. */
export type Secret = string | Buffer | Uint8Array | KeyObject

export const generateId = (): string => randomBytes(24).toString('base64url')

const PREFIX = 's:'

/** A cookie's value: `s:<id>.<HMAC-SHA256 of the id, base64 without padding>`. */
export const signed = (id: string, secret: Secret): string => `${PREFIX}${id}.${mac(id, secret)}`

export interface Verified {
  readonly id: string
  /** Which secret signed it. 0 is the newest. */
  readonly signedBy: number
}

/** The id in a signed value, if one of the secrets signed it. */
export function verified(value: unknown, secrets: readonly Secret[], prefix = PREFIX): Verified | undefined {
  if (typeof value !== 'string' || !value.startsWith(prefix)) return undefined
  const dot = value.lastIndexOf('.')
  if (dot < 0) return undefined
  const id = value.slice(prefix.length, dot)
  const given = Buffer.from(value.slice(dot + 1))
  for (let signedBy = 0; signedBy < secrets.length; signedBy++) {
    const right = Buffer.from(mac(id, secrets[signedBy] as Secret))
    if (right.length === given.length && timingSafeEqual(right, given)) return { id, signedBy }
  }
  return undefined
}

function mac(id: string, secret: Secret): string {
  return createHmac('sha256', secret as string)
    .update(id)
    .digest('base64')
    .replace(/=+$/, '')
}
