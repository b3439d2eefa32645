import { describe } from 'vitest'
import { compareSides, reviewed } from '../harness/compare.ts'
import { differences } from './differences.ts'
import { topics } from './scenarios/index.ts'
import { withoutCacheControl } from './support/everywhere.ts'
import { normalise } from './support/normalise.ts'
import { ours, theirs } from './support/sides.ts'

const sides = { theirs, ours }

for (const [topic, scenarios] of Object.entries(topics)) {
  describe(topic, () => compareSides({ sides, scenarios, differences, normalise, everywhere: withoutCacheControl }))
}

reviewed(Object.values(topics).flat(), differences)
