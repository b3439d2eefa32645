// Does numbered writes for ever, from the number on that it was given, and prints the number of each one that the store
// acknowledged. What write n does depends on n alone, so that whoever reads the numbers knows what the file must hold.
import { writeSync } from 'node:fs'
import { sqliteStore } from 'holdfast/sqlite'
import { openSqlite } from './sqlite-open.mjs'

const [driver, file, first] = process.argv.slice(2)
const store = sqliteStore(openSqlite(driver, file))
store.ready()

const now = 1_000
const expiresAt = 2_000
const padding = 'x'.repeat(3_000)

for (let n = Number(first); ; n += 1) {
  const round = Math.floor(n / 3)
  const inserted = { value: `inserted ${round} ${padding}`, expiresAt, revision: `i${round}`, owner: 'user-1' }
  const updated = { value: `updated ${round} ${padding}`, expiresAt, revision: `u${round}` }
  const step = n % 3
  const answer =
    step === 0
      ? store.insert(`key-${round}`, inserted, { now })
      : step === 1
        ? store.update(`key-${round}`, updated, { now, ifRevision: `i${round}` }).outcome
        : store.delete(`key-${round - 5}`, { now })
  writeSync(1, `${n} ${answer}\n`)
}
