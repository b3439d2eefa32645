/** Names of the store's collections, and the check of those that an application chooses. */

import { SessionOptionError } from '../../core/errors.ts'

export const DEFAULT_COLLECTION = 'holdfast_sessions'

/** Which layout the collections of this database have, one document per collection. */
export const REGISTER = 'holdfast_schema'

const COLLECTION = /^[A-Za-z_][A-Za-z0-9_.-]{0,99}$/
const DATABASE = /^[^/\\. "$*<>:|?\0]{1,63}$/

export const checkCollection = (name: unknown = DEFAULT_COLLECTION): string => {
  const plain = typeof name === 'string' && COLLECTION.test(name) && !name.endsWith('.')
  if (plain && name !== REGISTER && !name.startsWith('system.')) return name
  throw new SessionOptionError(
    'collection',
    'is not a name of 1 to 100 letters, digits, "_", "." and "-" that begins with a letter or "_", or it is reserved.',
    `The default is "${DEFAULT_COLLECTION}".`,
  )
}

export const checkDatabase = (name: unknown): string | undefined => {
  if (name === undefined || (typeof name === 'string' && DATABASE.test(name))) return name
  throw new SessionOptionError(
    'database',
    'is not the name of a MongoDB database.',
    'The default is the one of the URL.',
  )
}
