// Runs in the empty project with the ESM and the CommonJS build loaded side by side. Prints one line of JSON.
import { createRequire } from 'node:module'
import * as esm from 'holdfast'

const cjs = createRequire(import.meta.url)('holdfast')
const { memoryStore } = createRequire(import.meta.url)('holdfast/memory')

const options = {
  secrets: 'packed-package-secret-of-32-bytes-or-more',
  store: memoryStore(),
  cookie: { secure: false },
}
const one = esm.createSessions(options)
const two = cjs.createSessions(options)

let jar

/** One request by hand: the cookie of the jar goes in, the cookie that comes out goes into the jar. */
const begin = async (sessions) => {
  const visit = await sessions.open({
    cookieHeader: jar,
    path: '/',
    secure: () => false,
    headersSent: () => false,
    setCookie: (line) => {
      jar = line.split(';')[0]
    },
  })
  return { visit, session: visit.session, end: () => sessions.finish(visit) }
}

const read = async (sessions) => {
  const { session, end } = await begin(sessions)
  const data = { ...session }
  await end()
  return data
}

const first = await begin(one)
first.session.madeBy = 'import'
await first.end()
const seenByRequire = await read(two)

const [left, right] = [await begin(one), await begin(two)]
left.session.left = 1
right.session.right = 2
await Promise.all([left.end(), right.end()])
const merged = await read(one)

const slow = await begin(one)
slow.session.late = true
const logout = await begin(two)
await logout.session.destroy()
await logout.end()
const refused = await slow.session.save().catch((error) => error)
const jarBefore = jar
const revived = await read(one)

const mistake = (library) => {
  try {
    library.createSessions({ secret: 'x' })
  } catch (error) {
    return error
  }
  return undefined
}

console.log(
  JSON.stringify({
    apart: esm.createSessions !== cjs.createSessions && esm.SessionError !== cjs.SessionError,
    seenByRequire,
    merged,
    refused: refused.code,
    jarUnchanged: jarBefore === jar,
    revived,
    errorsCross: [esm.isSessionError(mistake(cjs)), cjs.isSessionError(mistake(esm)), cjs.isSessionError(refused)],
    others: [esm.isSessionError(new Error('x')), esm.isSessionError(null), cjs.isSessionError('x')],
  }),
)
await one.close()
