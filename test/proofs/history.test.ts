import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { check, type Findings } from './history/checker.ts'
import { type Crowd, crowd } from './history/clients.ts'
import { type Servers, servers } from './history/servers.ts'
import { RUNS, SEED } from './runs.ts'

/**
 * Real servers, real HTTP, browsers with several tabs that do everything at once; afterwards a checker reads what the
 * clients saw.
 */
let running: Servers | undefined
const folder = mkdtempSync(join(tmpdir(), 'holdfast-history-'))
afterEach(() => running?.stop())
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function findings(store: string, processes: number, size: Omit<Crowd, 'seed'>): Promise<Findings> {
  running = await servers(processes, store, join(folder, store))
  const lives = size.lives * (process.env.HOLDFAST_FAST ? 1 : 2) * RUNS
  return check(await crowd(running, { ...size, lives, seed: SEED }))
}

const NOTHING = { failures: 0, resurrected: 0, lost: 0, backward: 0, invented: 0, thrownOut: 0 }
const TABS = { tabs: 3, acts: 8 }

describe('T133 T134 T138 T141 T144 T145 T146 T149 what clients see over HTTP', () => {
  for (const [store, processes, size] of [
    ['memory', 1, { browsers: 12, lives: 5, ...TABS }],
    ['file', 3, { browsers: 8, lives: 2, ...TABS }],
    ['sqlite', 3, { browsers: 8, lives: 2, ...TABS }],
  ] as const) {
    test(`${processes} on ${store}: nothing lost, revived, invented`, { timeout: 600_000 }, async ({ annotate }) => {
      const found = await findings(store, processes, size)
      await annotate(JSON.stringify(found))
      expect(found).toMatchObject(NOTHING)
      expect(found.acknowledgedWrites).toBeGreaterThan(size.browsers * size.lives)
      expect(found.refused).toBeGreaterThan(0)
    })
  }

  test('and the checker finds what a store that forgets does', { timeout: 120_000 }, async ({ annotate }) => {
    const found = await findings('forgetful', 1, { browsers: 12, lives: 3, ...TABS })
    await annotate(JSON.stringify(found))
    expect(found.resurrected).toBeGreaterThan(0)
    expect(found.lost).toBeGreaterThan(0)
    expect(found.backward).toBeGreaterThan(0)
  })
})
