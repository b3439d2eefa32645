import type { Clock } from '../../src/index.ts'

/** A browser's cookies of one host: the newest value of a name wins, and one that is over is gone. */
export interface CookieJar {
  /** The `Cookie` header of the next request, or undefined for none. */
  header(): string | undefined
  get(name: string): string | undefined
  set(name: string, value: string): void
  delete(name: string): void
  /** Takes a response's `Set-Cookie` lines, in their order. */
  take(lines: readonly string[]): void
  /** What a thief or a second tab would hold. */
  copy(): CookieJar
}

interface Kept {
  readonly value: string
  readonly expiresAt: number
}

export function cookieJar(clock: Clock = Date, kept: Iterable<[string, Kept]> = []): CookieJar {
  const cookies = new Map<string, Kept>(kept)
  const alive = (): [string, Kept][] => [...cookies].filter(([, { expiresAt }]) => expiresAt > clock.now())
  return {
    header() {
      const pairs = alive().map(([name, { value }]) => `${name}=${value}`)
      return pairs.length > 0 ? pairs.join('; ') : undefined
    },
    get: (name) => alive().find(([each]) => each === name)?.[1].value,
    set(name, value) {
      cookies.set(name, { value, expiresAt: Number.POSITIVE_INFINITY })
    },
    delete(name) {
      cookies.delete(name)
    },
    take(lines) {
      for (const line of lines) {
        const { name, value, attributes } = parseSetCookie(line)
        const expires = attributes.get('expires')
        const expiresAt = expires === undefined ? Number.POSITIVE_INFINITY : Date.parse(expires)
        if (expiresAt > clock.now()) cookies.set(name, { value, expiresAt })
        else cookies.delete(name)
      }
    },
    copy: () => cookieJar(clock, cookies),
  }
}

export interface SetCookie {
  readonly name: string
  readonly value: string
  /** By lower-case name. An attribute without a value has the empty one. */
  readonly attributes: ReadonlyMap<string, string>
}

export function parseSetCookie(line: string): SetCookie {
  const [pair = '', ...rest] = line.split(';')
  const [name, value] = splitOnce(pair)
  return { name, value, attributes: new Map(rest.map((part) => splitOnce(part)).map(([k, v]) => [k.toLowerCase(), v])) }
}

function splitOnce(text: string): [string, string] {
  const at = text.indexOf('=')
  return at < 0 ? [text.trim(), ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}
