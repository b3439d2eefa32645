import { cookieValues } from '../../core/cookie.ts'
import { deprecate } from './deprecate.ts'
import type { SessionRequest } from './passage.ts'
import { type Secret, type Verified, verified } from './signature.ts'

/**
 * The sessions that a request names, in the order of its cookies: those whose signature is right. What cookie-parser has
 * read counts where the header has none.
 */
export function idsOf(req: SessionRequest, name: string, secrets: readonly Secret[]): readonly Verified[] {
  const found: Verified[] = []
  for (const value of cookieValues(req.headers.cookie, name)) {
    const its = verified(decoded(value), secrets)
    if (its?.id && !found.some(({ id }) => id === its.id)) found.push(its)
  }
  if (found.length > 0) return found
  const parsed = fromParser(req, name, secrets)
  if (parsed) deprecate('cookie should be available in req.headers.cookie')
  return parsed ? [parsed] : found
}

function fromParser(req: SessionRequest, name: string, secrets: readonly Secret[]): Verified | undefined {
  const id = req.signedCookies?.[name]
  if (id) return { id: id as string, signedBy: 0 }
  const its = verified(req.cookies?.[name], secrets)
  return its?.id ? its : undefined
}

export function decoded(value: string): string {
  if (!value.includes('%')) return value
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
