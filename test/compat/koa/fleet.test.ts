import { describe } from 'vitest'
import { compareSides } from '../harness/compare.ts'
import { differences } from './differences.ts'
import { normalise } from './normalise.ts'
import { type Story, toScenario } from './scenario.ts'
import { decisions } from './scenarios/decisions.ts'
import { lifetime } from './scenarios/lifetime.ts'
import { storedKeys } from './scenarios/stored-keys.ts'
import { validity } from './scenarios/validity.ts'
import { koa3, sidesOn } from './sides.ts'

const { theirs, ours } = sidesOn(koa3)
const intended = new Set(differences.map(({ scenario }) => scenario))

/** Without those that warn while they are set up: a fleet of two is set up twice. */
const alike = (stories: readonly Story[]) =>
  stories.filter(({ name }) => !intended.has(name) && !name.includes('old name')).map(toScenario)

/** Every second request is answered by the other implementation, on the same store and with the same keys. */
describe('a fleet that is half old and half new', () => {
  describe('the old one first', () => {
    const scenarios = alike([...decisions, ...lifetime, ...storedKeys, ...validity])
    compareSides({ sides: { theirs, ours: { ...theirs, partner: ours.session } }, scenarios, normalise })
  })
  describe('the new one first', () => {
    const scenarios = alike([...decisions, ...lifetime])
    compareSides({ sides: { theirs, ours: { ...ours, partner: theirs.session } }, scenarios, normalise })
  })
})
