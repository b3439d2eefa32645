// An application with sessions, as people write them on bare http: node app.mjs <store> <address> [options as JSON].
//
// Tells its port when it listens. Its parent may then send it orders: `clock` stops its time at an instant, `hog` takes all
// connections of its client's pool and `free` gives them back.
import { createServer } from 'node:http'
import { createSessions, isSessionError } from 'holdfast'
import { session } from 'holdfast/node'
import { openAppStore } from './app-stores.mjs'

const [kind, address, options = '{}'] = process.argv.slice(2)
const { storeTimeout = 500, mistake, ...lifetimes } = JSON.parse(options)

let stopped
const clock = { now: () => stopped ?? Date.now() }
const opened = await openAppStore(kind, address, { storeTimeout, mistake })
const { store } = opened
const sessions = createSessions({
  secrets: 'the secret of the application under test, which is no secret',
  store,
  storeTimeout,
  clock,
  owner: ({ user }) => user,
  sweepEvery: false,
  logger: {},
  ...lifetimes,
})
// The first connection of a process takes its time, and this is about those that come later.
for (let tries = 1; ; tries += 1) {
  try {
    await sessions.ready()
    break
  } catch (error) {
    if (tries === 20) throw error
  }
}

const within = (ms, promise) => {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('too slow')), ms)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

class Refusal extends Error {
  status = 401
  code = 'NOBODY'
}

const signedIn = (session) => {
  if (session.isNew) throw new Refusal('signed in?')
}

/** What needs a session. Each answers what its response says. */
const acts = {
  '/read': (session) => ({
    id: session.isNew ? null : session.id,
    handle: session.isNew ? null : session.handle,
    expiresAt: session.expiresAt,
    data: { ...session },
  }),
  '/write': (session, { key, value }) => {
    signedIn(session)
    session[key] = value
  },
  '/save': async (session, { key, value }) => {
    signedIn(session)
    session[key] = value
    await session.save()
  },
  '/add': async (session, { key }) => {
    signedIn(session)
    return { count: await session.update(key, (count = 0) => count + 1) }
  },
  '/sign-in': async (session, { user }) => {
    await session.regenerate()
    session.user = user
  },
  '/sign-out': async (session) => {
    signedIn(session)
    await session.destroy()
  },
}

/** What needs none. */
const pages = {
  '/ping': () => undefined,
  '/health': () => within(storeTimeout, (async () => store.ping({ now: clock.now() }))()),
  '/count': async ({ owner }) => ({ count: await sessions.count({ owner }) }),
  '/list': async ({ owner }) => ({ handles: (await sessions.list({ owner })).sessions.map(({ handle }) => handle) }),
  '/find': async ({ handle }) => ({ found: (await sessions.find(handle)) !== undefined }),
}

const answer = async (res, work) => {
  let status = 200
  let said
  try {
    said = await work()
  } catch (error) {
    status = error.status ?? 503
    if (/LOST|SUPERSEDED/.test(error.code)) status = 409
    said = { code: isSessionError(error) || error instanceof Refusal ? error.code : 'OTHER' }
  }
  res.writeHead(status, { 'content-type': 'application/json' })
  res.end(JSON.stringify(said ?? {}))
}

const queryOf = (req) => {
  const { pathname, searchParams } = new URL(req.url, 'http://here')
  return { pathname, query: Object.fromEntries(searchParams) }
}

const withSession = session(sessions)((req, res) => {
  const { pathname, query } = queryOf(req)
  void answer(res, () => acts[pathname](req.session, query))
})

// A client that keeps its connections must not meet one that is just being closed: this is no test of that.
createServer({ keepAliveTimeout: 120_000 }, (req, res) => {
  const { pathname, query } = queryOf(req)
  if (pages[pathname]) void answer(res, () => pages[pathname](query))
  else withSession(req, res)
}).listen(0, '127.0.0.1', function () {
  process.send({ port: this.address().port })
})

let release
process.on('message', async ({ order, ms }) => {
  if (order === 'clock') stopped = ms
  if (order === 'hog') release = await opened.hog()
  if (order === 'free') await release()
  process.send({ done: order })
})
process.on('disconnect', () => process.exit())
