// Koa with a Holdfast store in the place of koa-redis: logouts are final and no update is lost between processes as well.
// Run: node examples/drop-in/koa-holdfast-store.mjs   (REDIS_URL)
import session from 'holdfast/koa-session' // was: 'koa-session'
import { redisStore } from 'holdfast/redis' // was: 'koa-redis'
import Redis from 'ioredis'
import Koa from 'koa'

const client = new Redis(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379')
const store = redisStore(client)

const app = new Koa()
app.keys = [process.env.SESSION_SECRET ?? 'some secret hurr']
app.use(session({ store, maxAge: 3_600_000 }, app))

app.use(async (ctx) => {
  if (ctx.path === '/sign-in') {
    await ctx.session.regenerate()
    ctx.session.user = String(ctx.query.name ?? 'ada')
    ctx.redirect('/')
  } else if (ctx.path === '/sign-out') {
    ctx.session = null
    ctx.body = 'bye\n'
  } else if (ctx.path.startsWith('/put/')) {
    // However many of these come at once, each keeps its key.
    ctx.session[`item:${ctx.path.slice('/put/'.length)}`] = true
    ctx.body = 'kept\n'
  } else {
    const items = Object.keys(ctx.session.toJSON()).filter((name) => name.startsWith('item:'))
    ctx.body = { user: ctx.session.user ?? null, items: items.length }
  }
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
