// A counter on Koa, in a file store that survives restarts.
import { fileStore } from 'holdfast/file'
import { session } from 'holdfast/koa'
import Koa from 'koa'

const app = new Koa()
const store = fileStore({ directory: process.env.SESSION_DIRECTORY ?? '.data/example-sessions' })
app.use(session({ secrets: process.env.SESSION_SECRET, store }))
app.use((ctx) => {
  ctx.session.views = (ctx.session.views ?? 0) + 1
  ctx.body = { views: ctx.session.views }
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
