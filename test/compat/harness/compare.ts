import { describe, expect, it } from 'vitest'
import { run } from './run.ts'
import type { Scenario } from './scenario.ts'

/** A reviewed, intended difference. The transcripts must differ in exactly these lines. */
export interface Difference {
  /** The name of the scenario. */
  readonly scenario: string
  /** Which part of the transcript differs. */
  readonly what: string
  readonly why: string
  /** Lines that only the published package's transcript has, in their order. */
  readonly theirs: readonly string[]
  /** Lines that only the drop-in's has. */
  readonly ours: readonly string[]
}

export interface Comparison<Module> {
  readonly sides: { readonly theirs: Module; readonly ours: Module }
  readonly scenarios: readonly Scenario<Module>[]
  readonly differences?: readonly Difference[]
  /** Makes the lines comparable, for example by naming random ids. Runs on each whole transcript. */
  readonly normalise?: (lines: readonly string[]) => readonly string[]
  /** Takes out of the drop-in's transcripts what it does everywhere, on purpose, and has tests of its own for. */
  readonly everywhere?: (lines: readonly string[]) => readonly string[]
}

const asItIs = (lines: readonly string[]): readonly string[] => lines

/** One test per scenario. */
export function compareSides<Module>(comparison: Comparison<Module>): void {
  const { sides, scenarios, differences = [], normalise = asItIs, everywhere = asItIs } = comparison
  for (const scenario of scenarios) {
    const intended = differences.find((difference) => difference.scenario === scenario.name)
    it(intended ? `${scenario.name} (differs: ${intended.what})` : scenario.name, async () => {
      const a = normalise(await run(scenario, sides.theirs))
      const b = everywhere(normalise(await run(scenario, sides.ours)))
      expect(a.length).toBeGreaterThan(0)
      if (!intended) expect(b).toEqual(a)
      else expect(lineDifference(a, b)).toEqual({ theirs: intended.theirs, ours: intended.ours })
    })
  }
}

/** Registers what keeps the list honest: every entry names a scenario that exists, says why, and no name is there twice. */
export function reviewed(scenarios: readonly { readonly name: string }[], differences: readonly Difference[]): void {
  describe('the list of differences', () => {
    const names = scenarios.map(({ name }) => name)
    it('names scenarios that exist, each once', () => {
      expect(names).toEqual([...new Set(names)])
      const entries = differences.map(({ scenario }) => scenario)
      expect(entries).toEqual([...new Set(entries)])
      expect(entries.filter((entry) => !names.includes(entry))).toEqual([])
    })
    it('says of each what differs and why', () => {
      for (const { what, why, theirs, ours } of differences) {
        expect([what, why].every((text) => text.length > 10)).toBe(true)
        expect(theirs.length + ours.length).toBeGreaterThan(0)
      }
    })
  })
}

/** Lines that only one side has, by the longest common subsequence. */
export function lineDifference(
  theirs: readonly string[],
  ours: readonly string[],
): { theirs: string[]; ours: string[] } {
  const common = Array.from({ length: theirs.length + 1 }, () => new Array<number>(ours.length + 1).fill(0))
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0
  for (let i = theirs.length - 1; i >= 0; i--) {
    for (let j = ours.length - 1; j >= 0; j--) {
      const row = common[i] as number[]
      row[j] = theirs[i] === ours[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const only = { theirs: [] as string[], ours: [] as string[] }
  let i = 0
  let j = 0
  while (i < theirs.length || j < ours.length) {
    if (i < theirs.length && j < ours.length && theirs[i] === ours[j]) {
      i++
      j++
    } else if (j >= ours.length || (i < theirs.length && at(i + 1, j) >= at(i, j + 1)))
      only.theirs.push(theirs[i++] as string)
    else only.ours.push(ours[j++] as string)
  }
  return only
}
