// Express with connect-mongo and `touchAfter`, as its README shows it: a session that did not change is written once a day.
// Run: node examples/drop-in/express-connect-mongo.cjs   (MONGODB_URL)
const express = require('express')
const { MongoStore } = require('connect-mongo')
const session = require('holdfast/express-session') // was: require('express-session')

const app = express()
app.use(
  session({
    secret: process.env.SESSION_SECRET ?? 'foo',
    saveUninitialized: false, // do not create a session until something is stored
    resave: false, // do not save a session that was not changed
    store: MongoStore.create({
      mongoUrl: process.env.MONGODB_URL ?? 'mongodb://127.0.0.1:27017/test-app',
      touchAfter: 24 * 3600, // seconds
    }),
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
