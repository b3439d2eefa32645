// The report of a comparison, made again from its figures:
//
//   npm run bench -- report .cache/bench/<time>.json
import { readResults, writeReport } from './compare/results/file.mjs'

const [json, ...more] = process.argv.slice(2)
if (!json?.endsWith('.json') || more.length > 0) {
  console.error('usage: npm run bench -- report <file.json>')
  process.exit(2)
}
try {
  console.log(`report  ${writeReport(readResults(json), json)}`)
} catch (error) {
  console.error(error.message)
  process.exit(1)
}
