// One of several processes that work on one directory at the same time. Says "ready", and begins when told to.
//
//     count <key> <times>     adds one to a number <times> times
//     insert <count>          inserts key-0, key-1 ...; says which of them it won
//     update <count>          updates each key until it is gone; says how many updates succeeded
//     delete <count>          deletes each key; says which it did not delete, or saw afterwards
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileStore } from 'holdfast/file'

const [directory, durable, act, ...args] = process.argv.slice(2)
const store = fileStore({ directory, durable: durable === 'durable' })
const now = 1_700_000_000_000
const call = { now }
const entryOf = (value) => ({ value, expiresAt: now + 60_000, revision: randomBytes(8).toString('hex'), owner: 'user' })
const say = (line) => process.stdout.write(`${line}\n`)

const acts = {
  async count(key, times) {
    for (let done = 0; done < Number(times); done += 1) {
      for (let current = await store.get(key, call); ; ) {
        const next = entryOf(String(Number(current.value) + 1))
        const answer = await store.update(key, next, { now, ifRevision: current.revision })
        if (answer.outcome === 'updated') break
        current = answer.current
      }
    }
  },
  async insert(count) {
    for (let n = 0; n < Number(count); n += 1) {
      const entry = entryOf(`by ${process.pid}`)
      if ((await store.insert(`key-${n}`, entry, call)) === 'inserted') say(`won ${n} ${entry.revision}`)
    }
  },
  async update(count) {
    let updates = 0
    for (let n = 0; n < Number(count); n += 1) {
      for (let current = await store.get(`key-${n}`, call); current; ) {
        const answer = await store.update(`key-${n}`, entryOf('x'), { now, ifRevision: current.revision })
        if (answer.outcome === 'updated') updates += 1
        current = answer.outcome === 'gone' ? undefined : await store.get(`key-${n}`, call)
      }
    }
    say(`updates ${updates}`)
  },
  async delete(count) {
    for (let n = 0; n < Number(count); n += 1) {
      // Gives the others time to be in the middle of an update.
      await new Promise((resolve) => setTimeout(resolve, 5))
      if ((await store.delete(`key-${n}`, call)) !== 'deleted') say(`not deleted ${n}`)
      for (let look = 0; look < 5; look += 1) if (await store.get(`key-${n}`, call)) say(`came back ${n}`)
    }
  },
}

await store.ready()
say('ready')
await once(process.stdin, 'data')
await acts[act](...args)
await store.close()
process.exit()
