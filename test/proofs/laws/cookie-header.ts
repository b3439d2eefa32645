import fc from 'fast-check'
import type { Engine } from '../../support/engine.ts'

const NAME = 's.i+d'
const MOST = 8

/** The same in the plainest way: cut at each `;`, exact name, `=`, one pair of quotes off. */
function plainly(header: string): string[] {
  return header
    .split(';')
    .map((pair) => pair.replace(/^[ \t]+/, ''))
    .filter((pair) => pair.startsWith(`${NAME}=`))
    .map((pair) => pair.slice(NAME.length + 1).trim())
    .map((value) => (/^".*"$/s.test(value) && value.length > 1 ? value.slice(1, -1) : value))
    .slice(0, MOST)
}

const piece = fc.constantFrom(
  '; ',
  ';',
  '=',
  ' ',
  '\t',
  '"',
  NAME,
  `${NAME}=`,
  `${NAME}="v"`,
  'sXi+d=',
  'S.I+D=',
  'v',
  '%3D',
  '\u00e9',
  '\0',
)
const header = fc.oneof(
  fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary' }),
)
const pair = fc.stringMatching(/^[a-z]{1,5}=[A-Za-z0-9."]{0,9}$/)
const token = fc.stringMatching(/^[A-Za-z0-9_.-]{1,90}$/)
const anything = fc.anything().filter((value) => typeof value !== 'string')

/** Any header is read without harm, and ours is found in it wherever it stands. Throws with the smallest counterexample. */
export function cookieHeaderLaws({ cookieValues }: Engine, numRuns: number, seed: number): void {
  const agree = (actual: readonly string[], expected: readonly string[]): void => {
    if (JSON.stringify(actual) !== JSON.stringify(expected)) throw new Error(`found ${JSON.stringify(actual)}`)
  }
  // T004 T005 T006 T008 T009 T010 T013 T014 T021
  fc.assert(
    fc.property(header, (text) => agree(cookieValues(text, NAME), plainly(text))),
    { numRuns, seed },
  )
  // T001 T018: among others, at any place, several times.
  fc.assert(
    fc.property(
      fc.array(pair),
      fc.array(pair),
      fc.array(token, { minLength: 1, maxLength: MOST }),
      (before, after, ours) => {
        const text = [...before, ...ours.map((value) => `${NAME}=${value}`), ...after].join('; ')
        agree(cookieValues(text, NAME), ours)
      },
    ),
    { numRuns, seed },
  )
  // T022
  fc.assert(
    fc.property(anything, (value) => agree(cookieValues(value, NAME), [])),
    { numRuns, seed },
  )
}
