/**
 * The cookies of one browser for one host, by RFC 6265: kept by name and path, sent where path, expiry and Secure allow
 * it, longer paths first. Domains are left out, because a suite talks to one host.
 */
export interface CookieJar {
  /** Takes the `Set-Cookie` lines of a response to a request for `path`. */
  take(lines: readonly string[], path: string): void
  /** The `Cookie` header of a request for `path`, or undefined for none. */
  header(path: string): string | undefined
  /** The value of a cookie, wherever it is sent. */
  get(name: string): string | undefined
  readonly size: number
}

export interface SetCookie {
  readonly name: string
  readonly value: string
  /** By lower-case name. An attribute without a value has the empty one. */
  readonly attributes: ReadonlyMap<string, string>
}

interface Kept {
  readonly name: string
  readonly value: string
  readonly path: string
  readonly secure: boolean
  readonly expiresAt: number
}

export function cookieJar({ secure = false, now = Date.now } = {}): CookieJar {
  const cookies = new Map<string, Kept>()
  const alive = (): Kept[] => [...cookies.values()].filter(({ expiresAt }) => expiresAt > now())
  return {
    get size() {
      return alive().length
    },
    take(lines, requestPath) {
      for (const line of lines) {
        const { name, value, attributes } = parseSetCookie(line)
        // Browsers do not take what they would not send back.
        if (attributes.has('secure') && !secure) continue
        const given = attributes.get('path')
        const path = given?.startsWith('/') ? given : defaultPath(requestPath)
        const expiresAt = expiry(attributes, now())
        const key = `${name};${path}`
        if (expiresAt > now()) cookies.set(key, { name, value, path, secure: attributes.has('secure'), expiresAt })
        else cookies.delete(key)
      }
    },
    header(path) {
      const sent = alive().filter((cookie) => matches(cookie.path, path))
      sent.sort((a, b) => b.path.length - a.path.length)
      return sent.length > 0 ? sent.map(({ name, value }) => `${name}=${value}`).join('; ') : undefined
    },
    get: (name) => alive().find((cookie) => cookie.name === name)?.value,
  }
}

export function parseSetCookie(line: string): SetCookie {
  const [pair = '', ...rest] = line.split(';')
  const [name, value] = splitOnce(pair)
  return { name, value, attributes: new Map(rest.map(splitOnce).map(([key, text]) => [key.toLowerCase(), text])) }
}

function splitOnce(text: string): [string, string] {
  const at = text.indexOf('=')
  return at < 0 ? [text.trim(), ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}

function expiry(attributes: SetCookie['attributes'], now: number): number {
  const maxAge = Number(attributes.get('max-age') ?? Number.NaN)
  if (!Number.isNaN(maxAge)) return maxAge > 0 ? now + maxAge * 1000 : 0
  const expires = Date.parse(attributes.get('expires') ?? '')
  return Number.isNaN(expires) ? Number.POSITIVE_INFINITY : expires
}

function defaultPath(requestPath: string): string {
  const last = requestPath.lastIndexOf('/')
  return last > 0 ? requestPath.slice(0, last) : '/'
}

function matches(cookiePath: string, path: string): boolean {
  if (!path.startsWith(cookiePath)) return false
  return path.length === cookiePath.length || cookiePath.endsWith('/') || path[cookiePath.length] === '/'
}
