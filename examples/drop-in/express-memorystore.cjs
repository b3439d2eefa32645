// Express with memorystore, as its README shows it, and views by path as express-session's README shows them.
// Run: node examples/drop-in/express-memorystore.cjs
const express = require('express')
const session = require('holdfast/express-session') // was: require('express-session')
const MemoryStore = require('memorystore')(session)

const app = express()
app.use(
  session({
    cookie: { maxAge: 86_400_000 },
    store: new MemoryStore({
      checkPeriod: 86_400_000, // prune expired entries every 24 h
    }),
    resave: false,
    saveUninitialized: true,
    secret: process.env.SESSION_SECRET ?? 'keyboard cat',
  }),
)

app.use((req, _res, next) => {
  req.session.views ??= {}
  req.session.views[req.path] = (req.session.views[req.path] ?? 0) + 1
  next()
})

app.get('/foo', (req, res) => res.send(`you viewed this page ${req.session.views['/foo']} times`))
app.get('/bar', (req, res) => res.send(`you viewed this page ${req.session.views['/bar']} times`))

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
