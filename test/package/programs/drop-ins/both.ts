// Holdfast's own middleware and the drop-in in one program: `req.session` is Holdfast's own.
import express from 'express'
import { session as native } from 'holdfast/express'
import session from 'holdfast/express-session'

declare module 'holdfast' {
  interface SessionData {
    views: number
  }
}

const app = express()
app.use('/new', native())
app.use('/old', session({ secret: 'x' }))
app.get('/new', async (req) => {
  req.session.views = 1
  await req.session.save()
  req.session = null
})
app.get('/old', (req) => {
  const old = req.session as unknown as session.Session & Partial<session.SessionData>
  old.save((error) => console.error(error.message))
  req.sessionStore.emit(req.sessionID)
})
