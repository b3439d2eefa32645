import { describe, expect, test } from 'vitest'
import { describeWith } from '../servers/found.ts'
import { running } from '../servers/places.ts'
import { redisServer } from '../servers/redis.ts'
import { FAULTS, type Fault } from './faults.ts'
import { openScene } from './scene.ts'
import { trial } from './trial.ts'

/** Whether the trials of this folder would notice: stores that make one mistake when their server fails. */

const STORE_TIMEOUT_MS = 300
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
        expect(await broken(named(fault), mistake)).toContainEqual(expect.stringMatching(verdict))
      })
    }
  })

  describeWith('redis', 'finds', () => {
    const harmless: Fault = { name: 'harmless', begin: () => undefined, end: () => undefined }
    test('a fault that nobody noticed', async () => {
      expect(await broken(harmless)).toEqual(['nobody noticed the fault'])
    })
    test('a fault that was noticed by those whom it should not reach', async () => {
      const found = await broken({ ...named('killed'), works: 'all' })
      expect(found).toContainEqual(expect.stringMatching(/^write failed, which this fault is no reason for/))
    })
    test('a server that forgot what it had', async () => {
      const found = await broken({ ...named('restarted empty'), forgets: false })
      expect(found).toContainEqual(expect.stringMatching(/^somebody who is signed in was nobody/))
    })
  })
})

async function broken(fault: Fault, mistake?: string): Promise<string[]> {
  const server = await running(redisServer())
  const scene = await openScene({ store: 'redis', server, storeTimeout: STORE_TIMEOUT_MS, ...(mistake && { mistake }) })
  try {
    const report = await trial(scene, fault, { storeTimeout: STORE_TIMEOUT_MS, forMs: 500, everyMs: 20 })
    return Object.keys(report.broken)
  } finally {
    await scene.close()
  }
}
