import fc from 'fast-check'
import type { Engine } from '../../support/engine.ts'
import { ABSOLUTE, type BenchOptions, bench, IDLE } from './bench.ts'
import type { Program, Step } from './program.ts'
import { type Outcome, once } from './schedules.ts'

/** Random requests of one browser, in a random order of their events. */

const key = fc.constantFrom('p', 'q', 'old')
const value = fc.nat({ max: 9 })
const wait = fc.constantFrom({}, {}, { wait: false as const })
const steps: fc.WeightedArbitrary<Step>[] = [
  { weight: 4, arbitrary: fc.record({ do: fc.constant('set' as const), key, value }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unset' as const), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('deep' as const), key: fc.constant('cart'), value }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replace' as const), data: fc.record({ p: value }) }) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom('save', 'touch', 'update'), wait)
      .map(([verb, how]) => ({ do: verb, ...how }) as Step),
  },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'reload' }, { do: 'destroy' }, { do: 'headers' }) },
  { weight: 2, arbitrary: fc.tuple(fc.boolean(), wait).map(([keep, how]) => ({ do: 'regenerate', keep, ...how })) },
]
const program: fc.Arbitrary<Program> = fc.array(fc.oneof(...steps), { maxLength: 6 })
const programs = fc.array(program, { minLength: 1, maxLength: 4 })
const choices = fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 60 })

export interface Histories {
  readonly name: string
  readonly options: BenchOptions
}

const MINUTE = 60_000
const processes = 2

export const HISTORIES: readonly Histories[] = [
  { name: 'in one process', options: { network: true } },
  { name: 'in two processes', options: { network: true, processes } },
  { name: 'on a store that answers at once', options: { network: true, calls: false } },
  { name: 'with failing calls', options: { network: true, processes, faults: 1 } },
  { name: 'with failing calls, in one process', options: { network: true, faults: 2, onLost: 'error' } },
  {
    name: 'while the clock moves past the deadlines',
    options: { network: true, ticks: { most: 4, steps: [3 * MINUTE, IDLE / 2, IDLE - 1, IDLE, ABSOLUTE] } },
  },
  {
    name: 'while cookies are renewed',
    options: {
      network: true,
      processes,
      renewAfter: 10 * MINUTE,
      ticks: { most: 3, steps: [10 * MINUTE, MINUTE / 2, MINUTE] },
    },
  },
  { name: 'while a secret is replaced', options: { network: true, processes, outdated: true } },
]

/** Tries so many, and answers the first that breaks a rule, or with `shrink` the smallest. */
export async function tryHistories(
  engine: Engine,
  { options }: Histories,
  { numRuns, seed, shrink = true }: { readonly numRuns: number; readonly seed: number; readonly shrink?: boolean },
): Promise<Outcome> {
  const on = await bench(engine, options)
  let failure: Outcome
  const property = fc.asyncProperty(programs, choices, async (requests, order) => {
    let at = 0
    const found = await once(on, requests, ({ length }) => (order[at++] ?? 0) % length)
    if (found) failure = found
    return found === undefined
  })
  const { failed, errorInstance } = await fc.check(property, { numRuns, seed, endOnFailure: !shrink })
  if (failed) return failure ?? String(errorInstance)
  return undefined
}
