import { EventEmitter, once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import session, { type SessionOptions } from '../../src/compat/express-session.ts'
import { type Browser, browser } from '../../src/testing/internal/browser.ts'

/** What a request may do with its session. Every one answers JSON. */
export type Act = 'read' | 'write' | 'count' | 'save' | 'login' | 'logout' | 'reload'

export interface App {
  readonly origin: string
  visitor(): Browser
  /** Resolves when a request waits at this gate. */
  reached(gate: string): Promise<void>
  /** Lets go the request that waits at this gate. */
  open(gate: string): void
  errors: unknown[]
  close(): Promise<void>
}

// biome-ignore lint/suspicious/noExplicitAny: a program without types, as most were written
type Req = any

const acts: Record<Act, (req: Req, done: (error?: unknown) => void) => void> = {
  read: (_req, done) => done(),
  write(req, done) {
    req.session[req.query.key] = 1
    done()
  },
  count(req, done) {
    req.session.n = (req.session.n ?? 0) + 1
    done()
  },
  save(req, done) {
    req.session[req.query.key] = 1
    req.session.save(done)
  },
  login: (req, done) =>
    req.session.regenerate((error: unknown) => {
      if (error) return done(error)
      req.session.user = 'alice'
      req.session.save(done)
    }),
  logout: (req, done) => req.session.destroy(done),
  reload: (req, done) => req.session.reload(done),
}

/** A program for express-session. `?before=a` waits at gate a before the act, `?after=b` at b before the answer. */
export async function startApp(options: SessionOptions): Promise<App> {
  const gates = new EventEmitter()
  const waiting = new Map<string, () => void>()
  const errors: unknown[] = []
  const pass = (name: unknown, go: () => void): void => {
    if (typeof name === 'string') {
      waiting.set(name, go)
      gates.emit(name)
    } else go()
  }
  const app = express()
  app.use(session({ secret: 'keyboard cat', resave: false, saveUninitialized: false, ...options }) as never)
  app.get('/me', (req: Req, res) => void res.json({ id: req.sessionID, ...req.session, cookie: undefined }))
  app.get('/act/:act', (req: Req, res, next) => {
    pass(req.query.before, () =>
      acts[req.params.act as Act](req, (error) => {
        if (error) return next(error)
        pass(req.query.after, () => res.json({ user: req.session?.user ?? null }))
      }),
    )
  })
  app.use((error: unknown, _req: Req, res: Req, _next: unknown) => {
    errors.push(error)
    if (!res.headersSent) res.status(500).json({ error: String((error as Error).message) })
  })
  const server: Server = createServer(app).listen(0)
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    origin,
    errors,
    visitor: () => browser(origin, 'http'),
    async reached(gate) {
      if (!waiting.has(gate)) await once(gates, gate)
    },
    open(gate) {
      waiting.get(gate)?.()
      waiting.delete(gate)
    },
    async close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
