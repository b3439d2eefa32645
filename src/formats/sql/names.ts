/** Names of tables and columns: checked, because they go into SQL as they are. */

import { SessionOptionError } from '../../core/errors.ts'

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/

/** Throws unless the name needs no escaping. */
export const checkName = (option: string, name: unknown): string => {
  if (typeof name === 'string' && NAME.test(name)) return name
  const problem = 'is not a name of 1 to 64 letters, digits and underscores that does not begin with a digit.'
  throw new SessionOptionError(option, problem)
}

/**
 * The columns' names; those that are not given are as they are by default. `false` stays where a column may be `lacking`,
 * for one that is not there.
 */
export const checkColumns = <T extends Readonly<Record<string, string>>, L extends keyof T & string = never>(
  option: string,
  given: unknown,
  byDefault: T,
  lacking: readonly L[] = [],
): { readonly [K in keyof T]: K extends L ? string | false : string } => {
  if (given !== undefined && (typeof given !== 'object' || given === null)) {
    throw new SessionOptionError(option, 'is not an object.')
  }
  const names: Record<string, string | false> = { ...byDefault }
  for (const [column, name] of Object.entries(given ?? {})) {
    if (!Object.hasOwn(byDefault, column)) {
      const there = Object.keys(byDefault).join(', ')
      throw new SessionOptionError(`${option}.${column}`, 'does not exist.', `There are: ${there}.`)
    }
    if (name === undefined) continue
    const lacks = name === false && (lacking as readonly string[]).includes(column)
    names[column] = lacks ? false : checkName(`${option}.${column}`, name)
  }
  return names as { readonly [K in keyof T]: K extends L ? string | false : string }
}

export const checkFlag = (option: string, value: unknown): boolean => {
  if (value === undefined || typeof value === 'boolean') return value ?? false
  throw new SessionOptionError(option, 'is neither true nor false.')
}

export const inBackticks = (name: string): string => `\`${name}\``
export const inQuotes = (name: string): string => `"${name}"`
