import { describe } from 'vitest'
import { compareSides, reviewed } from '../harness/compare.ts'
import { differences } from './differences.ts'
import { topics } from './scenarios/index.ts'
import { normalise } from './support/normalise.ts'
import { ours, theirs } from './support/sides.ts'

for (const [topic, scenarios] of Object.entries(topics)) {
  describe(topic, () => compareSides({ sides: { theirs, ours }, scenarios, differences, normalise }))
}

reviewed(Object.values(topics).flat(), differences)
