/** Revisions of records that have no room for one: a hash of what they hold. */

import { createHash } from 'node:crypto'

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex')

/** For columns that give back the text exactly. */
export const revisionOfText = (value: string): string => sha1(value)

/**
 * For columns that may not: `jsonb`, and JSON of MySQL, put the members of an object into another order and space them as
 * they like. Texts that say the same have the same revision. What is no JSON counts as it is.
 */
export const revisionOfJson = (value: string): string => {
  try {
    return sha1(canonical(JSON.parse(value)))
  } catch {
    // No JSON, or nested more deeply than the stack is.
    return sha1(value)
  }
}

const canonical = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`
}
