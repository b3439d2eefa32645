import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { session } from '../../../src/adapters/node.ts'
import type { AdapterServer, ServedAdapter } from '../../../src/testing/adapter-suite.ts'
import { answerOf, turnOfRequest } from './express.ts'
import { listening } from './listening.ts'

type Listener = (req: IncomingMessage, res: ServerResponse) => void

export const serveNode = (server: AdapterServer): Promise<ServedAdapter> => listening(createServer(listenerOf(server)))

/** HTTP/2 by Node's compatibility layer, whose request and response look like HTTP/1's. */
export const serveHttp2 = (server: AdapterServer): Promise<ServedAdapter> =>
  listening(createHttp2Server(listenerOf(server) as unknown as Parameters<typeof createHttp2Server>[1]))

function listenerOf({ mounts, handle }: AdapterServer): Listener {
  const route: Listener = async (req, res) => {
    try {
      await handle({ ...turnOfRequest(req, res), answer: answerOf(res) })
    } catch {
      // What an application without a framework does itself.
      if (!res.headersSent) res.statusCode = 500
      res.end()
    }
  }
  return mounts.reduceRight<Listener>((inner, { sessions, property }) => session(sessions, { property })(inner), route)
}
