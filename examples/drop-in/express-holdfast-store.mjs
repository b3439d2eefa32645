// Express with a Holdfast store in the place of connect-redis: logouts are final and no update is lost between processes as well.
// Run: node examples/drop-in/express-holdfast-store.mjs   (REDIS_URL)
import express from 'express'
import session from 'holdfast/express-session' // was: 'express-session'
import { redisStore } from 'holdfast/redis' // was: 'connect-redis'
import { createClient } from 'redis'

const client = createClient({ url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379' })
client.on('error', (error) => console.error(error.message))
await client.connect()

const app = express()
app.use(
  session({
    store: redisStore(client),
    secret: process.env.SESSION_SECRET ?? 'keyboard cat',
    resave: false,
    saveUninitialized: false,
    // A session that could not be saved is no 200: the error handler answers instead.
    commitError: 'fail',
  }),
)

app.get('/', (req, res) => {
  const items = Object.keys(req.session).filter((name) => name.startsWith('item:'))
  res.json({ user: req.session.user ?? null, items: items.length })
})

// However many of these come at once, each keeps its key.
app.get('/put/:item', (req, res) => {
  req.session[`item:${req.params.item}`] = true
  res.send('kept')
})

app.get('/sign-in', (req, res, next) => {
  req.session.regenerate((error) => {
    if (error) return next(error)
    req.session.user = String(req.query.name ?? 'ada')
    res.redirect('/')
  })
})

app.get('/sign-out', (req, res, next) => {
  req.session.destroy((error) => (error ? next(error) : res.send('bye')))
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
