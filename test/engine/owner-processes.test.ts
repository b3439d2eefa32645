import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it, onTestFinished } from 'vitest'
import { child, drivers, freshFile, openStore } from '../stores/sqlite-bench.ts'

const [driver] = drivers
const PROCESSES = 4
const EACH = 12
const MOST = 3

/** Starts servers on one file, whose clocks are so many ms apart: those that are told first have the latest time. */
async function servers(file: string, policy: string, skew: number): Promise<ChildProcess[]> {
  const all = Array.from({ length: PROCESSES }, (_, n) =>
    fork(child('owner-limit.mjs'), [driver!, file, policy, String(MOST), String(-n * skew)], { execArgv: [] }),
  )
  onTestFinished(async () => {
    const ends = all.map((one) => once(one, 'exit'))
    for (const one of all) one.kill()
    await Promise.all(ends)
  })
  await Promise.all(all.map((one) => once(one, 'message')))
  return all
}

/** Sign-ins at all servers at once; or at the first one, and later one at each of the others. How each fared. */
async function signInAtOnce(all: readonly ChildProcess[], apart = 0): Promise<string[]> {
  const answers = all.map(async (one) => {
    const [outcomes] = (await once(one, 'message')) as [string[]]
    return outcomes
  })
  for (const [n, one] of all.entries()) {
    one.send(apart > 0 && n > 0 ? 1 : EACH)
    if (apart > 0) await new Promise((resolve) => setTimeout(resolve, apart))
  }
  return (await Promise.all(answers)).flat()
}

/** With the second, those whose sign-in is dated first are written when others are in. */
const CLOCKS = [
  { name: 'one clock', skew: 0, apart: 0, rounds: 3, signIns: PROCESSES * EACH },
  { name: 'clocks that differ', skew: 1000, apart: 150, rounds: 1, signIns: EACH + PROCESSES - 1 },
]

const handlesOf = (outcomes: readonly string[]) =>
  outcomes.flatMap((told) => (told.startsWith('in ') ? [told.slice(3)] : [])).sort()

describe.skipIf(!driver)(`T152 ${PROCESSES} processes, ${EACH} sign-ins of one user at once in each`, () => {
  it.each(CLOCKS)(
    "'refuse': exactly so many are in, all others are told ($name)",
    async ({ skew, apart, rounds, signIns }) => {
      const { file, store } = openStore(driver!, freshFile())
      const all = await servers(file, 'refuse', skew)
      for (let round = 0; round < rounds; round += 1) {
        const outcomes = await signInAtOnce(all, apart)
        const inside = handlesOf(outcomes)
        expect(inside).toHaveLength(MOST)
        expect(outcomes.filter((told) => told === 'ERR_SESSION_LIMIT')).toHaveLength(signIns - MOST)
        const now = Date.now()
        expect(store.list({ limit: 1000 }, { now }).entries.map(({ key }) => key)).toEqual(inside)
        expect(await signInAtOnce(all.slice(0, 1))).toEqual(Array(EACH).fill('ERR_SESSION_LIMIT'))
        for (const key of inside) store.delete(key, { now })
      }
    },
  )

  it.each(CLOCKS)(
    "'end-oldest': so many remain, and all of them were let in ($name)",
    async ({ skew, apart, rounds, signIns }) => {
      const { file, store } = openStore(driver!, freshFile())
      const all = await servers(file, 'end-oldest', skew)
      for (let round = 0; round < rounds; round += 1) {
        const outcomes = await signInAtOnce(all, apart)
        expect(outcomes).toHaveLength(signIns)
        expect(outcomes.filter((told) => told !== 'ended' && !told.startsWith('in '))).toEqual([])
        const live = store.list({ limit: 1000 }, { now: Date.now() }).entries.map(({ key }) => key)
        expect(live).toHaveLength(MOST)
        expect(handlesOf(outcomes)).toEqual(expect.arrayContaining(live))
      }
    },
  )
})
