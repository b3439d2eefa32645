// The pages, the exports table and the error codes say the same: each import path is shown on a page, each path that a
// page shows exists, each error code has its page, and each relative link leads somewhere.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { entries, root } from './entries.mjs'

const problems = []

const markdownIn = (folder) =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true })
        .filter((name) => name.endsWith('.md'))
        .map((name) => join(folder, name))
    : []

const pages = [...readdirSync(root).filter((name) => name.endsWith('.md')), ...markdownIn('docs')].sort()

const paths = new Set(entries().map(({ subpath }) => `holdfast${subpath.slice(1)}`))
const shown = new Set()

for (const page of pages) {
  const text = readFileSync(join(root, page), 'utf8')
  for (const [, path] of text.matchAll(/['"`](holdfast(?:\/[a-z0-9-]+)*)['"`]/g)) {
    shown.add(path)
    if (!paths.has(path)) problems.push(`${page}: '${path}' is not in the exports table`)
  }
  for (const [, link] of text.replace(/```[\s\S]*?```/g, '').matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:|^#/.test(link)) continue
    const target = join(root, dirname(page), decodeURI(link.split('#')[0]))
    if (!existsSync(target)) problems.push(`${page}: the link ${link} leads nowhere`)
  }
}
for (const path of paths) if (!shown.has(path)) problems.push(`docs: no page shows '${path}'`)

// The codes are the members of the SessionErrorCode union.
const errors = readFileSync(join(root, 'src/core/errors.ts'), 'utf8')
const union = /export type SessionErrorCode =([\s\S]*?)\n\n/.exec(errors)?.[1] ?? ''
const codes = [...union.matchAll(/'(ERR_SESSION_[A-Z_]+)'/g)].map((match) => match[1])
if (codes.length === 0) problems.push('src/core/errors.ts: no codes found in SessionErrorCode')
for (const code of codes) {
  if (!existsSync(join(root, 'docs', 'errors', `${code}.md`))) problems.push(`docs/errors/${code}.md is missing`)
}
for (const page of pages) {
  const code = /^docs\/errors\/(ERR_\w+)\.md$/.exec(page)?.[1]
  if (code && !codes.includes(code)) problems.push(`${page} is about a code that does not exist`)
}

for (const problem of problems) console.error(problem)
console.log(
  `docs: ${pages.length} pages, ${paths.size} import paths, ${codes.length} error codes, ${problems.length} problems`,
)
process.exitCode = problems.length > 0 ? 1 : 0
