import type { Bench, Choose } from './bench.ts'
import { type Program, show } from './program.ts'

/** Answers undefined, or what broke which rule: the programs, and the order of events. */
export type Outcome = string | undefined

export interface Explored {
  /** How many different orders of events were tried. */
  readonly schedules: number
  /** The first one in which a rule was broken. */
  readonly failure: Outcome
}

/** Tries every order of events that some programs can meet, until one breaks a rule or `most` were tried. */
export async function explore(
  bench: Bench,
  programs: readonly Program[],
  most: number = Number.POSITIVE_INFINITY,
): Promise<Explored> {
  let path: readonly number[] = []
  for (let schedules = 1; ; schedules++) {
    const widths: number[] = []
    const failure = await once(bench, programs, (options) => {
      const choice = path[widths.length] ?? 0
      widths.push(options.length)
      return choice
    })
    path = next(path, widths)
    if (failure || path.length === 0 || schedules >= most) return { schedules, failure }
  }
}

/** The path after this one through the tree of choices, depth first; empty after the last one. */
function next(path: readonly number[], widths: readonly number[]): number[] {
  for (let at = widths.length - 1; at >= 0; at--) {
    const choice = path[at] ?? 0
    const before = widths.slice(0, at).map((_, index) => path[index] ?? 0)
    if (choice + 1 < (widths[at] as number)) return [...before, choice + 1]
  }
  return []
}

/** One run. */
export async function once(bench: Bench, programs: readonly Program[], choose: Choose): Promise<Outcome> {
  const taken: string[] = []
  const ran = bench.run(programs, (options) => {
    const choice = choose(options)
    taken.push(`  ${options[choice]}`)
    return choice
  })
  const violations = await ran.catch((error) => [String(error)])
  if (violations.length === 0) return undefined
  const requests = programs.map((program, index) => `${String.fromCharCode(65 + index)}: ${show(program)}`)
  return [...violations, ...requests, ...taken].join('\n')
}
