import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { memoryStore } from '../../../src/stores/memory.ts'
import type { SeededBug } from './bug.ts'

const inProcesses = (name: string, mistake: string, breaks: readonly string[]): SeededBug => ({
  name,
  breaks: breaks.map((rule) => `several processes > ${rule}`),
  open: () => ({ store: memoryStore() }),
  suite: {
    weaknesses: ['volatile', 'evicts'],
    processes: {
      module: fileURLToPath(new URL('../../children/store-broken.mjs', import.meta.url)),
      address: async () => `${mistake}:${await mkdtemp(join(tmpdir(), 'holdfast-seeded-'))}`,
      count: 2,
      remove: (address) => rm(address.slice(mistake.length + 1), { recursive: true }),
    },
  },
})

/** Mistakes that one process alone does not show. */
export const processBugs: readonly SeededBug[] = [
  inProcesses('each process has its own entries', 'apart', ['see each other', 'that insert the same keys']),
  inProcesses('ready fails where another process was first', 'first', ['may all call ready']),
  inProcesses('compares and writes without a lock', 'unlocked', ['that compare and set', 'that insert the same keys']),
  inProcesses('an update writes back what was deleted meanwhile', 'unlocked', ['one that deletes']),
  inProcesses('answers what another process has removed', 'unlocked', ['that all end the entries']),
  inProcesses('removes what was given away meanwhile', 'unlocked', ['one that ends the entries']),
  inProcesses('sweep removes what was replaced meanwhile', 'unlocked', ['one that sweeps']),
]
