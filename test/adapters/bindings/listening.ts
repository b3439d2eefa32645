import { once } from 'node:events'
import type { Server } from 'node:http'
import type { Http2Server, ServerHttp2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { ServedAdapter } from '../../../src/testing/adapter-suite.ts'

/** Starts a server on a free port, and ends it with all its connections. */
export async function listening(server: Server | Http2Server): Promise<ServedAdapter> {
  const http2Sessions = new Set<ServerHttp2Session>()
  server.on('session', (session: ServerHttp2Session) => http2Sessions.add(session))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      if ('closeAllConnections' in server) server.closeAllConnections()
      for (const session of http2Sessions) session.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
