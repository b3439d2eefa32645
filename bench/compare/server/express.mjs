// The targets on Express. Each answers a request listener, which an Express application is.
import express from 'express'

const get = (req) => req.session

const app = (middleware, act, regenerate) => {
  const application = express().disable('x-powered-by')
  if (middleware) application.use(middleware)
  application.use(async (req, res) => {
    res.send(await act(req.url, req, get, regenerate))
  })
  return application
}

const bare = () => app(undefined, () => 'ok')

async function holdfast({ options, act }) {
  const { session } = await import('holdfast/express')
  return app(session(options), act, (req) => req.session.regenerate())
}

const byCallback = (req) =>
  new Promise((resolve, reject) => req.session.regenerate((error) => (error ? reject(error) : resolve())))

/** express-session and its drop-in. */
const moduleOf = (name, pick) => async (context) => {
  const { default: session } = await import(name)
  const store = await pick(context.store, session)
  const options = { secret: context.secret, resave: false, saveUninitialized: false, cookie: { maxAge: 1_800_000 } }
  return app(session({ ...options, ...(store ? { store } : {}) }), context.act, byCallback)
}

async function cookieSession({ secret, act }) {
  const { default: session } = await import('cookie-session')
  return app(session({ keys: [secret], maxAge: 1_800_000 }), act)
}

export const expressTargets = {
  express: bare,
  'holdfast-express': holdfast,
  'drop-in-express': moduleOf('holdfast/express-session', (store) => store.own()),
  'drop-in-express-same': moduleOf('holdfast/express-session', (store, session) => store.express(session)),
  'express-session': moduleOf('express-session', (store, session) => store.express(session)),
  'cookie-session': cookieSession,
}
