// What the linter does not know: how long the source files may be, how they are called, what may not stand in them.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root } from './entries.mjs'

const LONGEST = 400
const problems = []

const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(root, join(entry.parentPath, entry.name)))
  .sort()

const lengths = sources.map((file) => {
  const lines = readFileSync(join(root, file), 'utf8').split('\n')
  const length = lines.length - 1
  if (length > LONGEST) problems.push(`${file}: ${length} lines, more than ${LONGEST}`)
  if (!/^[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(file.split('/').at(-1))) problems.push(`${file}: not a kebab-case .ts name`)
  for (const [index, line] of lines.entries()) {
    const word = /\b(TODO|FIXME|XXX|HACK)\b|@ts-ignore|@ts-nocheck/.exec(line)
    if (word) problems.push(`${file}:${index + 1}: ${word[0]}`)
  }
  return length
})

const sorted = lengths.toSorted((a, b) => a - b)
const median = sorted[Math.floor(sorted.length / 2)]
const longest = sources[lengths.indexOf(sorted.at(-1))]

for (const problem of problems) console.error(problem)
console.log(
  `style: ${sources.length} files in src, median ${median} lines, longest ${sorted.at(-1)} (${longest}), ` +
    `${problems.length} problems`,
)
process.exitCode = problems.length > 0 ? 1 : 0
