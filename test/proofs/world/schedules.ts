import type { Bench, Choose } from './bench.ts'
import type { Program } from './program.ts'

export interface Explored {
  /** How many different orders of events were tried. */
  readonly schedules: number
  /** The first order in which a rule was broken, as text; undefined when there was none. */
  readonly failure: string | undefined
}

/** Tries every order of events that some programs can meet, until one breaks a rule or `most` were tried. */
export async function explore(
  bench: Bench,
  programs: readonly Program[],
  most: number = Number.POSITIVE_INFINITY,
): Promise<Explored> {
  let path: number[] = []
  for (let schedules = 1; ; schedules++) {
    const widths: number[] = []
    const taken: string[] = []
    const choose: Choose = (options) => {
      const choice = path[widths.length] ?? 0
      widths.push(options.length)
      taken.push(options[choice]?.label ?? 'nothing')
      return choice
    }
    const violations = await bench.run(programs, choose)
    if (violations.length > 0)
      return { schedules, failure: [...violations, ...taken.map((step) => `  ${step}`)].join('\n') }
    path = next(path, widths)
    if (path.length === 0 || schedules >= most) return { schedules, failure: undefined }
  }
}

/** The next path through the tree of choices, depth first; empty after the last one. */
function next(path: readonly number[], widths: readonly number[]): number[] {
  for (let at = widths.length - 1; at >= 0; at--) {
    const choice = path[at] ?? 0
    if (choice + 1 < (widths[at] as number))
      return [...widths.slice(0, at).map((_, index) => path[index] ?? 0), choice + 1]
  }
  return []
}
