import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/**
 * Tokens against forged requests, as csurf made them: a secret in the session, and in each form a token of it that looks
 * different every time.
 */

/** The token for a form. Puts a secret into the session unless there is one. */
export function csrfToken(session: { csrfSecret?: string }): string {
  session.csrfSecret ??= randomBytes(18).toString('base64url')
  const salt = randomBytes(6).toString('base64url')
  return `${salt}-${mac(session.csrfSecret, salt)}`
}

export function isCsrfToken(session: { csrfSecret?: string }, token: unknown): boolean {
  const [, salt, sent] = /^([\w-]{8})-([\w-]{43})$/.exec(String(token)) ?? []
  if (!session.csrfSecret || !salt || !sent) return false
  return timingSafeEqual(Buffer.from(mac(session.csrfSecret, salt)), Buffer.from(sent))
}

const mac = (secret: string, salt: string): string => createHmac('sha256', secret).update(salt).digest('base64url')
