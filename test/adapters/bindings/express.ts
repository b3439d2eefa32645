import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type express from 'express'
import { session } from '../../../src/adapters/express.ts'
import type { Session } from '../../../src/index.ts'
import type { AdapterServer, ServedAdapter, SuiteData, Turn } from '../../../src/testing/adapter-suite.ts'
import { listening } from './listening.ts'

/** Express 4 and Express 5 are used alike. */
export const serveExpress =
  (framework: typeof express) =>
  ({ mounts, handle, onError }: AdapterServer): Promise<ServedAdapter> => {
    const app = framework()
    // Without it, Express prints every error.
    app.set('env', 'test')
    for (const { sessions, property } of mounts) app.use(session(sessions, { property }))
    app.use(async (req, res, next) => {
      try {
        await handle(turnOf(req, res))
      } catch (error) {
        next(error)
      }
    })
    if (onError) {
      app.use((error: unknown, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
        const { status, body } = onError(error)
        res.status(status).send(body)
      })
    }
    return listening(createServer(app))
  }

const turnOf = (req: express.Request, res: express.Response): Turn => ({
  ...turnOfRequest(req, res),
  answer(status, body, headers = {}) {
    res.status(status).set(headers)
    if (body instanceof Readable) body.pipe(res)
    else if (status === 303) res.redirect(status, headers.Location as string)
    else res.send(body)
  },
})

/** What all frameworks have whose request is Node's. */
export function turnOfRequest(req: IncomingMessage, res: ServerResponse): Omit<Turn, 'answer'> {
  const shown = req as unknown as Record<string, unknown>
  return {
    target: (req as { originalUrl?: string }).originalUrl ?? req.url ?? '/',
    method: req.method ?? 'GET',
    session: (property = 'session') => shown[property] as Session<SuiteData>,
    assign(value, property = 'session') {
      shown[property] = value
    },
    raw: () => res,
  }
}

/** The same answer by Node's means only. */
export function answerOf(res: ServerResponse): Turn['answer'] {
  return (status, body, headers = {}) => {
    res.statusCode = status
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
    if (body instanceof Readable) body.pipe(res)
    else res.end(body)
  }
}
