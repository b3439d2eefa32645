// What a million sessions cost in the memory store: memory, and how long the event loop stands still while they come
// and while they all expire. The sweep is called as the engine calls it: one bounded step per turn of the loop.
//
//   node bench/scale.mjs             one million sessions of 200 bytes, about half a minute
//   node bench/scale.mjs 100000      another number
//   node bench/scale.mjs --rounds=3  several times; the table has the worst of each
//
// A busy machine adds pauses of its own. The last line shows them: the longest turn of a loop of the same length that
// only spins. Turns are told apart by whether the system took the processor away meanwhile.
import { randomBytes } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { memoryStore } from 'holdfast/memory'

const argument = process.argv.slice(2).find((text) => /^\d+$/.test(text))
const COUNT = argument === undefined ? 1_000_000 : Number(argument)
const ROUNDS = Number(/--rounds=(\d+)/.exec(process.argv.join(' '))?.[1] ?? 1)
const VALUE_LENGTH = 200
const STEP = 1000
const MIB = 1024 * 1024
const START = 1_700_000_000_000
const END = START + 3_600_000

setFlagsFromString('--expose-gc')
const collect = globalThis.gc ?? runInNewContext('gc')
const turn = () => new Promise((resolve) => setImmediate(resolve))
const settle = async () => {
  for (let i = 0; i < 4; i++) {
    collect()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
const progress = (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`)

// Text as it comes from a socket or from JSON: on its own, in one piece.
const id = (bytes) => randomBytes(bytes).toString('base64url')
const padded = (i) => `{"n":${i},"pad":"`.padEnd(VALUE_LENGTH - 2, 'abcdefgh')
const value = (i) => Buffer.from(`${padded(i)}"}`).toString('latin1')

async function fill(store) {
  let longest = 0
  for (let i = 0; i < COUNT; i++) {
    const key = id(16)
    const entry = { value: value(i), expiresAt: START + 1 + (i % 3_600_000), revision: id(8) }
    const before = performance.now()
    store.insert(key, entry, { now: START })
    longest = Math.max(longest, performance.now() - before)
    if (i % STEP === 0) await turn()
    if (i % 20_000 === 0) progress(`inserting ${i} of ${COUNT}`)
  }
  return longest
}

/**
 * Runs `step` once per turn of the loop until it answers false. Answers how long the longest turn took, the longest one
 * in which the system did not take the processor away from this process, and which share of the turns were such.
 */
async function turns(step) {
  const switches = () => process.resourceUsage().involuntaryContextSwitches
  let longest = 0
  let undisturbed = 0
  let quiet = 0
  let count = 0
  for (let more = true; more; count++) {
    const taken = switches()
    const before = performance.now()
    more = step(count)
    await turn()
    const ms = performance.now() - before
    longest = Math.max(longest, ms)
    if (switches() !== taken) continue
    quiet++
    undisturbed = Math.max(undisturbed, ms)
  }
  return { longest, undisturbed, quiet: quiet / count, count }
}

function spin(ms) {
  const until = performance.now() + ms
  while (performance.now() < until);
}

/** What the process has, and how much of it is V8's young generation, which every busy process has. */
function memory() {
  const young = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').physical_space_size
  return { rss: process.memoryUsage().rss, young }
}

async function round(number) {
  await settle()
  const before = memory()
  const store = memoryStore({ maxEntries: COUNT, maxBytes: COUNT * 1024 + MIB })
  const insert = await fill(store)
  await settle()
  const after = memory()
  const bytes = (after.rss - before.rss) / COUNT
  const young = (after.young - before.young) / COUNT
  const live = store.count({}, { now: START })
  if (live !== COUNT) throw new Error(`${live} of ${COUNT} entries are there`)

  let removed = 0
  const started = performance.now()
  const expiry = await turns((i) => {
    const step = store.sweep(STEP, { now: END })
    removed += step.removed
    if (i % 100 === 0) progress(`round ${number}: expiring ${removed} of ${COUNT}`)
    return step.more
  })
  const seconds = (performance.now() - started) / 1000
  if (removed !== COUNT) throw new Error(`${removed} of ${COUNT} entries were removed`)
  progress(`round ${number}: the machine alone`)
  const work = (seconds * 1000) / expiry.count
  const alone = await turns((i) => {
    spin(work)
    return i < expiry.count
  })
  const { longest: pause, undisturbed, quiet } = expiry
  return { bytes, young, insert, pause, undisturbed, quiet, seconds, alone: alone.longest }
}

const rounds = []
for (let i = 1; i <= ROUNDS; i++) rounds.push(await round(i))
progress('')

const worst = (name) => Math.max(...rounds.map((figures) => figures[name]))
// The goal is for a million: what the process itself grows by weighs more on fewer.
const most = COUNT >= 1_000_000 ? '<= 450' : ''
// Later rounds find memory that the first one had from the system already, so only the first says what an entry takes.
const rows = [
  ['memory per session (RSS)', `${rounds[0].bytes.toFixed(0)} bytes`, most],
  ["  without V8's young generation", `${(rounds[0].bytes - rounds[0].young).toFixed(0)} bytes`, most],
  ['longest pause while all expire', `${worst('pause').toFixed(2)} ms`, '<= 5'],
  ['  of the turns that were not disturbed', `${worst('undisturbed').toFixed(2)} ms`, '<= 5'],
  ['  these are', `${(100 * Math.min(...rounds.map(({ quiet }) => quiet))).toFixed(1)} %`, ''],
  ['longest single insert', `${worst('insert').toFixed(2)} ms`, ''],
  ['all removed within', `${worst('seconds').toFixed(2)} s`, ''],
  ['longest pause of the machine alone', `${worst('alone').toFixed(2)} ms`, ''],
]
console.log(`memoryStore, ${COUNT} sessions of ${VALUE_LENGTH} bytes, Node ${process.version}, rounds: ${ROUNDS}\n`)
for (const [name, figure, goal] of [['', 'measured', 'goal'], ...rows]) {
  console.log(`${name.padEnd(40)}${figure.padStart(12)}${goal.padStart(10)}`)
}
