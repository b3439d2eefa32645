import { session } from 'holdfast/koa'
import Koa from 'koa'
import { answer, failure } from './answer.mjs'

/** The Koa application, mounted at /koa. */
export function koaApp(sessions, store) {
  const app = new Koa()

  app.use(async (ctx, next) => {
    ctx.set('cache-control', 'no-store')
    try {
      await next()
    } catch (error) {
      Object.assign(ctx, failure(error))
    }
  })

  app.use(session(sessions))

  app.use(async (ctx) => {
    const path = ctx.path.slice('/koa'.length)
    const visit = { request: ctx.req, path, session: ctx.session, sessions, store, framework: 'koa' }
    Object.assign(ctx, await answer(visit))
  })

  return app.callback()
}
