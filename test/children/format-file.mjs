// Adds one to a number in a session of session-file-store's format, <times> times: format-file.mjs <directory> <secret> <times>
// Says "ready", and begins when told to.
import { once } from 'node:events'
import { fileFormat } from 'holdfast/formats'

const [directory, secret, times] = process.argv.slice(2)
const options = secret === '' ? {} : { secret, crypto: { encodeas: 'hex' } }
const store = fileFormat({ directory, durable: false, ...options })

process.stdout.write('ready\n')
await once(process.stdin, 'data')
for (let done = 0; done < Number(times); done += 1) {
  for (let current = await store.get('id', { now: Date.now() }); ; ) {
    const data = JSON.parse(current.value)
    const value = JSON.stringify({ ...data, n: data.n + 1 })
    const next = { value, expiresAt: Date.now() + 60_000, revision: store.revisionOf(value) }
    const answer = await store.update('id', next, { now: Date.now(), ifRevision: current.revision })
    if (answer.outcome === 'updated') break
    current = answer.current
  }
}
await store.close()
process.exit(0)
