import fc from 'fast-check'
import type { Engine } from '../../support/engine.ts'
import { type Data, patched } from '../world/data.ts'

/** Keys that have surprised merging code before, and others. */
export const key = fc.oneof(
  fc.constantFrom('a', 'b', 'c', '', '0', '10', 'a.b', '$set', 'length', 'constructor', 'toString', '\ud800', '\u0000'),
  fc.string({ unit: 'binary', maxLength: 8 }).filter((text) => text !== '__proto__'),
)
const value = fc.jsonValue({ maxDepth: 3 })
const data: fc.Arbitrary<Data> = fc.dictionary(key, value, { maxKeys: 6, noNullPrototype: true }) as fc.Arbitrary<Data>
const NONE: ReadonlySet<string> = new Set()

/** As it would be after a store: keys in any order, -0 as 0. */
const kept = (object: Data): string => {
  const whole = JSON.parse(JSON.stringify(object)) as Data
  return JSON.stringify(
    Object.keys(whole)
      .sort()
      .map((name) => [name, whole[name]]),
  )
}
const textOf = (object: Data): string => JSON.stringify(object)

function agree(text: string, expected: Data): void {
  const actual = kept(JSON.parse(text) as Data)
  if (actual !== kept(expected)) throw new Error(`${actual} instead of ${kept(expected)}`)
}

/** What difference and applied have to be to each other. Throws with the smallest counterexample. */
export function patchLaws({ difference, applied }: Engine, numRuns: number, seed: number): void {
  const law = (check: (one: Data, other: Data, base: Data, more: Data) => void): void => {
    fc.assert(fc.property(data, data, data, data, check), { numRuns, seed })
  }

  // Applied to what it was made from, a patch makes what it was made for.
  law((seen, live) => agree(applied(textOf(seen), difference(textOf(seen), live, NONE)), live))
  // The patch of no change changes nothing, not even the order of the keys.
  law((seen, _, base) => {
    const text = applied(textOf(base), difference(textOf(seen), structuredClone(seen), NONE))
    if (text !== textOf(base)) throw new Error(`${text} instead of ${textOf(base)}`)
  })
  // On any other base it changes the same keys and no others.
  law((seen, live, base) => {
    const patch = difference(textOf(seen), live, NONE)
    agree(applied(textOf(base), patch), patched(base, seen, live))
  })
  // Twice is the same as once.
  law((seen, live, base) => {
    const patch = difference(textOf(seen), live, NONE)
    agree(applied(applied(textOf(base), patch), patch), JSON.parse(applied(textOf(base), patch)) as Data)
  })
  // Patches of different keys give the same in either order.
  law((seen, live, base, more) => {
    const mine = difference(textOf(seen), live, NONE)
    const touched = new Set([...mine.set.keys(), ...mine.unset])
    const theirs = Object.fromEntries(Object.entries(more).filter(([name]) => !touched.has(name)))
    const other = difference('{}', theirs, NONE)
    const text = textOf(base)
    agree(applied(applied(text, mine), other), JSON.parse(applied(applied(text, other), mine)) as Data)
  })
  // Of two patches of the same keys the later one wins.
  law((seen, live, base, more) => {
    const first = difference(textOf(seen), live, NONE)
    const second = difference(textOf(seen), more, NONE)
    const both = JSON.parse(applied(applied(textOf(base), first), second)) as Data
    for (const [name, text] of second.set) {
      if (JSON.stringify(both[name]) !== text) throw new Error(`the later value of ${JSON.stringify(name)} lost`)
    }
    for (const name of second.unset) {
      if (Object.hasOwn(both, name)) throw new Error(`the later removal of ${JSON.stringify(name)} lost`)
    }
  })
  // What the session object could not show is not taken for deleted.
  law((seen, _, base) => {
    const patch = difference(textOf(seen), {}, new Set(Object.keys(seen)))
    agree(applied(textOf(base), patch), base)
  })
  // A stored key of any name stays what it is, and is nobody's prototype.
  law((seen, live) => {
    const text = applied('{"__proto__":{"admin":true}}', difference(textOf(seen), live, NONE))
    if (!text.includes('"__proto__":{"admin":true}') || 'admin' in {}) throw new Error(`"__proto__" became ${text}`)
  })
}
