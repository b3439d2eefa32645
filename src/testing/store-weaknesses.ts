/**
 * What a store may say about itself that it cannot do. The suite leaves out the rules that a declared weakness covers,
 * says so in their titles, and checks that the weakness is really there wherever that can be seen from outside. What is
 * not in this list excuses nothing: above all there is no weakness for the three rules of the port (insert never
 * overwrites and nothing else creates; of many writers with one revision one wins; expired means absent).
 */

import { SessionOptionError } from '../core/errors.ts'

/** Every weakness, and what users of the store have to know about it. */
export const STORE_WEAKNESSES = {
  'single-process': 'Another process does not see the entries, or must not open the store at the same time.',
  volatile: 'The entries belong to one store object: a second one, or a restarted process, does not have them.',
  evicts: 'A live entry may be dropped to make room for others.',
  'lossy-text': 'Text with lone surrogates or U+0000 is refused or comes back changed. Other text is kept exactly.',
  'small-values': 'A value of 1 MiB is refused. Values up to 64 KiB are kept exactly.',
  'no-list': 'There is no `list`: no overview of sessions, no signing out of all sessions of a user.',
  'no-owner-index': "`list({ owner })` and `count({ owner })` walk over everybody's entries.",
  'no-count': 'There is no `count`.',
  'no-delete-owned': 'There is no `deleteOwned`: signing out of all sessions of a user ends them one by one.',
  'no-sweep': 'There is no `sweep`: expired entries stay until the backend removes them by itself, if it does.',
  'no-ping': 'There is no `ping`: health checks cannot ask the backend.',
} as const

export type StoreWeakness = keyof typeof STORE_WEAKNESSES

/** Throws on a word that is not in the list, because a typing error must not excuse anything. */
export function checkWeaknesses(declared: readonly string[]): ReadonlySet<StoreWeakness> {
  const known = new Set<string>(Object.keys(STORE_WEAKNESSES))
  for (const word of declared) {
    if (!known.has(word)) {
      throw new SessionOptionError('weaknesses', `has "${word}".`, `Known are: ${[...known].join(', ')}.`)
    }
  }
  return new Set(declared as readonly StoreWeakness[])
}
