import type { Engine } from '../../support/engine.ts'
import { type BenchOptions, bench } from './bench.ts'
import { CATALOGUE, type Program } from './program.ts'
import { type Explored, explore } from './schedules.ts'

/** Which overlaps are tried, and how. */
export interface Overlaps {
  readonly name: string
  readonly options: BenchOptions
  readonly programs: readonly (readonly Program[])[]
}

const every = Object.values(CATALOGUE)
const named = (...names: string[]): typeof every => names.map((name) => CATALOGUE[name] as (typeof every)[number])
const alone = (programs: typeof every): Program[][] => programs.map((program) => [program('a')])
const pairs = (programs: typeof every): Program[][] =>
  programs.flatMap((one, index) => programs.slice(index).map((other) => [one('a'), other('b')]))

const TICK = 10 * 60_000
const cookies = named('read', 'write', 'save', 'update', 'touch', 'keep', 'clear', 'destroy', 'write late')
// Orders within one process are many, because handlers wait between their steps as well.
const simple = named('read', 'write', 'save', 'unset', 'deep', 'update', 'write and update', 'touch', 'reload').concat(
  named('keep', 'clear', 'clear without waiting', 'destroy', 'destroy and write', 'write late'),
)
const short = named('read', 'write', 'update', 'keep', 'clear', 'clear without waiting', 'destroy')

/** Two requests in every order of their events, and one in every way that a store call can fail. */
export const OVERLAPS: readonly Overlaps[] = [
  { name: 'one request, two failing calls', options: { faults: 2 }, programs: alone(every) },
  { name: 'two requests in two processes', options: { processes: 2, pauses: false }, programs: pairs(every) },
  { name: 'two requests, answers at once', options: { calls: false }, programs: pairs(every) },
  {
    name: 'two requests, a failing call',
    options: { processes: 2, pauses: false, faults: 1, onLost: 'error' },
    programs: pairs(short),
  },
  {
    name: 'two requests, a cookie due for renewal',
    options: { processes: 2, pauses: false, renewAfter: TICK, ticks: { most: 1, steps: [TICK] } },
    programs: pairs(cookies),
  },
  {
    name: 'two requests, a cookie signed by an old secret',
    options: { processes: 2, pauses: false, outdated: true },
    programs: pairs(cookies),
  },
  { name: 'two requests in one process', options: {}, programs: pairs(simple) },
]

/** Tries all of them, at most so many schedules of each pair, and stops at the first that breaks a rule. */
export async function tryOverlaps(engine: Engine, { options, programs }: Overlaps, most?: number): Promise<Explored> {
  const on = await bench(engine, options)
  let schedules = 0
  for (const each of programs) {
    const explored = await explore(on, each, most)
    schedules += explored.schedules
    if (explored.failure) return { schedules, failure: explored.failure }
  }
  return { schedules, failure: undefined }
}
