// Express and socket.io on one session: a socket sees who has signed in, counts in the session, and sees the sign-out.
// Run: node examples/drop-in/express-socket-io.mjs
import { createServer } from 'node:http'
import express from 'express'
import session from 'holdfast/express-session' // was: 'express-session'
import { Server } from 'socket.io'

const app = express()
const server = createServer(app)
const io = new Server(server)

const sessionMiddleware = session({
  secret: process.env.SESSION_SECRET ?? 'changeit',
  resave: false,
  saveUninitialized: false,
})
app.use(sessionMiddleware)
io.engine.use(sessionMiddleware)

app.get('/', (req, res) => res.json({ user: req.session.user ?? null, messages: req.session.messages ?? 0 }))

app.get('/sign-in', (req, res, next) => {
  req.session.regenerate((error) => {
    if (error) return next(error)
    req.session.user = String(req.query.name ?? 'ada')
    res.redirect('/')
  })
})

app.get('/sign-out', (req, res, next) => {
  req.session.destroy((error) => (error ? next(error) : res.redirect('/')))
})

io.on('connection', (socket) => {
  const req = socket.request
  socket.on('message', (_text, answer) => {
    // A socket lives longer than a request: read what others have changed, or that the session is over.
    req.session.reload((error) => {
      if (error) return socket.disconnect()
      req.session.messages = (req.session.messages ?? 0) + 1
      req.session.save((error) => (error ? socket.disconnect() : answer(req.session.messages)))
    })
  })
})

server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
