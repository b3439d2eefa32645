// Express with connect-redis, as its README shows it, and a login page as express-session's README shows it.
// Run: node examples/drop-in/express-connect-redis.mjs   (REDIS_URL)
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'holdfast/express-session' // was: 'express-session'
import { createClient } from 'redis'

const redisClient = createClient({ url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379' })
redisClient.on('error', (error) => console.error(error.message))
await redisClient.connect()

const redisStore = new RedisStore({
  client: redisClient,
  prefix: 'myapp:',
  ttl: 86_400,
})

const app = express()
app.use(
  session({
    store: redisStore,
    resave: false,
    saveUninitialized: false,
    secret: process.env.SESSION_SECRET ?? 'keyboard cat',
  }),
)

app.get('/', (req, res) => {
  if (!req.session.user) return res.status(401).send('sign in first')
  res.send(`hello, ${req.session.user}`)
})

app.post('/login', express.urlencoded({ extended: false }), (req, res, next) => {
  // A new id, so that nobody who knows the old one is signed in with this user.
  req.session.regenerate((error) => {
    if (error) return next(error)
    req.session.user = req.body.user
    // The redirect would wait for the save anyway; it does no harm.
    req.session.save((error) => (error ? next(error) : res.redirect('/')))
  })
})

app.post('/logout', (req, res, next) => {
  req.session.destroy((error) => (error ? next(error) : res.redirect('/')))
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
