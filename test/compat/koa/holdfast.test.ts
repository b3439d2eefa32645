import { describe } from 'vitest'
import { memoryStore } from '../../../src/stores/memory.ts'
import { compareSides } from '../harness/compare.ts'
import { differences } from './differences.ts'
import { normalise } from './normalise.ts'
import { toScenario } from './scenario.ts'
import { koa3, sidesOn } from './sides.ts'
import { stories } from './stories.ts'

/** What only a store of the other kind is told; and of a session that is long over, a Holdfast store knows nothing any more. */
const within = (line: string): boolean => /note: store\.|event: session:(expired|missed)/.test(line)
const seenFromOutside = (lines: readonly string[]): string[] => lines.filter((line) => !within(line))

/** These look into the recording store itself. */
const LOOKING_IN = /^(stored|hostile|failure|asynchronous|race|options: options of one request)/

const chosen = stories.filter(({ name }) => name.endsWith(', store') && !LOOKING_IN.test(name))
const intended = differences.map((entry) => ({
  ...entry,
  theirs: seenFromOutside(entry.theirs),
  ours: seenFromOutside(entry.ours),
}))

describe('on a Holdfast store, browser and application see what they see with koa-session and a store of its own', () => {
  const { theirs, ours } = sidesOn(koa3)
  compareSides({
    sides: { theirs, ours: { ...ours, store: memoryStore } },
    scenarios: chosen.map(toScenario),
    differences: intended,
    normalise: (lines) => seenFromOutside(normalise(lines)),
  })
})
