// Koa with routes that put something into the session, show it, and end it. The session is in the cookie.
// Run: node examples/drop-in/koa-set-get-destroy.cjs
const Koa = require('koa')
const { Router } = require('@koa/router')
const session = require('holdfast/koa-session') // was: require('koa-session')

const app = new Koa()
const router = new Router()

app.keys = [process.env.SESSION_SECRET ?? 'newest secret key', 'older secret key']
app.use(session({ key: 'app.sess', maxAge: 86_400_000 }, app))

router.get('/set', (ctx) => {
  ctx.session.user = { name: String(ctx.query.name ?? 'ada'), at: Date.now() }
  ctx.body = { saved: ctx.session.user.name }
})

router.get('/get', (ctx) => {
  ctx.body = { isNew: ctx.session.isNew, user: ctx.session.user ?? null }
})

router.get('/destroy', (ctx) => {
  ctx.session = null
  ctx.body = { destroyed: true }
})

app.use(router.routes()).use(router.allowedMethods())

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
