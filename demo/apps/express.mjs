import express from 'express'
import { session } from 'holdfast/express'
import { answer, failure } from './answer.mjs'

/** The Express application, mounted at /express. */
export function expressApp(sessions, store) {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')

  app.use((_req, res, next) => {
    res.set('cache-control', 'no-store')
    next()
  })

  app.use(session(sessions))

  app.use('/express', async (req, res) => {
    const visit = { request: req, path: req.path, session: req.session, sessions, store, framework: 'express' }
    const { status, body } = await answer(visit)
    res.status(status).json(body)
  })

  app.use((_req, res) => res.status(404).json({ error: 'There is nothing here.' }))

  app.use((error, _req, res, next) => {
    if (res.headersSent) return next(error)
    const { status, body } = failure(error)
    res.status(status).json(body)
  })

  return app
}
