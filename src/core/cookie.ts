import { serialize } from 'cookie'
import { SessionOptionError } from './errors.ts'

/** Finding our cookie in a request's header, and the lines that set and clear it. */

/** More candidates than this are not looked at: nobody's browser sends them. */
const MAX_CANDIDATES = 8

/** The values of every cookie with exactly this name, in the header's order (RFC 6265bis says not to rely on it). */
export function cookieValues(header: unknown, name: string): readonly string[] {
  if (typeof header !== 'string') return NONE
  let found: string[] | undefined
  for (let at = header.indexOf(name); at >= 0; at = header.indexOf(name, at + name.length)) {
    const equals = at + name.length
    if (header.charCodeAt(equals) !== 0x3d || !startsPair(header, at)) continue
    const end = header.indexOf(';', equals)
    const value = unquoted(header.slice(equals + 1, end < 0 ? header.length : end).trim())
    if (!found) found = [value]
    else if (found.push(value) === MAX_CANDIDATES) break
  }
  return found ?? NONE
}

const NONE: readonly string[] = []

function startsPair(header: string, at: number): boolean {
  let before = at - 1
  while (before >= 0 && (header.charCodeAt(before) === 0x20 || header.charCodeAt(before) === 0x09)) before--
  return before < 0 || header.charCodeAt(before) === 0x3b
}

const unquoted = (value: string): string =>
  value.length > 1 && value.charCodeAt(0) === 0x22 && value.charCodeAt(value.length - 1) === 0x22
    ? value.slice(1, -1)
    : value

export interface CookieOptions {
  /** The cookie's name. Default `'holdfast.sid'`. `__Host-` and `__Secure-` prefixes are checked against the rest. */
  readonly name: string
  /** Default `'/'`. Requests outside it have no session. */
  readonly path: string
  /** Default: none, the host that set it only. */
  readonly domain?: string | undefined
  /** `'auto'` (default): on TLS requests, as the framework sees them. `true`: always. `false`: never. */
  readonly secure: boolean | 'auto'
  /** Default true. */
  readonly httpOnly: boolean
  /** Default `'lax'`. `'none'` needs `secure: true`. */
  readonly sameSite: 'lax' | 'strict' | 'none'
  /** Default false. Needs `secure: true`. */
  readonly partitioned: boolean
  readonly priority?: 'low' | 'medium' | 'high' | undefined
  /** Whether the cookie outlives the browser's run, until the absolute deadline. Default false. */
  readonly persistent: boolean
}

export interface CookieLines {
  /** The `Set-Cookie` line for a value. `expiresAt` (ms) makes the cookie persistent. */
  set(value: string, secure: boolean, expiresAt: number | undefined): string
  /** The line that removes it: the same attributes, because a browser removes only what matches. */
  clear(secure: boolean): string
}

/** Prepares the lines once; a response then only joins texts. */
export function cookieLines(options: CookieOptions): CookieLines {
  const attributes = (secure: boolean): string => {
    const { name, path, domain, httpOnly, sameSite, partitioned, priority } = options
    const line = serialize(name, 'x', {
      path,
      httpOnly,
      sameSite,
      partitioned,
      secure,
      ...(domain === undefined ? {} : { domain }),
      ...(priority === undefined ? {} : { priority }),
    })
    return line.slice(name.length + 2)
  }
  const plain = attributes(options.secure === true)
  const overTls = attributes(options.secure !== false)
  const start = `${options.name}=`
  return {
    set: (value, secure, expiresAt) =>
      `${start}${value}${secure ? overTls : plain}${expiresAt === undefined ? '' : `; Expires=${new Date(expiresAt).toUTCString()}`}`,
    clear: (secure) => `${start}${secure ? overTls : plain}; Expires=Thu, 01 Jan 1970 00:00:00 GMT`,
  }
}

/** What browsers would refuse or servers would misread, refused at construction. */
export function checkCookie(options: CookieOptions): void {
  const { name, path, secure } = options
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/.test(name) || name in Object.prototype) {
    throw new SessionOptionError(
      'cookie.name',
      'is not a cookie name (RFC 6265).',
      'Use letters, digits, "-", "_" and ".".',
    )
  }
  if (secure !== true) {
    if (options.sameSite === 'none') needsSecure('cookie.sameSite', `is "none"`)
    if (options.partitioned) needsSecure('cookie.partitioned', 'is set')
    if (/^__(host|secure)-/i.test(name)) needsSecure('cookie.name', 'has a prefix')
  }
  if (/^__host-/i.test(name) && (path !== '/' || options.domain !== undefined)) {
    throw new SessionOptionError('cookie.name', 'has the prefix __Host-, which needs path "/" and no domain.')
  }
  if (!path.startsWith('/')) throw new SessionOptionError('cookie.path', 'does not start with "/".')
  try {
    cookieLines(options)
  } catch (cause) {
    const part = /option (\w+)/.exec(String(cause))?.[1] ?? 'name'
    throw new SessionOptionError(`cookie.${part}`, 'is invalid (RFC 6265).')
  }
}

function needsSecure(option: string, problem: string): never {
  throw new SessionOptionError(option, `${problem}, which browsers accept only with cookie.secure: true.`)
}

/** Whether a request's path lies under the cookie's, segment by segment: `/app` covers `/app/x` and not `/apple`. */
export function coversPath(cookiePath: string, path: string): boolean {
  if (cookiePath === '/' || path === cookiePath) return true
  return path.startsWith(cookiePath.endsWith('/') ? cookiePath : `${cookiePath}/`)
}
