// The lock file installs everywhere: it names every platform's build of every package (npm forgets those that a registry
// did not have, and `npm ci` then refuses it), it agrees with package.json, and it names no registry.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readPackage, root } from './entries.mjs'

const problems = []
const text = readFileSync(join(root, 'package-lock.json'), 'utf8')
const { packages } = JSON.parse(text)

/** Where Node would find `name` from the package at `path`, among what is locked. */
const locate = (path, name) => {
  for (let from = path; ; ) {
    const found = `${from && `${from}/`}node_modules/${name}`
    if (packages[found]) return found
    if (from === '') return undefined
    from = from.includes('/node_modules/') ? from.slice(0, from.lastIndexOf('/node_modules/')) : ''
  }
}

for (const [path, { dependencies = {}, optionalDependencies = {} }] of Object.entries(packages)) {
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    if (!locate(path, name)) problems.push(`package-lock.json: ${name} of ${path || 'the project'} is missing`)
  }
}
const { dependencies, devDependencies } = readPackage()
for (const [kind, wanted] of Object.entries({ dependencies, devDependencies })) {
  if (JSON.stringify(wanted) !== JSON.stringify(packages[''][kind])) {
    problems.push(`package-lock.json: its ${kind} are not those of package.json`)
  }
}
if (/"resolved": "https?:/.test(text)) problems.push('package-lock.json: it names a registry')

for (const problem of problems) console.error(problem)
console.log(`lock: ${Object.keys(packages).length - 1} packages, ${problems.length} problems`)
process.exitCode = problems.length > 0 ? 1 : 0
