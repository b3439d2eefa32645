// The benchmarks, one after the other, or those that are named:
//
//   npm run bench                            in-process (half a minute) and stores (four minutes)
//   npm run bench -- in-process              what the library itself costs
//   npm run bench -- stores                  what it costs over HTTP on real servers
//   npm run bench -- stores ioredis pg       only these clients
//   npm run bench -- --quick                 less exact
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const PARTS = ['in-process', 'stores']
const args = process.argv.slice(2)
const named = PARTS.filter((part) => args.includes(part))
for (const part of named.length > 0 ? named : PARTS) {
  const program = fileURLToPath(new URL(`${part}.mjs`, import.meta.url))
  const rest = args.filter((arg) => !PARTS.includes(arg))
  const { status } = spawnSync(process.execPath, [program, ...rest], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
  console.log()
}
