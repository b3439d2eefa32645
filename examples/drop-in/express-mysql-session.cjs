// Express with express-mysql-session, as its README shows it.
// Run: node examples/drop-in/express-mysql-session.cjs   (MYSQL_HOST, MYSQL_PORT, MYSQL_USER, MYSQL_PASSWORD, MYSQL_DATABASE)
const express = require('express')
const session = require('holdfast/express-session') // was: require('express-session')
const MySQLStore = require('express-mysql-session')(session)

const sessionStore = new MySQLStore({
  host: process.env.MYSQL_HOST ?? '127.0.0.1',
  port: Number(process.env.MYSQL_PORT ?? 3306),
  user: process.env.MYSQL_USER ?? 'session_test',
  password: process.env.MYSQL_PASSWORD ?? 'password',
  database: process.env.MYSQL_DATABASE ?? 'session_test',
  expiration: 86_400_000,
  clearExpired: true,
  checkExpirationInterval: 900_000,
})

const app = express()
app.use(
  session({
    key: 'session_cookie_name',
    secret: process.env.SESSION_SECRET ?? 'session_cookie_secret',
    store: sessionStore,
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

sessionStore.onReady().then(() => {
  const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
    console.log(`http://127.0.0.1:${server.address().port}`)
  })
})
