// node scripts/seeded-engine.mjs: seeds bugs into copies of the engine, one by one, and prints which proof found each.
// Fails if one is not found, or if the text that a bug changes is not there any more. Part of `npm test` as well.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './entries.mjs'

const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'main', 'test/seeded/engine.test.ts'],
  { cwd: root, stdio: 'inherit', env: { ...process.env, HOLDFAST_TABLE: '1' } },
)
process.exitCode = status ?? 1
