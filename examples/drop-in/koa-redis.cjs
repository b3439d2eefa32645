// Koa with koa-redis as the store, as its README shows it: koa-redis brings its own ioredis 4 and takes that one's options.
// Run: node examples/drop-in/koa-redis.cjs   (REDIS_HOST, REDIS_PORT, REDIS_PASSWORD)
const Koa = require('koa')
const redisStore = require('koa-redis')
const session = require('holdfast/koa-session') // was: require('koa-session')

const store = redisStore({
  host: process.env.REDIS_HOST ?? '127.0.0.1',
  port: Number(process.env.REDIS_PORT ?? 6379),
  password: process.env.REDIS_PASSWORD,
  db: 0,
  retryStrategy: (attempt) => Math.min(attempt * 50, 2000),
})
store.on('error', (error) => console.error(error.message))

const app = new Koa()
app.keys = [process.env.SESSION_SECRET ?? 'keys', 'keykeys']
app.use(session({ store, key: 'koa.sid', prefix: 'koa:sess:', maxAge: 3_600_000, renew: true }, app))

app.use(async (ctx) => {
  switch (ctx.path) {
    case '/sign-in':
      await ctx.session.regenerate()
      ctx.session.user = String(ctx.query.name ?? 'ada')
      return ctx.redirect('/')
    case '/remove':
      ctx.session = null
      ctx.body = 'removed\n'
      return
    default:
      ctx.session.count = (ctx.session.count ?? 0) + 1
      ctx.body = { user: ctx.session.user ?? null, count: ctx.session.count }
  }
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
