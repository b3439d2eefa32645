// The targets on Fastify. Each answers a request listener.
import { fastify } from 'fastify'

const get = (request) => request.session
const regenerate = (request) => request.session.regenerate()

async function answering(app, act) {
  app.get('/*', async (request) => act(request.url, request, get, regenerate))
  await app.ready()
  return app.routing
}

const bare = () => answering(fastify(), () => 'ok')

async function fastifySession({ secret, store, act }) {
  const [{ default: cookies }, { default: session }] = await Promise.all([
    import('@fastify/cookie'),
    import('@fastify/session'),
  ])
  const app = fastify()
  await app.register(cookies)
  // As the others are set here: a session is stored when it was changed, not at each request.
  const options = { secret, saveUninitialized: false, rolling: false, cookie: { secure: false, maxAge: 1_800_000 } }
  const published = await store.express((await import('express-session')).default)
  await app.register(session, { ...options, ...(published ? { store: published } : {}) })
  return answering(app, act)
}

export const fastifyTargets = { fastify: bare, 'fastify-session': fastifySession }
