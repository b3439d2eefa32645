// Serves once with the built adapters and prints what happened as one line of JSON.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { createSessions } from 'holdfast'
import { session } from 'holdfast/express'
import { memoryStore } from 'holdfast/memory'

const secrets = 'a secret for tests that is long enough for it'
const heard = []
process.on('uncaughtException', (error) => heard.push(`uncaught: ${error.message}`))
process.on('unhandledRejection', (error) => heard.push(`rejected: ${error.message}`))

const ask = async (listener, headers = {}) => {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const answer = await fetch(`http://127.0.0.1:${server.address().port}/`, { headers })
  await answer.text()
  server.closeAllConnections()
  server.close()
  return answer
}

// A handler that throws where no framework catches it, after the store answered later.
const store = { ...memoryStore() }
const sessions = createSessions({ secrets, store, logger: {} })
const use = session(sessions)
const write = (req, res) => {
  req.session.user = 'ann'
  res.end()
}
const [cookie] = (await ask((req, res) => use(req, res, () => write(req, res)))).headers.get('set-cookie').split(';')
const { get } = store
store.get = async (...args) => get(...args)
await ask(
  (req, res) => {
    use(req, res, () => {
      res.end()
      throw new Error('the handler failed')
    })
  },
  { cookie },
)
await new Promise((resolve) => setImmediate(resolve))

// The ESM and the CommonJS build on one response.
const other = createRequire(import.meta.url)('holdfast/express').session
const slow = () => {
  const store = memoryStore()
  return { ...store, insert: async (...args) => store.insert(...args) }
}
const one = session({ secrets, store: slow(), logger: {}, cookie: { name: 'one' } }, { property: 'one' })
const two = other({ secrets, store: slow(), logger: {}, cookie: { name: 'two' } }, { property: 'two' })
const both = await ask((req, res) => {
  one(req, res, () => {
    two(req, res, () => {
      req.one.user = 'ann'
      req.two.user = 'bob'
      res.end('fine')
    })
  })
})
const cookies = both.headers.getSetCookie().map((line) => line.split('=')[0])
console.log(JSON.stringify({ heard, apart: other !== session, cookies: cookies.sort() }))
