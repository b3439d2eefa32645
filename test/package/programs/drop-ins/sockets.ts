// An application of express-session: one middleware for pages and sockets, a store of its own, requests with a type of their own.
import { createServer, type IncomingMessage } from 'node:http'
import MongoStore from 'connect-mongo'
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express'
import session, { type Session, type SessionData, type SessionOptions, Store } from 'express-session'

declare module 'express-session' {
  interface SessionData {
    userId: number
    rooms: Set<string>
  }
}

interface SignedIn extends Request {
  session: Session & Partial<SessionData> & { userId: number }
}

const isSignedIn = (req: Request): req is SignedIn => req.session.userId !== undefined

class Traced extends Store {
  private readonly inner: Store

  constructor(inner: Store) {
    super()
    this.inner = inner
    inner.on('disconnect', () => this.emit('disconnect'))
  }

  override get(sid: string, callback: (err: unknown, session?: SessionData | null) => void): void {
    this.inner.get(sid, (err, found) => callback(err, found))
  }

  override set(sid: string, found: SessionData, callback?: (err?: unknown) => void): void {
    this.inner.set(sid, found, callback)
  }

  override destroy(sid: string, callback?: (err?: unknown) => void): void {
    this.inner.destroy(sid, callback)
  }

  override touch(sid: string, found: SessionData, callback?: () => void): void {
    this.inner.touch?.(sid, found, callback)
  }
}

const options: SessionOptions = {
  secret: 'keyboard cat',
  resave: true,
  saveUninitialized: true,
  proxy: true,
  cookie: (req) => ({ path: '/', secure: req.secure, expires: new Date(Date.now() + 60_000) }),
  store: MongoStore.create({ mongoUrl: 'mongodb://localhost/app', ttl: 60 }),
}
const sessions: RequestHandler = session(options)
export const traced = (store: Store): RequestHandler => session({ ...options, store: new Traced(store) })

const app = express()
app.use(sessions)
app.get('/me', (req, res) => {
  if (!isSignedIn(req)) return void res.sendStatus(401)
  const id: number = req.session.userId
  req.session.rooms?.add('lobby')
  req.session.touch()
  req.session.reload((err) => res.send(err ? err.message : String(id)))
})

const server = createServer(app)
server.on('upgrade', (req: IncomingMessage, socket) => {
  const request = req as Request
  const next: NextFunction = () => {
    const { session, sessionID, sessionStore } = request
    if (!session.userId) socket.destroy()
    sessionStore.load(sessionID, (_err, found) => console.log(found?.userId))
  }
  sessions(request, {} as Response, next)
})
