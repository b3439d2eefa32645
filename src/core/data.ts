import { SessionDataError } from './errors.ts'

/**
 * Session data are JSON: text, finite numbers, booleans, null, arrays and plain objects. Anything else would come back
 * as something different, so it is an error that names the path. Two things pass because nothing is lost by them: a
 * property that is `undefined` counts as absent, and -0 is kept as 0.
 */

/** Deeper nesting is refused: it is a cycle or an attack, and recursion over it would end the process. */
export const MAX_DEPTH = 64

/** The JSON text of the data, or an error that names what cannot be kept. */
export function dataText(data: object): string {
  checkData(data)
  try {
    return JSON.stringify(data)
  } catch (cause) {
    throw new SessionDataError('ERR_SESSION_DATA', '', 'The session cannot be written as JSON.', { cause })
  }
}

/** Throws if a value cannot be kept. `path` is where it stands in the session. */
export function checkData(value: unknown, path = ''): void {
  const flaw = flawOf(value, path === '' ? 0 : 1)
  if (!flaw) return
  const where = [path, ...flaw.path].filter(Boolean).join('').replace(/^\./, '')
  const at = where ? `session.${where}` : 'The session'
  throw new SessionDataError('ERR_SESSION_DATA', where, `${at} ${flaw.problem}`)
}

interface Flaw {
  readonly path: string[]
  readonly problem: string
}

function flawOf(value: unknown, depth: number): Flaw | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return undefined
    case 'number':
      return Number.isFinite(value) ? undefined : flaw(`is ${value}, which JSON does not have.`)
    case 'object':
      if (value === null) return undefined
      if (depth > MAX_DEPTH) return flaw(`is nested deeper than ${MAX_DEPTH} levels, or in a cycle.`)
      return Array.isArray(value) ? flawInArray(value, depth) : flawInObject(value as Record<string, unknown>, depth)
    case 'bigint':
      return flaw('is a BigInt. Keep it as text.')
    default:
      return flaw(`is a ${typeof value}. Sessions hold JSON data only.`)
  }
}

function flawInArray(list: readonly unknown[], depth: number): Flaw | undefined {
  for (let index = 0; index < list.length; index++) {
    const item = list[index]
    const found = item === undefined ? flaw('is undefined in an array. Use null.') : flawOf(item, depth + 1)
    if (found) return within(`[${index}]`, found)
  }
  return undefined
}

function flawInObject(object: Record<string, unknown>, depth: number): Flaw | undefined {
  // The session itself, at depth 0, is an instance of a class; its data are its own properties.
  if (depth > 0 && !isPlain(object)) return flaw(`is ${kindOf(object)}. Keep plain JSON data, such as text.`)
  for (const key of Object.keys(object)) {
    const found =
      key === '__proto__'
        ? flaw('is a key that JSON readers mistake for a prototype.')
        : flawOfProperty(object, key, depth)
    if (found)
      return within(/^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key.slice(0, 80))}]`, found)
  }
  return undefined
}

function flawOfProperty(object: Record<string, unknown>, key: string, depth: number): Flaw | undefined {
  let value: unknown
  try {
    value = object[key]
  } catch {
    return flaw('cannot be read: its getter throws.')
  }
  return flawOf(value, depth + 1)
}

/** True for `{}` and `Object.create(null)` of any realm (test runners put the application into one of its own). */
export function isPlain(value: object): value is Record<string, unknown> {
  if (Array.isArray(value)) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function kindOf(value: object): string {
  const name = Object.getPrototypeOf(value)?.constructor?.name
  if (name === 'Promise') return 'a Promise. Was an await forgotten? It'
  return typeof name === 'string' && name ? `an instance of ${name}` : 'not a plain object'
}

const flaw = (problem: string): Flaw => ({ path: [], problem })

function within(step: string, found: Flaw): Flaw {
  found.path.unshift(step)
  // A cycle's path would be all its turns.
  if (found.path.length > 12) found.path.pop()
  return found
}

/** Whether text from a store is nested deeper than data may be. One pass, no recursion. */
export function tooDeep(text: string): boolean {
  let depth = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (quoted) {
      if (c === 0x5c) i++
      else if (c === 0x22) quoted = false
    } else if (c === 0x22) quoted = true
    else if (c === 0x5b || c === 0x7b) {
      if (++depth > MAX_DEPTH + 1) return true
    } else if (c === 0x5d || c === 0x7d) depth--
  }
  return false
}

/** The keys that take the most room, largest first: what to look at when a session grows. */
export function largestKeys(text: string, most = 3): { readonly key: string; readonly bytes: number }[] {
  const data = JSON.parse(text) as Record<string, unknown>
  return Object.keys(data)
    .map((key) => ({ key, bytes: Buffer.byteLength(JSON.stringify(data[key])) }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, most)
}
