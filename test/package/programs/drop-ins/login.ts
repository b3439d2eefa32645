// An application of express-session: sign-in, sign-out, a store that takes `session`. Tests change nothing but names of modules.

import { RedisStore } from 'connect-redis'
import express from 'express'
import session, { MemoryStore } from 'express-session'

declare module 'express-session' {
  interface SessionData {
    user?: { id: string; name: string }
    returnTo: string
    flash: string[]
  }
}

declare const client: object
const app = express()
const day = 24 * 60 * 60 * 1000

app.set('trust proxy', 1)
app.use(
  session({
    name: 'sid',
    secret: (process.env.SECRETS ?? 'keyboard cat').split(','),
    resave: false,
    saveUninitialized: false,
    rolling: true,
    unset: 'destroy',
    genid: (req) => `${req.get('x-request-id') ?? ''}${req.ip}`,
    cookie: { httpOnly: true, sameSite: 'lax', secure: app.get('env') === 'production', maxAge: day },
    store: process.env.REDIS_URL ? new RedisStore({ client, prefix: 'app:' }) : new MemoryStore(),
  }),
)

const signedIn: express.RequestHandler = (req, res, next) => {
  if (req.session.user) return next()
  req.session.returnTo = req.originalUrl
  res.redirect('/login')
}

app.post('/login', (req, res, next) => {
  const returnTo = req.session.returnTo ?? '/'
  req.session.regenerate((err) => {
    if (err) return next(err)
    req.session.user = { id: '1', name: String(req.body.name) }
    req.session.cookie.maxAge = req.body.remember ? 30 * day : undefined
    req.session.save((err) => {
      if (err) return next(err)
      res.redirect(returnTo)
    })
  })
})

app.get('/', signedIn, (req, res) => {
  const { flash = [], user } = req.session
  const left: number | undefined = req.session.cookie.maxAge
  res.send(
    `${user?.name} ${flash.join()} ${left && left / 1000} ${req.session.cookie.originalMaxAge} ${req.session.id}`,
  )
})

app.post('/logout', (req, res, next) => {
  req.session.destroy((err) => {
    if (err) return next(err instanceof Error ? err : new Error(err.message))
    res.clearCookie('sid').redirect('/')
  })
})

app.listen(3000)
