// Express with connect-pg-simple, as its README shows it. The cookie lasts 30 days.
// Run: node examples/drop-in/express-connect-pg-simple.cjs   (DATABASE_URL)
const express = require('express')
const pg = require('pg')
const session = require('holdfast/express-session') // was: require('express-session')
const PgSession = require('connect-pg-simple')(session)

const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres',
})

const app = express()
app.use(
  session({
    store: new PgSession({ pool, tableName: 'user_sessions', createTableIfMissing: true }),
    secret: process.env.FOO_COOKIE_SECRET ?? process.env.SESSION_SECRET ?? 'foo cookie secret',
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: 30 * 24 * 60 * 60 * 1000 }, // 30 days
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
