import assert from 'node:assert'
import { randomUUID } from 'node:crypto'
import { milliseconds } from '../../core/expiry.ts'
import { isHoldfastStore } from '../internal/engine.ts'
import { type Check, hasMethods, isA, numberOr, refuse } from './schema.ts'
import type { CreateSessionOptions, SessionOptions as Options } from './types.ts'

export type SessionOptions = Options

const isStore = hasMethods('get', 'set', 'destroy')

/** What an option may be. Absent is always right. */
const CHECKS: Readonly<Record<string, Check>> = {
  key: isA('string'),
  maxAge: numberOr('session'),
  autoCommit: isA('boolean'),
  overwrite: isA('boolean'),
  httpOnly: isA('boolean'),
  signed: isA('boolean'),
  rolling: isA('boolean'),
  renew: isA('boolean'),
  secure: isA('boolean'),
  sameSite: isA('string'),
  externalKey: hasMethods('get', 'set'),
  store: (value, path) => (isHoldfastStore(value) ? [] : isStore(value, path)),
  ContextStore: () => [],
  encode: isA('function'),
  decode: isA('function'),
  genid: isA('function'),
  prefix: isA('string'),
  valid: isA('function'),
  beforeSave: isA('function'),
}

const DEFAULTS = {
  key: 'koa.sess',
  autoCommit: true,
  overwrite: true,
  httpOnly: true,
  signed: true,
  rolling: false,
  renew: false,
  encode: (data: unknown): string => Buffer.from(JSON.stringify(data)).toString('base64'),
  decode: (text: string): unknown => JSON.parse(Buffer.from(text, 'base64').toString('utf8')),
}

function issuesOf(options: unknown): ReturnType<Check> {
  const issues = isA('object')(options, [])
  if (issues.length > 0) return issues
  return Object.entries(CHECKS).flatMap(([name, check]) => {
    const value = (options as Record<string, unknown>)[name]
    return value === undefined || value === null ? [] : check(value, [name])
  })
}

/** The options as koa-session's own checker: for applications that check theirs before they use them. */
export const SessionOptions = {
  /** The known options among those that are given, with the defaults. Throws an error named `ZodError`. */
  parse(options: unknown): CreateSessionOptions {
    refuse(issuesOf(options))
    const given = options as Record<string, unknown>
    const known = Object.keys(CHECKS).filter((name) => given[name] !== undefined && given[name] !== null)
    return { ...DEFAULTS, ...Object.fromEntries(known.map((name) => [name, given[name]])) }
  },
}

/**
 * Checks the options and fills in the defaults: in the object that was given, which the application may go on changing.
 * Throws an error named `ZodError` for an option that is wrong, and an `AssertionError` for a `ContextStore` that is none.
 */
export function settle(given: object): Options {
  const options = given as Options & Record<string, unknown>
  if (!('maxAge' in options) && 'maxage' in options) {
    const { maxage } = options as { maxage?: number }
    options.maxAge = maxage
    if (process.env.NODE_ENV !== 'production') {
      // biome-ignore lint/suspicious/noConsole: the warning of koa-session, for its users' logs
      console.warn('[koa-session] DeprecationWarning: `maxage` option has been renamed to `maxAge`')
    }
  }
  Object.assign(options, { ...DEFAULTS, ...options })
  refuse(issuesOf(options))

  for (const name of Object.keys(CHECKS)) if (options[name] === null) delete options[name]
  const { key, rolling, renew, ...others } = DEFAULTS
  for (const [name, value] of Object.entries(others)) options[name] ??= value
  for (const [name, value] of Object.entries({ key, rolling, renew })) if (!(name in options)) options[name] = value
  if (options.sameSite === undefined) delete options.sameSite
  if (options.storeTimeout !== undefined) milliseconds(options.storeTimeout, 'storeTimeout')

  const { ContextStore, prefix } = options
  if (ContextStore) checkClass(ContextStore)
  options.genid ??= prefix ? () => `${options.prefix}${randomUUID()}` : () => randomUUID()
  return options
}

function checkClass(ContextStore: unknown): void {
  assert(isClass(ContextStore), 'ContextStore must be a class')
  const { prototype } = ContextStore as unknown as { readonly prototype: Record<string, unknown> }
  for (const method of ['get', 'set', 'destroy'])
    assert(typeof prototype[method] === 'function', `ContextStore.prototype.${method} must be function`)
}

/** Classes, and the functions that compilers have made of them. */
function isClass(value: unknown): boolean {
  if (typeof value !== 'function') return false
  const text = Function.prototype.toString.call(value)
  if (/^class[\s{]/.test(text)) return true
  return /classCallCheck\(/.test(text) || /TypeError\("Cannot call a class as a function"\)/.test(text)
}
