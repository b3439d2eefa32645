// The benchmarks, one after the other, or those that are named. docs/benchmarks.md says what the figures mean:
//
//   npm run bench                            in-process (half a minute) and compare (a quarter of an hour)
//   npm run bench -- --quick                 the same, less exact, in three minutes
//   npm run bench -- in-process              what the library itself costs, without HTTP
//   npm run bench -- compare                 Holdfast and others on real stores over HTTP, as a report
//   npm run bench -- stores [ioredis pg]     what Holdfast costs beside the minimum on each client, as text
//   npm run bench -- scale [100000]          memory and pauses with a million sessions
//   npm run bench -- report <file.json>      the report of a comparison again
//   npm run bench -- guard                   ratios to the minimum, beside those of earlier commits
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const PARTS = ['in-process', 'compare', 'stores', 'scale', 'report', 'guard']
const DEFAULT = ['in-process', 'compare']

const args = process.argv.slice(2)
// The first words are names of parts, the rest is theirs.
const words = args.filter((arg) => arg !== '--quick')
const end = words.findIndex((arg) => !PARTS.includes(arg))
const named = end < 0 ? words : words.slice(0, end)
const rest = [...words.slice(named.length), ...(args.includes('--quick') ? ['--quick'] : [])]

if (!existsSync(new URL('../dist/index.js', import.meta.url))) {
  console.error('What is measured is the built package: run "npm run build" first.')
  process.exit(2)
}

if (named.length === 0 && words.length > 0 && !words[0].startsWith('--')) {
  console.error(`unknown part: ${words[0]}. There are: ${PARTS.join(', ')}`)
  process.exit(2)
}

let child
let interrupted = false
// A terminal sends Ctrl-C to the part as well; it ends when it has written what it has.
process.on('SIGINT', () => {
  interrupted = true
})
process.on('SIGTERM', () => {
  interrupted = true
  child?.kill('SIGTERM')
})

for (const part of named.length > 0 ? named : DEFAULT) {
  if (interrupted) break
  const program = fileURLToPath(new URL(`${part}.mjs`, import.meta.url))
  child = spawn(process.execPath, [program, ...rest], { stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  if (code !== 0) process.exitCode = code ?? 1
  console.log()
}
