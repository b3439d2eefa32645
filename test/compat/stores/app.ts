import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import type { Untyped } from './open.ts'

/** A browser of one site: its cookies go to whichever server it is sent to. */
export interface Visitor {
  get(origin: string, path: string): Promise<Untyped>
  /** Another one with the cookies that this one has now. */
  fork(): Visitor
}

export interface App {
  readonly origin: string
  /** Resolves when so many requests wait at the gate; they go on when it is opened. */
  waiting(count: number): Promise<void>
  open(): void
  readonly errors: unknown[]
  close(): Promise<void>
}

/** A program as it is written for express-session, on whatever middleware it is given. */
export async function startApp(middleware: Untyped): Promise<App> {
  const errors: unknown[] = []
  let held: (() => void)[] = []
  let arrived: (() => void) | undefined

  const app = express()
  app.use(middleware)
  // session-file-store has a member of its own in each session.
  app.get('/me', (req: Untyped, res) => void res.json({ ...req.session, cookie: undefined, __lastAccess: undefined }))
  app.get('/login', (req: Untyped, res, next) => {
    req.session.regenerate((error: unknown) => {
      if (error) return next(error)
      req.session.user = 'alice'
      res.json({})
    })
  })
  app.get('/logout', (req: Untyped, res, next) => {
    req.session.destroy((error: unknown) => (error ? next(error) : res.json({})))
  })
  app.get('/write/:key', (req: Untyped, res) => {
    req.session[req.params.key] = 1
    res.json({})
  })
  app.get('/slow/:key', (req: Untyped, res) => {
    held.push(() => {
      req.session[req.params.key] = 1
      res.json({})
    })
    arrived?.()
  })
  app.use((error: unknown, _req: unknown, res: Untyped, _next: unknown) => {
    errors.push(error)
    if (!res.headersSent) res.status(500).json({ error: String(error) })
  })
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    errors,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    waiting: (count) =>
      new Promise((resolve) => {
        arrived = () => void (held.length >= count && resolve())
        arrived()
      }),
    open() {
      const going = held
      held = []
      for (const go of going) go()
    },
    async close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

export function visitor(cookies: ReadonlyMap<string, string> = new Map()): Visitor {
  const jar = new Map(cookies)
  return {
    fork: () => visitor(jar),
    async get(origin, path) {
      const response = await fetch(`${origin}${path}`, { headers: { cookie: [...jar.values()].join('; ') } })
      for (const line of response.headers.getSetCookie()) {
        const [pair = ''] = line.split(';', 1)
        jar.set(pair.slice(0, pair.indexOf('=')), pair)
      }
      const body = await response.json()
      if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(body)}`)
      return body
    },
  }
}
