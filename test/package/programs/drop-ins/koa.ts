// Koa's `ctx.session` is untyped without Holdfast's own middleware, as with koa-session.
import session, { type CreateSessionOptions, createSession, type Session, SessionOptions } from 'holdfast/koa-session'
import Koa from 'koa'

const app = new Koa()
app.keys = ['a secret']

const options: Partial<SessionOptions> = {
  key: 'koa.sess',
  maxAge: 86_400_000,
  rolling: true,
  sameSite: 'lax',
  store: { get: async () => undefined, set: async () => undefined, destroy: async () => undefined },
  valid: (_ctx, data) => data.userId > 0,
}
app.use(session(options, app))
app.use(session(app))
app.use(
  createSession(
    { ...SessionOptions.parse({}), externalKey: { get: (ctx) => ctx.get('x-id'), set: () => undefined } },
    app,
  ),
)
// @ts-expect-error an option that does not exist
export const wrong: CreateSessionOptions = { keys: 'x' }

app.use(async (ctx) => {
  const current: Session | null = ctx.session
  const views: number = (ctx.session.views ?? 0) + 1
  ctx.session.views = views
  await current?.save()
  ctx.body = ctx.session.user.name
  ctx.session = null
})
