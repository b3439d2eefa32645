// Holds the write lock of a file from the line `locked` that it prints until it gets the signal SIGTERM, which a
// process can send while it waits for that very lock.
import { openSqlite } from './sqlite-open.mjs'

const [driver, file] = process.argv.slice(2)
const database = openSqlite(driver, file)
database.exec('BEGIN IMMEDIATE')
process.stdin.resume() // Ends with the process that started it.
process.stdin.on('end', () => process.exit())
process.on('SIGTERM', () => {
  database.exec('COMMIT')
  process.exit()
})
console.log('locked')
