// One http server of the store benchmark, in a process of its own so that its CPU time can be told apart:
//   node bench/http/server.mjs <subject> <client> <url>
// GET /read reads the session, GET /write adds 1 to a number in it, GET /new makes one. Answers `cpu` messages with the
// microseconds of CPU that this process has used.
import { createServer } from 'node:http'
import { clients } from './clients.mjs'
import { holdfast, holdfastHeld } from './holdfast.mjs'
import { minimum } from './minimum.mjs'

const [subject, client, url] = process.argv.slice(2)
const SECRET = 'a secret of the benchmark, used nowhere else: 0123456789'
const DATA = {
  user: { id: 'u_1815', name: 'Ada', roles: ['admin', 'author'] },
  views: 100_000,
  theme: 'dark',
  csrf: 'k3J9dLw0aZ5qRt7uXy2v',
  cart: [{ sku: 'A-1', n: 2 }],
}

/** What a request does with its session. */
const acts = {
  '/read': (session) => session.views,
  '/write': (session) => {
    session.views++
  },
  '/new': (session) => Object.assign(session, structuredClone(DATA)),
}

const none = () => (_req, res) => res.end('ok')
const subjects = { none, minimum, holdfast, 'holdfast held': holdfastHeld }

const opened = client === undefined ? undefined : await clients[client](url)
const handle = await subjects[subject]({ secret: SECRET, opened, actOf: (req) => acts[req.url] })

const server = createServer(handle)
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send({ cpu: user + system })
})
process.on('disconnect', () => process.exit())
