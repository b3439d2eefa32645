// Express with connect-sqlite3 on a database that the program has open already. With the package sqlite3, its README's
// `new SQLiteStore({ db: 'sessions.db', dir: './var/db' })` does; the few lines at the end do for any other driver.
// Run: node examples/drop-in/express-connect-sqlite3.cjs   (SQLITE_FILE)
const Database = require('libsql')
const express = require('express')
const session = require('holdfast/express-session') // was: require('express-session')
const SQLiteStore = require('connect-sqlite3')(session)

const app = express()
app.use(
  session({
    store: new SQLiteStore({ db: sqlite3Like(process.env.SQLITE_FILE ?? ':memory:'), concurrentDb: true }),
    secret: process.env.SESSION_SECRET ?? 'your secret',
    cookie: { maxAge: 7 * 24 * 60 * 60 * 1000 }, // 1 week
    resave: false,
    saveUninitialized: false,
  }),
)

app.get('/', (req, res) => {
  req.session.views = (req.session.views ?? 0) + 1
  res.json({ views: req.session.views })
})

app.get('/look', (req, res) => res.json({ views: req.session.views ?? 0 }))

app.get('/logout', (req, res, next) => {
  req.session.destroy((error) => (error ? next(error) : res.json({ views: 0 })))
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})

/** What connect-sqlite3 calls of the package sqlite3, over a driver that answers at once. */
function sqlite3Like(file) {
  const database = new Database(file)
  const later = (work, done) => {
    try {
      const result = work()
      setImmediate(() => done?.(null, result))
    } catch (error) {
      setImmediate(() => done?.(error))
    }
  }
  const run = (how) => (sql, values, done) => later(() => database.prepare(sql)[how](values), done)
  return {
    exec: (sql, done) => later(() => database.exec(sql), done),
    run: run('run'),
    get: run('get'),
    all: run('all'),
  }
}
