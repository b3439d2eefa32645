// In-process microseconds per request, Holdfast beside a hand-written minimum and express-session. No HTTP, no store but
// memory: what the session library itself costs. Rounds alternate between the subjects, and medians are shown, because
// figures on a shared machine differ from run to run; compare the ratios.
//
//   npm run bench -- in-process            about half a minute
//   npm run bench -- in-process --quick    a few seconds, less exact
import { performance } from 'node:perf_hooks'
import { expressSession } from './subjects/express-session.mjs'
import { holdfast } from './subjects/holdfast.mjs'
import { minimum } from './subjects/minimum.mjs'

const quick = process.argv.includes('--quick')
const ROUNDS = quick ? 3 : 9
const REQUESTS = quick ? 5_000 : 30_000
const SECRET = 'a secret of the benchmark, used nowhere else: 0123456789'
const DATA = {
  user: { id: 'u_1815', name: 'Ada', roles: ['admin', 'author'] },
  views: 100_000,
  theme: 'dark',
  csrf: 'k3J9dLw0aZ5qRt7uXy2v',
  cart: [{ sku: 'A-1', n: 2 }],
}

const untouched = Object.assign(() => {}, { untouched: true })
const kinds = {
  untouched,
  read: (session) => session.views,
  'read-modify-write': (session) => {
    session.views++
  },
}

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1]
const progress = (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`)

async function time(subject, header, handler) {
  const start = performance.now()
  for (let i = 0; i < REQUESTS; i++) await subject.request(header, handler)
  return ((performance.now() - start) * 1000) / REQUESTS
}

const subjects = [minimum(SECRET), holdfast(SECRET), expressSession(SECRET)]
const headers = new Map()
for (const subject of subjects) {
  const line = await subject.request(undefined, (session) => Object.assign(session, structuredClone(DATA)))
  headers.set(subject, `_ga=GA1.2.3; theme=dark; ${line.split(';')[0]}; lang=en`)
}

const results = new Map(
  subjects.map((subject) => [subject, Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]))]),
)
for (let round = 0; round <= ROUNDS; round++) {
  for (const [kind, handler] of Object.entries(kinds)) {
    for (const subject of subjects) {
      progress(`round ${round} of ${ROUNDS}: ${subject.name}, ${kind}`)
      const us = await time(subject, headers.get(subject), handler)
      // The first round warms up.
      if (round > 0) results.get(subject)[kind].push(us)
    }
  }
}
progress('')

const names = Object.keys(kinds)
const floor = results.get(subjects[0])
console.log(
  `Node ${process.version}, ${ROUNDS} alternating rounds of ${REQUESTS} requests, ${JSON.stringify(DATA).length} bytes of data; medians.\n`,
)
console.log(`${'microseconds per request'.padEnd(26)}${names.map((name) => name.padStart(20)).join('')}`)
for (const subject of subjects) {
  const cells = names.map((kind) => {
    const us = median(results.get(subject)[kind])
    return `${us.toFixed(2)}  (${(us / median(floor[kind])).toFixed(2)}x)`.padStart(20)
  })
  console.log(subject.name.padEnd(26) + cells.join(''))
}
console.log('\nIn brackets: times the hand-written minimum, which makes no promise at all.')
