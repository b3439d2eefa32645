/** Checks of a store's options. */

import { SessionOptionError } from '../../core/errors.ts'

/** Throws unless the options are an object (or absent) with known names only. */
export function checkNames(options: unknown, known: readonly string[]): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null) throw new SessionOptionError('options', 'is not an object.')
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new SessionOptionError(name, 'does not exist.', `There are: ${known.join(', ')}.`)
  }
}

/** The number, if it is a whole one from 1 to `most`; the default, if it is absent. */
export function bound(value: unknown, option: string, byDefault: number, most: number): number {
  if (value === undefined) return byDefault
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value
  throw new SessionOptionError(option, `is not a whole number from 1 to ${most}.`)
}
