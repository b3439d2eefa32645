// Express on the native API, for users who have sessions of express-session in connect-redis: each session moves over at its
// browser's first request, and nobody signs in again. The old program is express-connect-redis.mjs.
// Run: node examples/drop-in/express-move-from.mjs   (REDIS_URL, SESSION_SECRET as the old program had it, NEW_SECRET)
import { randomBytes } from 'node:crypto'
import { RedisStore } from 'connect-redis'
import express from 'express'
import { formerExpressSessions } from 'holdfast/bridges'
import { session } from 'holdfast/express'
import { redisStore } from 'holdfast/redis'
import { createClient } from 'redis'

const client = createClient({ url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379' })
client.on('error', (error) => console.error(error.message))
await client.connect()

const moveFrom = formerExpressSessions({
  secret: process.env.SESSION_SECRET ?? 'keyboard cat',
  store: new RedisStore({ client, prefix: 'myapp:' }),
})

const app = express()
app.use(
  session({
    // At least 32 bytes. One that is made anew at each start is for trying this out.
    secrets: process.env.NEW_SECRET ?? randomBytes(32),
    store: redisStore(client),
    idleTimeout: '1d',
    moveFrom,
  }),
)

app.get('/', (req, res) => {
  if (!req.session.user) return res.status(401).send('sign in first')
  res.send(`hello, ${req.session.user}`)
})

app.post('/login', express.urlencoded({ extended: false }), async (req, res) => {
  await req.session.regenerate()
  req.session.user = req.body.user
  res.redirect('/')
})

app.post('/logout', async (req, res) => {
  await req.session.destroy()
  res.redirect('/')
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
