// Runs in the empty project. What applications and stores of express-session and koa-session do with `require`.
const { createServer } = require('node:http')
const { join } = require('node:path')
const util = require('node:util')
const session = require('holdfast/express-session')
const koaSession = require('holdfast/koa-session')

const [, , root, files] = process.argv
const ofRoot = (name) => require(require.resolve(name, { paths: [root] }))

class Modern extends session.Store {}
function Old() {
  session.Store.call(this)
}
util.inherits(Old, session.Store)

const isStore = (store) => store instanceof session.Store && typeof store.createSession === 'function'

// They take `session` and extend its `Store`.
const factories = {
  'connect-pg-simple': (of) => of(session),
  'connect-session-sequelize': (of) => of(session.Store),
  'connect-sqlite3': (of) => of(session),
  'express-mysql-session': (of) => of(session),
  memorystore: (of) => of(session),
  'session-file-store': (of) => of(session),
}
const made = Object.entries(factories).filter(([name, make]) => make(ofRoot(name)).prototype instanceof session.Store)

// These import express-session themselves: their stores extend its `Store`, not ours.
const imported = [ofRoot('connect-redis').RedisStore, ofRoot('connect-mongo').default ?? ofRoot('connect-mongo')]
const foreign = imported.filter((Store) => Store.prototype instanceof ofRoot('express-session').Store)

/** Two requests of one browser, counted in a store that extends express-session's own `Store`. */
const counted = async () => {
  const FileStore = ofRoot('session-file-store')(ofRoot('express-session'))
  const store = new FileStore({ path: join(files, 'sessions'), retries: 0, reapInterval: -1, logFn: () => undefined })
  const middleware = session({ secret: 'a secret', resave: false, saveUninitialized: false, store })
  const server = createServer((req, res) =>
    middleware(req, res, () => {
      req.session.views = (req.session.views ?? 0) + 1
      res.end(String(req.session.views))
    }),
  )
  await new Promise((done) => server.listen(0, done))
  const url = `http://localhost:${server.address().port}`
  const first = await fetch(url)
  const [cookie] = first.headers.getSetCookie()[0].split(';')
  const second = await fetch(url, { headers: { cookie } })
  const seen = [await first.text(), await second.text()]
  server.closeAllConnections()
  server.close()
  return { seen, isOurs: store instanceof session.Store }
}

counted().then((foreignStore) =>
  console.log(
    JSON.stringify({
      itself: [
        session === session.default,
        session === session.session,
        session.MemoryStore.prototype instanceof session.Store,
      ],
      koa: [
        koaSession === koaSession.default,
        koaSession === koaSession.createSession,
        koaSession === koaSession.session,
      ],
      parsed: koaSession.SessionOptions.parse({}).key,
      stores: [new Modern(), new Old(), new session.MemoryStore()].map(isStore),
      made: made.map(([name]) => name),
      foreign: foreign.length,
      foreignStore,
    }),
  ),
)
