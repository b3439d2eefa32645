/**
 * The names of the store's keys in Redis:
 *
 *     <prefix>s:<key>      a session
 *     <prefix>o:<owner>    the index of an owner's sessions
 *     <prefix>v:layout     which layout these have
 *
 * What follows the prefix has no colon but the one after its letter. So a name says of itself which store it belongs to,
 * also when one store's prefix begins with another's: what follows `sess:s:` in `sess:s:1` is a key, and what follows
 * it in `sess:s:s:1` is not. There is no brace either, so a key cannot choose its slot in a cluster.
 */

import { SessionOptionError } from '../../core/errors.ts'

const DEFAULT_PREFIX = 'holdfast:'
const MAX_PREFIX_LENGTH = 200
const LONE_SURROGATE = /\p{Surrogate}/u
const ESCAPED = /[%:{}]/
const EVERY_ESCAPED = /[%:{}]/g

export interface Names {
  /** The name of a session's record. */
  record(key: string): string
  /** The key in the name of a record as SCAN gives it, or `undefined` when it is no record of this store. */
  keyIn(scanned: string): string | undefined
  /** The name of the index of an owner, who is given as `encodeOwner` says. */
  index(ownerText: string): string
  readonly layout: string
  /** What SCAN has to match: all records of this store, and perhaps some of other stores. */
  readonly pattern: string
}

export const checkPrefix = (prefix: unknown, byDefault = DEFAULT_PREFIX): string => {
  if (prefix === undefined) return byDefault
  if (typeof prefix === 'string' && prefix.length <= MAX_PREFIX_LENGTH && !LONE_SURROGATE.test(prefix)) return prefix
  const problem = `is not well-formed text of at most ${MAX_PREFIX_LENGTH} characters.`
  throw new SessionOptionError('prefix', problem, `The default is "${byDefault}".`)
}

/** What SCAN has to match to find every name that begins so. */
export const patternFor = (start: string): string => `${start.replace(/[\\*?[\]]/g, '\\$&')}*`

/** `keyPrefix` is what the client puts before every name by itself. */
export const namesFor = (prefix: string, keyPrefix: string): Names => {
  const records = `${prefix}s:`
  const scanned = keyPrefix + records
  return {
    record: (key) => records + encodeKey(key),
    keyIn(name) {
      if (!name.startsWith(scanned)) return undefined
      const rest = name.slice(scanned.length)
      return rest.includes(':') ? undefined : decodeKey(rest)
    },
    index: (ownerText) => `${prefix}o:${ownerText}`,
    layout: `${prefix}v:layout`,
    pattern: patternFor(scanned),
  }
}

export const encodeKey = (key: string): string =>
  ESCAPED.test(key) ? key.replace(EVERY_ESCAPED, (sign) => `%${sign.charCodeAt(0).toString(16)}`) : key

export const decodeKey = (text: string): string =>
  text.includes('%')
    ? text.replace(/%([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    : text

/** ASCII without colons and braces, and a different text for each owner. */
export const encodeOwner = (owner: string): string => encodeURIComponent(owner)

/** `undefined` when it is no owner's text. */
export const decodeOwner = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
