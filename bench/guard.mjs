// How many times the hand-written minimum Holdfast costs, beside what it was at earlier commits. The minimum runs in the same
// rounds, so that a slower machine does not look like slower code. It reports, and never fails because of a figure:
//
//   npm run bench -- guard            a minute
//   npm run bench -- guard --quick    less exact
//
// Each run is added to .cache/bench/guard.json, with its commit and the spread of its rounds.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { measureGroup } from './compare/measure/group.mjs'
import { Stopped, stopping } from './compare/measure/stop.mjs'
import { readFlags } from './compare/plan/flags.mjs'
import { TARGETS } from './compare/plan/targets.mjs'
import { progress } from './compare/progress.mjs'
import { home } from './compare/results/file.mjs'
import { commit, machine } from './compare/results/machine.mjs'
import { added, paired } from './compare/results/stats.mjs'
import { inProcess, kinds } from './in-process/measure.mjs'

const SHOWN = 4
const OVER_HTTP = ['holdfast-http', 'holdfast-koa', 'drop-in-koa', 'holdfast-express', 'drop-in-express']

async function withoutHttp({ quick, rounds }, step) {
  const results = await inProcess({ rounds, requests: quick ? 3_000 : 20_000, show: step })
  const [floor, holdfast] = results
  return kinds.map((kind) => ({
    what: `in-process, ${kind}`,
    times: paired(holdfast.micros[kind], floor.micros[kind], (a, b) => a / b),
  }))
}

/** What the session adds to its framework, in times of what the minimum adds to bare http. */
async function overHttp(plan, stop, step) {
  const group = { store: 'memory', bytes: 200, users: plan.users[0], cells: [], memory: [], failed: [] }
  const names = ['bare', 'minimum', 'koa', 'express', ...OVER_HTTP]
  await measureGroup({ group, names, plan, stop, show: step })
  const rounds = (target, kind) =>
    group.cells.find((cell) => cell.target === target && cell.kind === kind)?.rounds ?? []
  return plan.kinds.flatMap((kind) => {
    const floor = added(rounds('minimum', kind), rounds('bare', kind))
    return OVER_HTTP.map((target) => {
      const base = rounds(TARGETS[target].framework, kind)
      const more = paired(rounds(target, kind), base, (a, b) => (a.cpuMicros - b.cpuMicros) / floor.median)
      return { what: `${TARGETS[target].label}, ${kind}`, times: more }
    })
  })
}

const readEarlier = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).entries
  } catch {
    return []
  }
}

const figure = (times) =>
  times ? `${times.median.toFixed(2)} (${times.low.toFixed(2)}-${times.high.toFixed(2)})` : '-'

/** The last runs of the same kind on the same machine, the present one last. */
function print(entries) {
  const now = entries.at(-1)
  const same = (one) =>
    one.quick === now.quick && one.cpu === now.cpu && one.node.split('.')[0] === now.node.split('.')[0]
  const shown = entries.filter(same).slice(-SHOWN)
  const title = ({ commit: hash = 'unknown', changed }) => `${hash.slice(0, 8)}${changed ? '+' : ''}`
  const width = 20
  const line = (name, cells, note = '') =>
    console.log(`${name.padEnd(42)}${cells.map((cell) => cell.padStart(width)).join('')}${note}`)
  console.log('Times the hand-written minimum of the same run: median (spread of the rounds). "+": with changes.\n')
  line('', shown.map(title))
  for (const { what, times } of now.ratios) {
    const found = shown.map((entry) => entry.ratios.find((one) => one.what === what)?.times)
    const last = found.at(-2)
    const note = !last || !times ? '' : times.low > last.high ? '   higher' : times.high < last.low ? '   lower' : ''
    line(what, found.map(figure), note)
  }
  console.log('\n"higher", "lower": than the last run, by more than the spread of both.')
}

const { plan, out } = readFlags(process.argv.slice(2))
const show = progress()
const stop = stopping()
plan.kinds = ['read', 'write']
Object.assign(plan, { openRounds: 0, memorySessions: 0, rounds: plan.quick ? 3 : 7 })
let code = 0
try {
  show.part('in one process')
  const ratios = await withoutHttp(plan, show.step)
  stop.check()
  show.part('over HTTP, memory')
  ratios.push(...(await overHttp(plan, stop, show.step)))
  show.clear()
  const { cpu, node } = machine()
  const file = join(out ?? home, 'guard.json')
  const entry = { at: new Date().toISOString(), ...commit(), quick: plan.quick, cpu, node, ratios }
  const entries = [...readEarlier(file), entry]
  mkdirSync(out ?? home, { recursive: true })
  writeFileSync(file, `${JSON.stringify({ format: 1, entries }, undefined, 1)}\n`)
  print(entries)
} catch (error) {
  if (!(error instanceof Stopped)) throw error
  show.clear()
  console.log('Ended early; nothing was added.')
  code = 130
}
stop.done()
process.exit(code)
