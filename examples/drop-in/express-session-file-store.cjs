// Express with session-file-store, as its README shows it: each session is a file.
// Run: node examples/drop-in/express-session-file-store.cjs   (SESSION_DIRECTORY)
const express = require('express')
const session = require('holdfast/express-session') // was: require('express-session')
const FileStore = require('session-file-store')(session)

const app = express()
app.use(
  session({
    store: new FileStore({
      path: process.env.SESSION_DIRECTORY ?? '.data/session-file-store',
      ttl: 3600, // seconds
      retries: 0,
      logFn: () => {},
    }),
    secret: process.env.SESSION_SECRET ?? 'keyboard cat',
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
