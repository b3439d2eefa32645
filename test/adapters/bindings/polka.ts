import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { session } from '../../../src/adapters/express.ts'
import type { AdapterServer, ServedAdapter } from '../../../src/testing/adapter-suite.ts'
import { answerOf, turnOfRequest } from './express.ts'
import { listening } from './listening.ts'

type Next = (error?: unknown) => void
interface Polka {
  use(middleware: (req: IncomingMessage, res: ServerResponse, next: Next) => unknown): Polka
  readonly handler: (req: IncomingMessage, res: ServerResponse) => void
}
type OnError = (error: unknown, req: IncomingMessage, res: ServerResponse) => void

const polka = createRequire(import.meta.url)('polka') as (options: { onError: OnError }) => Polka

export function servePolka({ mounts, handle, onError }: AdapterServer): Promise<ServedAdapter> {
  const app = polka({
    // Polka's own takes any error's code for a status.
    onError(error, _req, res) {
      const { status = 500 } = error as { readonly status?: number }
      const own = onError?.(error) ?? { status, body: 'sorry' }
      res.statusCode = own.status
      res.end(own.body)
    },
  })
  for (const { sessions, property } of mounts) app.use(session(sessions, { property }))
  app.use(async (req, res, next) => {
    try {
      await handle({ ...turnOfRequest(req, res), answer: answerOf(res) })
    } catch (error) {
      next(error)
    }
  })
  return listening(createServer(app.handler))
}
