// One process of a site with sessions, for the history checker: node server.mjs <store> [address]. Tells its port.
import { createServer } from 'node:http'
import { createSessions, isSessionError } from 'holdfast'
import { memoryStore } from 'holdfast/memory'
import { openAppStore } from '../../children/app-stores.mjs'

const [kind, address] = process.argv.slice(2)

/** A store as many are: a save is an upsert, whoever was first. The checker has to find that out. */
const forgetful = () => {
  const store = memoryStore()
  const update = (key, entry, { now }) => {
    store.delete(key, { now })
    store.insert(key, entry, { now })
    return { outcome: 'updated' }
  }
  return { ...store, update }
}

// However slow the machine is: the checker looks at what is kept, not how fast.
const storeTimeout = 30_000
const { store } = kind === 'forgetful' ? { store: forgetful() } : await openAppStore(kind, address, { storeTimeout })

const sessions = createSessions({
  secrets: 'the secret of the history checker, which is no secret',
  store,
  storeTimeout,
  sweepEvery: false,
  onLost: 'error',
})

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

const acts = {
  read() {},
  async set(session, { key, value }) {
    session[key] = value
  },
  async save(session, { key, value }) {
    session[key] = value
    await session.save()
  },
  async add(session) {
    await session.update('count', (count = 0) => count + 1)
  },
  async 'sign-in'(session, { user }) {
    await session.regenerate()
    session.user = user
  },
  async 'step-up'(session) {
    await session.regenerate({ keep: true })
  },
  async 'sign-out'(session) {
    await session.destroy()
  },
}

// A client that keeps its connections must not meet one that is just being closed.
createServer({ keepAliveTimeout: 120_000 }, async (req, res) => {
  const { pathname, searchParams } = new URL(req.url, 'http://here')
  const act = pathname.slice(1)
  const { before, after, ...query } = Object.fromEntries(searchParams)
  if (query.value !== undefined) query.value = Number(query.value)
  const cookies = []
  const exchange = {
    cookieHeader: req.headers.cookie,
    path: pathname,
    secure: () => false,
    headersSent: () => res.headersSent,
    setCookie: (line) => cookies.push(line),
  }
  const answer = { status: 200, id: null, data: {}, next: null }
  let visit
  try {
    visit = await sessions.open(exchange)
    const { session } = visit
    if (!session.isNew) Object.assign(answer, { id: session.id, data: { ...session } })
    await pause(Number(before))
    if (session.isNew && act !== 'sign-in') answer.status = 401
    else await acts[act](session, query)
    await pause(Number(after))
  } catch (error) {
    answer.status = isSessionError(error) ? 409 : 500
    answer.code = error.code ?? String(error)
  }
  try {
    if (visit) await sessions.finish(visit)
    if (visit && !visit.session.isNew) answer.next = visit.session.id
  } catch (error) {
    answer.status = isSessionError(error) ? 409 : 500
    answer.code = error.code ?? String(error)
  }
  if (cookies.length > 0) res.setHeader('set-cookie', cookies)
  res.writeHead(answer.status, { 'content-type': 'application/json' })
  res.end(JSON.stringify(answer))
}).listen(0, '127.0.0.1', function () {
  process.send({ port: this.address().port })
})

process.on('disconnect', () => process.exit(0))
