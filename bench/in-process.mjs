// What the session library itself costs, in one process, beside a hand-written minimum and express-session; medians.
// Figures of a shared machine differ from run to run: compare the ratios.
//
//   npm run bench -- in-process            about half a minute
//   npm run bench -- in-process --quick    a few seconds, less exact
import { BYTES, inProcess, kinds } from './in-process/measure.mjs'

const quick = process.argv.includes('--quick')
const rounds = quick ? 3 : 9
const requests = quick ? 5_000 : 30_000

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1]
const show = (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`)

const results = await inProcess({ rounds, requests, show })
show('')
console.log(
  `Node ${process.version}, ${rounds} alternating rounds of ${requests} requests, ${BYTES} bytes of data; medians.\n`,
)
console.log(`${'microseconds per request'.padEnd(26)}${kinds.map((name) => name.padStart(20)).join('')}`)
for (const { name, micros } of results) {
  const cells = kinds.map((kind) => {
    const us = median(micros[kind])
    return `${us.toFixed(2)}  (${(us / median(results[0].micros[kind])).toFixed(2)}x)`.padStart(20)
  })
  console.log(name.padEnd(26) + cells.join(''))
}
console.log('\nIn brackets: times the hand-written minimum, which makes no promise at all.')
