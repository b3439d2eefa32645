// Koa on the native API, for users who have sessions of koa-session in their cookies: each moves into a store at its browser's
// first request, and from then on a sign-out is final. The old program is koa-set-get-destroy.cjs.
// Run: node examples/drop-in/koa-move-from.mjs   (SESSION_SECRET as the old program had it, NEW_SECRET, SESSION_DIRECTORY)
import { randomBytes } from 'node:crypto'
import { formerKoaSessions } from 'holdfast/bridges'
import { fileStore } from 'holdfast/file'
import { session } from 'holdfast/koa'
import Koa from 'koa'

const moveFrom = formerKoaSessions({
  keys: [process.env.SESSION_SECRET ?? 'newest secret key', 'older secret key'],
  key: 'app.sess',
})

const app = new Koa()
app.use(
  session({
    // At least 32 bytes. One that is made anew at each start is for trying this out.
    secrets: process.env.NEW_SECRET ?? randomBytes(32),
    store: fileStore({ directory: process.env.SESSION_DIRECTORY ?? '.data/koa-move-from' }),
    idleTimeout: '1d',
    moveFrom,
  }),
)

app.use((ctx) => {
  if (ctx.path === '/set') ctx.session.user = { name: String(ctx.query.name ?? 'ada'), at: Date.now() }
  if (ctx.path === '/destroy') ctx.session = null
  ctx.body = { isNew: ctx.session.isNew, user: ctx.session.user ?? null }
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
