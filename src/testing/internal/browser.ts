import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import type { Readable } from 'node:stream'
import { type CookieJar, cookieJar } from './cookie-jar.ts'

/** A response whose headers have arrived; its body may still be on the way. */
export interface Reply {
  readonly status: number
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly setCookies: readonly string[]
  /** The whole body. */
  text(): Promise<string>
  /** The next piece of the body, while the rest is on its way. */
  piece(): Promise<string>
  /** Hangs up. */
  abort(): void
}

export interface RequestInit {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Browser {
  readonly jar: CookieJar
  /** Resolves when the headers are there. */
  get(path: string, init?: RequestInit): Promise<Reply>
  /** The JSON that a path answers with 200. */
  json(path: string): Promise<Record<string, unknown>>
}

export type Transport = 'http' | 'http2'

export function browser(origin: string, transport: Transport): Browser {
  const jar = cookieJar()
  const get: Browser['get'] = async (path, init = {}) => {
    const cookie = jar.header(path)
    const headers = { ...(cookie === undefined ? {} : { cookie }), ...init.headers }
    const reply = await (transport === 'http2' ? overHttp2 : overHttp)(origin, path, { ...init, headers })
    jar.take(reply.setCookies, path)
    return reply
  }
  return {
    jar,
    get,
    async json(path) {
      const reply = await get(path)
      const text = await reply.text()
      assert.equal(reply.status, 200, `${path} answered ${reply.status}: ${text}`)
      return JSON.parse(text)
    },
  }
}

async function overHttp(origin: string, path: string, { method = 'GET', headers }: RequestInit): Promise<Reply> {
  // A connection for each request, so that no rule depends on what another one left behind.
  const sent = request(`${origin}${path}`, { method, headers: { ...headers }, agent: false })
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  sent.on('error', () => {})
  return reply(response.statusCode ?? 0, response.headers, response, () => sent.destroy())
}

async function overHttp2(origin: string, path: string, { method = 'GET', headers }: RequestInit): Promise<Reply> {
  const client = connectHttp2(origin)
  const stream = client.request({ ':path': path, ':method': method, ...headers })
  stream.on('close', () => client.close())
  stream.on('error', () => {})
  const [got] = (await once(stream, 'response')) as [Record<string, string | string[] | undefined>]
  return reply(Number(got[':status']), got, stream, () => client.destroy())
}

function reply(status: number, headers: Reply['headers'], body: Readable, abort: () => void): Reply {
  body.setEncoding('utf8')
  body.on('error', () => {})
  return {
    status,
    headers,
    setCookies: [headers['set-cookie'] ?? []].flat(),
    text: async () => (await body.toArray()).join(''),
    async piece() {
      for (;;) {
        const piece = body.read() as string | null
        if (piece !== null) return piece
        await once(body, 'readable')
      }
    },
    abort,
  }
}

/** Sends bytes as they are and answers all that comes back. */
export async function raw(origin: string, text: string): Promise<string> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  socket.write(text)
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(socket, 'close')
  return Buffer.concat(chunks).toString('latin1')
}
