// A program for express-session on a SQLite file that other processes use as well. `/write?key=..&hold=1` has its session when
// it says "holding", and goes on when it is told to.
import express from 'express'
import session from 'holdfast/express-session'
import { sqliteStore } from 'holdfast/sqlite'
import { openSqlite } from './sqlite-open.mjs'

const [driver, file] = process.argv.slice(2)
const app = express()
app.use(
  session({
    secret: 'keyboard cat',
    resave: false,
    saveUninitialized: false,
    store: sqliteStore(openSqlite(driver, file), { busyTimeout: 25_000 }),
  }),
)
const pause = (req) => new Promise((resolve) => setTimeout(resolve, Number(req.query.wait ?? 0)))
let letGo

app.get('/me', (req, res) => res.json({ ...req.session, cookie: undefined }))
app.get('/write', async (req, res) => {
  await pause(req)
  if (req.query.hold) {
    process.send('holding')
    await new Promise((resolve) => {
      letGo = resolve
    })
  }
  req.session[req.query.key] = 1
  res.json({})
})
app.get('/login', (req, res, next) => {
  req.session.regenerate((error) => {
    if (error) return next(error)
    req.session.user = 'alice'
    res.json({})
  })
})
app.get('/logout', (req, res, next) => req.session.destroy((error) => (error ? next(error) : res.json({}))))
app.use((error, _req, res, _next) => {
  if (!res.headersSent) res.status(500).json({ error: error.message })
})
process.on('message', () => letGo())
const server = app.listen(0, '127.0.0.1', () => process.send(server.address().port))
