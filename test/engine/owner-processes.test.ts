import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it, onTestFinished } from 'vitest'
import { child, drivers, freshFile, openStore } from '../stores/sqlite-bench.ts'

const [driver] = drivers
const PROCESSES = 4
const EACH = 12
const MOST = 3

/** Starts servers on one file, whose clocks are so many ms apart. */
async function servers(file: string, policy: string, skew: number): Promise<ChildProcess[]> {
  const all = Array.from({ length: PROCESSES }, (_, n) =>
    fork(child('owner-limit.mjs'), [driver!, file, policy, String(MOST), String(n * skew)], { execArgv: [] }),
  )
  onTestFinished(async () => {
    const ends = all.map((one) => once(one, 'exit'))
    for (const one of all) one.kill()
    await Promise.all(ends)
  })
  await Promise.all(all.map((one) => once(one, 'message')))
  return all
}

/** Sign-ins at all servers at once; how each fared. */
async function signInAtOnce(all: readonly ChildProcess[]): Promise<string[]> {
  const answers = all.map(async (one) => {
    const [outcomes] = (await once(one, 'message')) as [string[]]
    return outcomes
  })
  for (const one of all) one.send(EACH)
  return (await Promise.all(answers)).flat()
}

const handlesOf = (outcomes: readonly string[]) =>
  outcomes.flatMap((told) => (told.startsWith('in ') ? [told.slice(3)] : [])).sort()

describe.skipIf(!driver)(`T152 ${PROCESSES} processes, ${EACH} sign-ins of one user at once in each`, () => {
  it.each([0, 20])("'refuse': exactly so many are in, all others are told (clocks %d ms apart)", async (skew) => {
    const { file, store } = openStore(driver!, freshFile())
    const all = await servers(file, 'refuse', skew)
    for (let round = 0; round < 3; round += 1) {
      const outcomes = await signInAtOnce(all)
      const inside = handlesOf(outcomes)
      expect(inside).toHaveLength(MOST)
      expect(outcomes.filter((told) => told === 'ERR_SESSION_LIMIT')).toHaveLength(PROCESSES * EACH - MOST)
      const now = Date.now()
      expect(store.list({ limit: 1000 }, { now }).entries.map(({ key }) => key)).toEqual(inside)
      expect(await signInAtOnce(all.slice(0, 1))).toEqual(Array(EACH).fill('ERR_SESSION_LIMIT'))
      for (const key of inside) store.delete(key, { now })
    }
  })

  it.each([0, 20])("'end-oldest': so many remain, and all of them were let in (clocks %d ms apart)", async (skew) => {
    const { file, store } = openStore(driver!, freshFile())
    const all = await servers(file, 'end-oldest', skew)
    for (let round = 0; round < 3; round += 1) {
      const outcomes = await signInAtOnce(all)
      expect(outcomes.filter((told) => told !== 'ended' && !told.startsWith('in '))).toEqual([])
      const live = store.list({ limit: 1000 }, { now: Date.now() }).entries.map(({ key }) => key)
      expect(live).toHaveLength(MOST)
      expect(handlesOf(outcomes)).toEqual(expect.arrayContaining(live))
    }
  })
})
