import { createRequire } from 'node:module'
import express from 'express'
import session from 'express-session'
import { storeLatency } from '../latency.mjs'

export const name = 'express-session'
export const version = createRequire(import.meta.url)('express-session/package.json').version
export const framework = 'Express'

/** Express with express-session, the options that its README recommends, and the lab's store. */
export function createContestant(gate) {
  const app = express()
  app.disable('x-powered-by')
  app.use(session({ secret: 'race-lab', resave: false, saveUninitialized: false, store: slowStore() }))

  app.post('/sign-in', (req, res, next) => {
    req.session.regenerate((error) => {
      if (error) return next(error)
      req.session.user = 'ada'
      res.json({ ok: true })
    })
  })
  app.post('/write/:key', (req, res) => {
    req.session[req.params.key] = 'kept'
    res.json({ ok: true })
  })
  app.post('/slow-write/:key', async (req, res) => {
    const session = req.session
    await gate.pass()
    session[req.params.key] = 'kept'
    res.json({ ok: true })
  })
  app.post('/sign-out', (req, res, next) => {
    // express-session leaves the cookie in the browser; a careful application clears it.
    req.session.destroy((error) => (error ? next(error) : res.clearCookie('connect.sid').json({ ok: true })))
  })
  app.get('/session', (req, res) => {
    const { cookie, ...data } = req.session
    res.json(data)
  })
  return { handler: app }
}

/** Kept as JSON text, as every store outside the process must; the library's own memory store does the same. */
function slowStore() {
  const texts = new Map()
  const store = new session.Store()
  const answer = (work, callback) =>
    storeLatency()
      .then(work)
      .then((value) => callback?.(null, value), callback)
  store.get = (id, callback) => answer(() => (texts.has(id) ? JSON.parse(texts.get(id)) : null), callback)
  store.set = (id, data, callback) => {
    const text = JSON.stringify(data)
    answer(() => void texts.set(id, text), callback)
  }
  store.destroy = (id, callback) => answer(() => void texts.delete(id), callback)
  return store
}
