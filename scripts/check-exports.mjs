// The exports table, the source files and the built files say the same. (The pages: check-docs.mjs.)
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { entries, readPackage, root } from './entries.mjs'

const problems = []
const { exports: table, files, dependencies = {}, peerDependencies = {}, optionalDependencies = {} } = readPackage()
const rows = entries()

const expected = (name) => ({
  import: { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` },
  require: { types: `./dist/${name}.d.cts`, default: `./dist/${name}.cjs` },
})

for (const { subpath, name, source, candidates } of rows) {
  if (/^\.\/(core|internal)\b/.test(subpath)) problems.push(`exports: ${subpath} must not be public`)
  if (!source) problems.push(`exports: ${subpath} has no source file (${candidates.join(' or ')})`)
  const wanted = JSON.stringify(expected(name), null, 2)
  if (JSON.stringify(table[subpath], null, 2) !== wanted) problems.push(`exports: "${subpath}" must be ${wanted}`)
  for (const side of Object.values(expected(name))) {
    for (const file of Object.values(side)) if (!existsSync(join(root, file))) problems.push(`dist: ${file} is missing`)
  }
}

// The other way round: an adapter or a store that nobody can import is forgotten work.
const known = new Set(rows.map((row) => row.source))
for (const folder of ['src/adapters', 'src/stores']) {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const file = `${folder}/${entry.name}`
    if (entry.isFile() && file.endsWith('.ts') && !known.has(file)) problems.push(`exports: nothing exports ${file}`)
  }
}

if (Object.keys(peerDependencies).length + Object.keys(optionalDependencies).length > 0) {
  problems.push('package.json: no peer or optional dependencies')
}
if (Object.keys(dependencies).join() !== 'cookie') problems.push('package.json: the only dependency is cookie')
for (const file of files)
  if (!existsSync(join(root, file))) problems.push(`package.json: files names ${file}, which is missing`)

for (const problem of problems) console.error(problem)
console.log(`exports: ${rows.length} import paths, ${problems.length} problems`)
process.exitCode = problems.length > 0 ? 1 : 0
