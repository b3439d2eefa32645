// A server with a limit of sessions per owner. Told to, it lets several browsers sign in at once and says how each fared:
// "in" if a session cookie came, else the error's code.
import { createSessions } from 'holdfast'
import { sqliteStore } from 'holdfast/sqlite'
import { openSqlite } from './sqlite-open.mjs'

const [driver, file, policy, most, skew] = process.argv.slice(2)

const sessions = createSessions({
  secrets: 'a secret for tests, which is longer than 32 bytes',
  store: sqliteStore(openSqlite(driver, file), { busyTimeout: 25_000 }),
  // However slow the machine is: these processes show who is in, not how fast.
  storeTimeout: '8s',
  sweepEvery: false,
  logger: {},
  clock: { now: () => Date.now() + Number(skew) },
  owner: (data) => data.user,
  ownerLimit: { sessions: Number(most), policy },
})

async function signIn() {
  const cookies = []
  const visit = await sessions.open({
    cookieHeader: undefined,
    path: '/',
    secure: () => false,
    headersSent: () => false,
    setCookie: (line) => cookies.push(line),
  })
  try {
    visit.session.user = 'ada'
    const { handle } = visit.session
    await sessions.finish(visit)
    return cookies.length > 0 ? `in ${handle}` : 'ended'
  } catch (error) {
    return error.code
  }
}

process.on('message', async (count) => {
  process.send(await Promise.all(Array.from({ length: count }, signIn)))
})
process.on('disconnect', () => process.exit())
await sessions.ready()
process.send('started')
