// Writes until it is killed, and says what the store has acknowledged, one line each: inserts, updates, deletes.
//
//     file-writer.mjs <directory> <first number>       goes on until it is killed
//     file-writer.mjs <directory> <first number> <n>   one round; kills itself in place of its n-th call of the system

// Writes until it is killed, and says what the store has acknowledged, one line each: inserts, updates, deletes.
//
//     file-writer.mjs <directory> <first number>       goes on until it is killed
//     file-writer.mjs <directory> <first number> <n>   one round; kills itself in place of its n-th call of the system
import fs, { writeSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const [directory, first, nth] = process.argv.slice(2)

// Before the store is loaded: it takes the functions as it finds them.
let left = Number.POSITIVE_INFINITY
if (nth) {
  for (const name of 'open close read write fsync fstat lstat mkdir rmdir unlink rename readdir'.split(' ')) {
    const original = fs[name]
    const counting = (...args) => {
      left -= 1
      if (left === 0) process.kill(process.pid, 'SIGKILL')
      return original(...args)
    }
    fs[name] = Object.defineProperties(counting, Object.getOwnPropertyDescriptors(original))
  }
  syncBuiltinESMExports()
}

const { fileStore } = await import('holdfast/file')
const store = fileStore({ directory, durable: !nth })
const now = 1_700_000_000_000
const acknowledge = (line) => writeSync(1, `${line}\n`)
const entryOf = (n) => ({
  value: JSON.stringify({ n, text: `${n}.`.repeat(n % 3 === 0 ? 20_000 : 20) }),
  expiresAt: now + 60_000,
  revision: `r${n}`,
  owner: `user-${n % 2}`,
})
const expect = (answer, wanted) => {
  if (answer !== wanted) throw new Error(`${answer} instead of ${wanted}`)
}

if (nth) left = Number(nth)
let last = Number(first)
expect(await store.insert('kept', entryOf(last), { now }), last === 0 ? 'inserted' : 'taken')
acknowledge(`kept ${last}`)
for (let n = last + 1; ; n += 1) {
  const answer = await store.update('kept', entryOf(n), { now, ifRevision: `r${last}` })
  expect(answer.outcome, 'updated')
  last = n
  acknowledge(`kept ${n}`)
  expect(await store.insert(`passing-${n}`, entryOf(n), { now }), 'inserted')
  acknowledge(`inserted ${n}`)
  expect(await store.delete(`passing-${n}`, { now }), 'deleted')
  acknowledge(`deleted ${n}`)
  if (nth) break
}
acknowledge('end')
