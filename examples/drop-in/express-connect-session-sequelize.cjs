// Express with connect-session-sequelize, as its README shows it, here on PostgreSQL.
// Run: node examples/drop-in/express-connect-session-sequelize.cjs   (DATABASE_URL)
const express = require('express')
const { Sequelize } = require('sequelize')
const session = require('holdfast/express-session') // was: require('express-session')
const SequelizeStore = require('connect-session-sequelize')(session.Store)

const sequelize = new Sequelize(process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres', {
  logging: false,
})
const myStore = new SequelizeStore({
  db: sequelize,
  checkExpirationInterval: 15 * 60 * 1000, // ms
  expiration: 24 * 60 * 60 * 1000, // ms
})

const app = express()
app.use(
  session({
    secret: process.env.SESSION_SECRET ?? 'keyboard cat',
    store: myStore,
    resave: false, // the store has a touch
    saveUninitialized: false,
    proxy: true, // where TLS ends before this server
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

// Makes the table `Sessions`.
myStore.sync().then(() => {
  const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
    console.log(`http://127.0.0.1:${server.address().port}`)
  })
})
