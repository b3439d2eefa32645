import { describe, expect, test } from 'vitest'
import { describeWith } from '../servers/found.ts'
import { running } from '../servers/places.ts'
import { redisServer } from '../servers/redis.ts'
import { FAULTS, type Fault } from './faults.ts'
import { openScene } from './scene.ts'
import { trial } from './trial.ts'

/** Whether the trials of this folder would notice: stores that make one mistake when their server fails. */

/** Longer than the patience that a store has itself. */
const STORE_TIMEOUT_MS = 500
const named = (name: string): Fault => FAULTS.find((fault) => fault.name === name) as Fault

describe.concurrent('a judge of faults', () => {
  describeWith('redis', 'finds a store that', () => {
    for (const [mistake, fault, verdict] of [
      ['says updated', 'full', /after the fault, a session that was there before: \d+ acknowledged writes were not/],
      ['says inserted', 'full', /after the fault, a sign-in during the fault: somebody who is signed in was nobody/],
      ['says deleted', 'read-only', /after the fault, the cookie of a session that was signed out during the fault/],
      ['says nobody', 'stopped', /^somebody who is signed in was nobody/],
      ['holds everybody up', 'killed', /^\D+ took \d+ ms too long/],
      ['stays broken', 'stopped', /^it did not work again within 5 s/],
      ['ends the process', 'killed', /^the application ended: exit code/],
    ] as const) {
      test(`${mistake}`, { timeout: 120_000 }, async () => {
        expect(await broken(named(fault), verdict, mistake)).toContainEqual(expect.stringMatching(verdict))
      })
    }
  })

  describeWith('redis', 'finds', () => {
    const harmless: Fault = { name: 'harmless', begin: () => undefined, end: () => undefined }
    for (const [what, fault, verdict] of [
      ['a fault that nobody noticed', harmless, /^nobody noticed the fault/],
      [
        'a fault that was noticed by those whom it should not reach',
        { ...named('killed'), works: 'all' },
        /^write failed, which this fault is no reason for/,
      ],
      [
        'a server that forgot what it had',
        { ...named('restarted empty'), forgets: false },
        /somebody who is signed in was nobody/,
      ],
    ] as const) {
      test(what, { timeout: 120_000 }, async () => {
        expect(await broken(fault, verdict)).toContainEqual(expect.stringMatching(verdict))
      })
    }
  })
})

/** What a trial finds; on a machine so slow that no request came to the mistake, what a later one finds. */
async function broken(fault: Fault, verdict: RegExp, mistake?: string): Promise<string[]> {
  const server = await running(redisServer())
  const scene = await openScene({ store: 'redis', server, storeTimeout: STORE_TIMEOUT_MS, ...(mistake && { mistake }) })
  try {
    for (let tries = 1; ; tries++) {
      const report = await trial(scene, fault, { storeTimeout: STORE_TIMEOUT_MS, forMs: 500, everyMs: 20 })
      const found = Object.keys(report.broken)
      if (tries === 4 || found.some((each) => verdict.test(each))) return found
    }
  } finally {
    await scene.close()
  }
}
