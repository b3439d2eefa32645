// A program for koa-session on a SQLite file that other processes use as well. `hold=1`: a request has its session when it
// says "holding", and goes on when it is told to.
import session from 'holdfast/koa-session'
import { sqliteStore } from 'holdfast/sqlite'
import Koa from 'koa'
import { openSqlite } from './sqlite-open.mjs'

const [driver, file] = process.argv.slice(2)
const app = new Koa()
app.keys = ['keyboard cat']
app.silent = true
app.use(session({ store: sqliteStore(openSqlite(driver, file), { busyTimeout: 25_000 }) }, app))
let letGo

const acts = {
  '/me': () => undefined,
  async '/write'(ctx) {
    await new Promise((resolve) => setTimeout(resolve, Number(ctx.query.wait ?? 0)))
    ctx.session[ctx.query.key] = 1
  },
  '/renew': (ctx) => ctx.session.regenerate(),
  async '/login'(ctx) {
    await ctx.session.regenerate()
    ctx.session.user = 'alice'
  },
  '/logout'(ctx) {
    ctx.session = null
  },
}
app.use(async (ctx) => {
  if (ctx.query.hold) {
    process.send('holding')
    await new Promise((resolve) => {
      letGo = resolve
    })
  }
  await acts[ctx.path](ctx)
  ctx.body = ctx.session ?? {}
})
process.on('message', () => letGo())
const server = app.listen(0, '127.0.0.1', () => process.send(server.address().port))
