// Prints what the tests of faults have measured last, as one table in Markdown: node test/faults/table.mjs
import { readdirSync, readFileSync } from 'node:fs'

const folder = new URL('../../.cache/faults/', import.meta.url)
const seconds = (ms) => (ms === null ? 'never' : (ms / 1000).toFixed(1))
const row = (cells) => console.log(`| ${cells.join(' | ')} |`)

let files
try {
  files = readdirSync(folder).sort()
} catch {
  console.error('Nothing was measured yet: npx vitest run --project main test/faults')
  process.exit(1)
}
const reports = files.map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')))

row([
  'store',
  'fault',
  'requests',
  'in time',
  'worst ms',
  '200',
  '503',
  'others',
  'connects',
  'working again after s',
  'writes kept',
  'sign-ins kept',
  'ends kept',
  'broken',
])
row(['---', '---', ...Array(12).fill('---:')])
for (const { store, faults } of reports) {
  for (const each of faults) {
    const { fault, requests, inTime, worstMs, recoveryMs, acknowledgedWrites, signedIn, ended } = each
    const sum = (test) =>
      Object.entries(each.answers).reduce((all, [answer, count]) => all + (test(answer) ? count : 0), 0)
    const done = sum((answer) => answer === '200')
    const refused = sum((answer) => answer.startsWith('503'))
    const broken = Object.values(each.broken).reduce((all, count) => all + count, 0)
    row([
      ...[store, fault, requests, inTime, Math.round(worstMs), done, refused, requests - done - refused],
      each.connections,
      ...[seconds(recoveryMs), acknowledgedWrites, signedIn, ended, broken],
    ])
  }
}
console.log(
  '\nWorst ms: without the time in which the machine, which others use too, gave the processes no processor.\n',
)
for (const { store, server, storeTimeoutMs, node } of reports) {
  console.log(`- ${store}: ${server}, Node ${node}, storeTimeout ${storeTimeoutMs} ms`)
}
