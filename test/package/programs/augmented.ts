// Real frameworks' types, and one interface that the application augments for all of them.

import createExpress from 'express'
import { session as express } from 'holdfast/express'
import { session as koa } from 'holdfast/koa'
import Koa from 'koa'

declare module 'holdfast' {
  interface SessionData {
    userId: string
    views: number
  }
}

const secrets = process.env.SESSION_SECRET ?? ''

const web = createExpress()
web.use(express({ secrets }))
web.get('/', (req, res) => {
  const views: number | undefined = req.session.views
  req.session.views = (views ?? 0) + 1
  // @ts-expect-error views is a number
  req.session.views = 'many'
  // @ts-expect-error nobody declared it
  req.session.vieuws = 1
  req.session.destroy(() => res.redirect('/'))
})

const app = new Koa()
app.use(koa({ secrets }))
app.use(async (ctx) => {
  const user: string | undefined = ctx.session.userId
  ctx.session.views = (ctx.session.views ?? 0) + 1
  // @ts-expect-error userId is text
  ctx.session.userId = 5
  await ctx.session.regenerate()
  ctx.session = null
  ctx.body = user
})
