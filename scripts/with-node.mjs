// node scripts/with-node.mjs 22 npx vitest run test/core      runs the command with Node 22 first on PATH
import { spawnSync } from 'node:child_process'
import { nodeBinary, withNodeFirst } from './node-binary.mjs'

const [major, command, ...args] = process.argv.slice(2)
if (!major || !command) {
  console.error('usage: node scripts/with-node.mjs <major version> <command> [arguments]')
  process.exit(2)
}
const binary = nodeBinary(major)
const run = spawnSync(command === 'node' ? binary : command, args, { stdio: 'inherit', env: withNodeFirst(binary) })
if (run.error) console.error(run.error.message)
process.exit(run.status ?? 1)
