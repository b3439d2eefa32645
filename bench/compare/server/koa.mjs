// The targets on Koa. Each answers a request listener.
import Koa from 'koa'

const get = (ctx) => ctx.session
const regenerate = (ctx) => ctx.session.regenerate()

const app = (secret) => {
  const koa = new Koa()
  koa.keys = [secret]
  return koa
}

const answering = (koa, act) => {
  koa.use(async (ctx) => {
    ctx.body = await act(ctx.url, ctx, get, regenerate)
  })
  return koa.callback()
}

const koa = ({ secret }) => answering(app(secret), () => 'ok')

async function holdfast({ secret, options, act }) {
  const { session } = await import('holdfast/koa')
  return answering(app(secret).use(session(options)), act)
}

/** koa-session and its drop-in; without a store the session is in the cookie. */
const moduleOf = (name, pick) => async (context) => {
  const { default: session } = await import(name)
  const koa = app(context.secret)
  const store = await pick(context.store)
  koa.use(session({ maxAge: 1_800_000, ...(store ? { store } : {}) }, koa))
  return answering(koa, context.act)
}

export const koaTargets = {
  koa,
  'holdfast-koa': holdfast,
  'drop-in-koa': moduleOf('holdfast/koa-session', (store) => store?.own()),
  'drop-in-koa-same': moduleOf('holdfast/koa-session', (store) => store.koa()),
  'koa-session': moduleOf('koa-session', (store) => store?.koa()),
}
