import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach } from 'vitest'
import { addCookie, hold } from '../../../src/adapters/internal/hold.ts'
import { type Answer, SessionStoreError } from '../../../src/index.ts'

export type Handler = (req: IncomingMessage, res: ServerResponse) => unknown

export interface Served {
  readonly port: number
  /** Sends text as it is, answers all that comes back until the server closes the connection. */
  raw(text: string): Promise<string>
  /** One request on a connection of its own. */
  get(path?: string, method?: string): Promise<string>
  close(): Promise<void>
}

export async function served(handler: Handler): Promise<Served> {
  const server = createServer(handler)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const raw = async (text: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1')
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('error', () => {})
    socket.write(text)
    await once(socket, 'close')
    return Buffer.concat(chunks).toString('latin1')
  }
  return {
    port,
    raw,
    get: (path = '/', method = 'GET') => raw(`${method} ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export const later = (ms = 5): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** A holder that keeps a diary. `finish` does what the test says, the first time and after that. */
export function diary(...answers: (() => Answer<void>)[]) {
  const entries: string[] = []
  const errors: unknown[] = []
  return {
    entries,
    errors,
    finish(): Answer<void> {
      const answer = answers.shift()
      if (!answer) return undefined
      entries.push('finish')
      return answer()
    },
    fail(error: unknown): void {
      entries.push('fail')
      errors.push(error)
    },
    late(error: unknown): void {
      entries.push('late')
      errors.push(error)
    },
  }
}

export const COOKIE = 'sid=1; Path=/'

/** Holds a response for a commit that takes a while and sends a cookie. */
export function heldForCookie(res: ServerResponse): ReturnType<typeof diary> {
  const holder = diary(async () => {
    await later()
    addCookie(res, COOKIE)
  })
  hold(res, holder)
  return holder
}

/** The answer without what a session adds and what changes with time. */
export const withoutSession = (answer: string): string =>
  answer
    .replace(/^Set-Cookie: sid=1; Path=\/\r\n/m, '')
    .replace(/^Cache-Control: private\r\n/m, '')
    .replace(/^Date: .*\r\n/m, '')

/** Servers that are closed after each test. */
export function servers(): (handler: Handler) => Promise<Served> {
  const open: Served[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((server) => server.close()))
  })
  return async (handler) => {
    const server = await served(handler)
    open.push(server)
    return server
  }
}

export const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4)

export const storeFailed = (): SessionStoreError => new SessionStoreError('ERR_SESSION_STORE', 'The store failed.')

/** A commit that ends when the test says so. */
export function gate() {
  let open = (): void => {}
  let refuse = (_error: unknown): void => {}
  const passed = new Promise<void>((resolve, reject) => {
    open = resolve
    refuse = reject
  })
  return { passed, open, refuse }
}
