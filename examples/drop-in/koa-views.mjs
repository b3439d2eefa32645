// A views counter on Koa, kept in the cookie: five minutes from the last visit, because `rolling` sends the cookie each time.
// Run: node examples/drop-in/koa-views.mjs
import session from 'holdfast/koa-session' // was: 'koa-session'
import Koa from 'koa'

const app = new Koa()
app.keys = [process.env.SESSION_SECRET ?? 'some secret hurr']

const CONFIG = {
  key: 'koa.sess',
  maxAge: 5 * 60 * 1000,
  rolling: true,
  httpOnly: true,
  signed: true,
}
app.use(session(CONFIG, app))

app.use((ctx) => {
  if (ctx.path === '/favicon.ico') return
  const views = ctx.session.views ?? 0
  // Only somebody who looks at the page is counted; every other request moves the end of the session all the same.
  if (ctx.path === '/') ctx.session.views = views + 1
  ctx.body = `${ctx.session.views ?? 0} views`
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
