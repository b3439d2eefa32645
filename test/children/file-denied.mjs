// Started as root, becomes a user who may not: in a folder of somebody else's, and below one. Prints each error as one line of JSON.
import { fileStore } from 'holdfast/file'

process.setegid(65534)
process.seteuid(65534)

const [directory, outside] = process.argv.slice(2)
const entry = { value: 'canary', expiresAt: 4e12, revision: 'b' }
const call = { now: 1_700_000_000_000 }

const report = async (when, ask) => {
  const { code, status, message, help, retryable } = await ask().then(
    () => ({ message: 'no error' }),
    (error) => error,
  )
  console.log(JSON.stringify({ when, code, status, message, help, retryable }))
}

const mine = fileStore({ directory: `${outside}/own` })
const [own, planted] = [await mine.get('key', call), await mine.get('planted', call)]
console.log(JSON.stringify({ own: own !== undefined, planted: planted !== undefined }))

const store = fileStore({ directory })
await report('ready', () => store.ready())
await report('get', () => store.get('key', call))
await report('insert', () => store.insert('key', entry, call))

const elsewhere = fileStore({ directory: `${outside}/new` })
await report('ready elsewhere', () => elsewhere.ready())
await report('insert elsewhere', () => elsewhere.insert('key', entry, call))
