/** Checks of options, with the errors that zod made for koa-session: the same names, issues and messages. */

export interface Issue {
  readonly code: string
  readonly path: readonly string[]
  readonly message: string
  readonly [particular: string]: unknown
}

export type Check = (value: unknown, path: readonly string[]) => readonly Issue[]

/** What zod calls the type of a value. */
function typeOf(value: unknown): string {
  if (typeof value === 'number') return Number.isNaN(value) ? 'nan' : 'number'
  if (typeof value !== 'object') return typeof value
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof (value as Partial<Promise<unknown>>).then === 'function') return 'promise'
  if (value instanceof Map) return 'map'
  if (value instanceof Set) return 'set'
  return value instanceof Date ? 'date' : 'object'
}

function invalidType(expected: string, value: unknown, path: readonly string[]): Issue {
  const received = typeOf(value)
  const message = received === 'undefined' ? 'Required' : `Expected ${expected}, received ${received}`
  return { code: 'invalid_type', expected, received, path, message }
}

export const isA =
  (expected: 'string' | 'number' | 'boolean' | 'function' | 'object'): Check =>
  (value, path) =>
    typeOf(value) === expected ? [] : [invalidType(expected, value, path)]

/** An object with these methods. */
export const hasMethods =
  (...methods: readonly string[]): Check =>
  (value, path) => {
    if (typeOf(value) !== 'object') return [invalidType('object', value, path)]
    const of = value as Record<string, unknown>
    return methods.flatMap((method) => isA('function')(of[method], [...path, method]))
  }

/** A number, or one word. */
export const numberOr =
  (word: string): Check =>
  (value, path) => {
    if (value === word || typeOf(value) === 'number') return []
    const literal = `Invalid literal value, expected ${JSON.stringify(word)}`
    const unionErrors = [
      [invalidType('number', value, path)],
      [{ received: value, code: 'invalid_literal', expected: word, path, message: literal }],
    ].map((issues) => ({ issues, name: 'ZodError' }))
    return [{ code: 'invalid_union', unionErrors, path, message: 'Invalid input' }]
  }

/** Throws what zod would have thrown, if there are issues: `error.name` is `ZodError`, and it has `issues`. */
export function refuse(issues: readonly Issue[]): void {
  if (issues.length === 0) return
  const sayable = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value)
  const error = new TypeError(JSON.stringify(issues, sayable, 2))
  Object.defineProperty(error, 'name', { value: 'ZodError', configurable: true, writable: true })
  throw Object.assign(error, { issues, errors: issues })
}
