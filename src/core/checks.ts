import { SessionOptionError } from './errors.ts'

/** Checks of options. Each answers the value it was given, or throws an error that names the option. */

export function checkNames(given: unknown, known: readonly string[], prefix: string): object {
  if (typeof given !== 'object' || given === null)
    throw new SessionOptionError(prefix.slice(0, -1) || 'options', 'is not an object.')
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue
    const near = nearest(name, known)
    throw new SessionOptionError(
      prefix + name,
      'does not exist.',
      near ? `Did you mean "${prefix}${near}"?` : `There are: ${known.join(', ')}.`,
    )
  }
  return given
}

/** What users of other session libraries would write, and what it is called here. */
const FORMER_NAMES: Readonly<Record<string, string>> = {
  secret: 'secrets',
  keys: 'secrets',
  maxAge: 'idleTimeout',
  ttl: 'idleTimeout',
  rolling: 'touchAfter',
  key: 'name',
  expires: 'persistent',
  overwrite: 'name',
}

function nearest(name: string, known: readonly string[]): string | undefined {
  const former = FORMER_NAMES[name]
  if (former && known.includes(former)) return former
  const near = known.map((option) => ({ option, distance: editDistance(name.toLowerCase(), option.toLowerCase()) }))
  const best = near.sort((a, b) => a.distance - b.distance)[0]
  return best && best.distance <= Math.max(2, name.length / 3) ? best.option : undefined
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next[j] = Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, change)
    }
    row = next
  }
  return row[b.length] as number
}

export function oneOf<const T>(value: unknown, allowed: readonly T[], option: string): T {
  if (allowed.includes(value as T)) return value as T
  throw new SessionOptionError(
    option,
    'has a value that does not exist.',
    `Give one of: ${allowed.map(String).join(', ')}.`,
  )
}

export function text(value: unknown, option: string): string {
  if (typeof value !== 'string') throw new SessionOptionError(option, 'is not text.')
  return value
}

export function bytes(value: unknown, option: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1)
    throw new SessionOptionError(option, 'is not a whole number of bytes.')
  return value
}

export function callable<T>(value: T, option: string): T {
  if (typeof value !== 'function') throw new SessionOptionError(option, 'is not a function.')
  return value
}

export function shaped<T>(value: T, option: string, methods: readonly string[]): T {
  if (typeof value !== 'object' || value === null) throw new SessionOptionError(option, 'is not an object.')
  for (const method of methods) {
    if (typeof (value as Record<string, unknown>)[method] !== 'function') {
      throw new SessionOptionError(
        option,
        `has no method "${method}".`,
        option === 'store' ? 'Give a Holdfast store, for example memoryStore().' : undefined,
      )
    }
  }
  return value
}
