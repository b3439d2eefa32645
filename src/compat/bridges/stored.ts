/** What other middleware gives to a store: the text of it, and when it ends. */

/** How long a session without an end of its own is kept from its last use (ms): one day, as other stores do. */
export const DEFAULT_TTL = 86_400_000
const LAST_DATE = 8.64e15

/** The object of a stored text; undefined if it has none. No error, because a parser's message shows what it met. */
export function objectIn(text: string): object | undefined {
  try {
    const data: unknown = JSON.parse(text)
    return typeof data === 'object' && data !== null ? data : undefined
  } catch {
    return undefined
  }
}

/** When a session ends, by its cookie (ms since 1970). */
export function endIn(session: unknown): number {
  const { cookie } = (session ?? {}) as { readonly cookie?: { readonly expires?: unknown; readonly maxAge?: unknown } }
  const { expires, maxAge } = cookie ?? {}
  const at = expires ? new Date(expires as Date | string | number).getTime() : Number.NaN
  return Number.isNaN(at) ? endAfter(maxAge) : bounded(at)
}

/** When what is kept for so many ms ends. */
export const endAfter = (ms: unknown): number =>
  bounded(Math.ceil(Date.now() + (typeof ms === 'number' && !Number.isNaN(ms) ? ms : DEFAULT_TTL)))

const bounded = (at: number): number => Math.max(-LAST_DATE, Math.min(at, LAST_DATE))
