// npm test: everything that has to hold, on a fresh clone as on an old one.
//
//   npm test                        all stages
//   npm test -- test/stores         only those test files (and what they need)
//   npm test -- --nodes=22,24       all stages, then the tests again on these other versions of Node
//   npm run check                   all but the tests
//   npm run test:fast               the tests without the slow ones, nothing else
//   npm run test:nodes              the tests on Node 22 and 24, nothing else
//
// The last line is `<n> passed, <n> failed`: the tests that ran, and one for each other stage that failed.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { build } from './build.mjs'
import { root } from './entries.mjs'
import { install } from './install.mjs'
import { nodeBinary, withNodeFirst } from './node-binary.mjs'
import { servers } from './servers.mjs'

const args = process.argv.slice(2)
const flags = new Set(args.filter((arg) => arg.startsWith('--')))
const files = args.filter((arg) => !arg.startsWith('--'))
const nodes =
  [...flags]
    .find((flag) => flag.startsWith('--nodes='))
    ?.slice('--nodes='.length)
    .split(',') ?? []
const onlyTests = flags.has('--fast') || flags.has('--only-nodes') || files.length > 0

const total = { passed: 0, failed: 0, skipped: [], problems: [], secondTries: [], stages: [] }

const run = (program, programArgs, env = process.env) => {
  const child = spawnSync(program, programArgs, { cwd: root, stdio: 'inherit', env })
  if (child.error) throw child.error
  return child.status ?? child.signal
}

const tool = (path, ...toolArgs) => {
  const status = run(process.execPath, [join(root, path), ...toolArgs])
  if (status !== 0) throw new Error(`ended with ${status}`)
}

// Vitest's own JSON report is where the numbers come from.
const vitest = (project, binary = process.execPath, only = []) => {
  const report = join(root, '.cache', `vitest-${process.pid}.json`)
  mkdirSync(join(root, '.cache'), { recursive: true })
  const chosen = files.length > 0 ? files : ['--project', project, ...only]
  const options = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...chosen]
  const env = {
    ...withNodeFirst(binary),
    ...(flags.has('--fast') && { HOLDFAST_FAST: '1' }),
    ...(binary !== process.execPath && { HOLDFAST_OTHER_NODE: '1' }),
  }
  const status = run(binary, [join(root, 'node_modules/vitest/vitest.mjs'), ...options], env)
  let result
  try {
    result = JSON.parse(readFileSync(report, 'utf8'))
  } catch {
    throw new Error(`vitest left no report and ended with ${status}`)
  } finally {
    rmSync(report, { force: true })
  }
  const failedBefore = total.failed
  total.passed += result.numPassedTests
  total.failed += result.numFailedTests
  for (const file of result.testResults) {
    const name = relative(root, file.name)
    for (const test of file.assertionResults) {
      const why = (test.failureMessages?.[0] ?? '').split('\n').slice(0, 6).join('\n    ').slice(0, 700)
      if (test.status === 'failed') total.problems.push(`${name}: ${test.fullName}\n    ${why}`)
      else if (test.status === 'passed' && why) total.secondTries.push(`${name}: ${test.fullName}\n    ${why}`)
      if (['pending', 'skipped', 'todo', 'disabled'].includes(test.status))
        total.skipped.push(`${name}: ${test.fullName}`)
    }
    if (file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed')) {
      total.failed++
      total.problems.push(`${name} could not run: ${file.message.split('\n')[0]}`)
    }
  }
  if (result.numTotalTests === 0) throw new Error('no test ran')
  if (status !== 0 && total.failed === failedBefore)
    throw new Error(`all tests passed, but vitest ended with ${status}`)
}

const stage = async (name, act) => {
  console.log(`\n== ${name}`)
  const started = performance.now()
  const failedBefore = total.failed
  let ok = true
  try {
    const said = await act()
    if (typeof said === 'string') console.log(said)
  } catch (error) {
    ok = false
    total.failed++
    total.problems.push(`${name}: ${error.message}`)
    console.error(`${name}: ${error.message}`)
  }
  ok &&= total.failed === failedBefore
  const seconds = (performance.now() - started) / 1000
  total.stages.push({ name, ok, seconds })
  console.log(`== ${name}: ${ok ? 'ok' : 'FAILED'}, ${seconds.toFixed(1)} s`)
  return ok
}

const all = async () => {
  // Nothing that follows means anything without these two.
  if (!(await stage('install', install))) return
  if (!(await stage('build', async () => ((await build()).built ? 'dist is new' : 'nothing changed')))) return
  if (!onlyTests) {
    await stage('lint', () => tool('node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings'))
    await stage('style', () => tool('scripts/check-style.mjs'))
    await stage('exports', () => tool('scripts/check-exports.mjs'))
    await stage('docs', () => tool('scripts/check-docs.mjs'))
    await stage('lock', () => tool('scripts/check-lock.mjs'))
    await stage('types', () => tool('node_modules/typescript/bin/tsc', '--noEmit'))
  }
  if (flags.has('--checks')) return
  if (!flags.has('--fast')) await stage('servers', servers)
  if (!flags.has('--only-nodes')) await stage(`tests on Node ${process.versions.node}`, () => vitest('main'))
  if (!onlyTests) {
    await stage('stores on real servers', () => vitest('servers'))
    await stage('package', () => vitest('package'))
  }
  for (const major of nodes) {
    const done = !flags.has('--only-nodes') && process.versions.node.startsWith(`${major}.`)
    // The one that is running had its turn.
    if (done) continue
    await stage(`tests on Node ${major}`, () => vitest('main', nodeBinary(major)))
    // What a server does does not depend on the version of Node; what the drivers do may. These use every store.
    const everyDriver = ['test/faults/writers', 'test/faults/histories', 'test/stores/open-servers']
    await stage(`stores on real servers, Node ${major}`, () => vitest('servers', nodeBinary(major), everyDriver))
  }
}

const started = performance.now()
await all()

console.log('\n== summary')
for (const { name, ok, seconds } of total.stages) {
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${seconds.toFixed(1).padStart(6)} s  ${name}`)
}
console.log(`        ${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  in all`)
// By file: the titles are in the reports above.
const skipped = new Map()
for (const name of total.skipped) {
  const file = name.slice(0, name.indexOf(': '))
  skipped.set(file, (skipped.get(file) ?? 0) + 1)
}
for (const [file, count] of skipped) console.log(`skipped ${String(count).padStart(3)} in ${file}`)
if (total.secondTries.length > 0) console.log(`\npassed at the second try only:\n  ${total.secondTries.join('\n  ')}`)
if (total.problems.length > 0) console.log(`\nfailed:\n  ${total.problems.join('\n  ')}`)
console.log(`\n${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed > 0 ? 1 : 0
