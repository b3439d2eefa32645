// Holdfast's own middleware and the drop-in in one program: `ctx.session` is Holdfast's own.
import { session as native } from 'holdfast/koa'
import session from 'holdfast/koa-session'
import Koa from 'koa'

declare module 'holdfast' {
  interface SessionData {
    views: number
  }
}

const app = new Koa()
app.use(native({ secrets: 'x' }, { property: 'session' }))
app.use(async (ctx) => {
  ctx.session.views = (ctx.session.views ?? 0) + 1
  // @ts-expect-error nobody declared it
  ctx.session.vieuws = 1
})

const old = new Koa()
old.use(session(old))
