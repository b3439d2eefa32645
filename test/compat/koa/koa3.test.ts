import { describe } from 'vitest'
import { compareSides } from '../harness/compare.ts'
import { differences } from './differences.ts'
import { normalise } from './normalise.ts'
import { toScenario } from './scenario.ts'
import { koa3, sidesOn } from './sides.ts'
import { stories } from './stories.ts'

describe('holdfast/koa-session and koa-session 7, on Koa 3', () => {
  compareSides({ sides: sidesOn(koa3), scenarios: stories.map(toScenario), differences, normalise })
})
