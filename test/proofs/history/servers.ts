import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { fileURLToPath } from 'node:url'

/** What a server says of one request. */
export interface Answer {
  /** 200: done and acknowledged. 401: no session. 409: the session was lost meanwhile. */
  readonly status: number
  readonly code?: string
  /** The session that the cookie opened, and its data as they were then. */
  readonly id: string | null
  readonly data: Readonly<Record<string, number | string>>
  /** The session that the browser has afterwards. */
  readonly next: string | null
}

export interface Servers {
  /** Sends one request to one of the processes, whichever `pick` (a number) says. */
  ask(
    pick: number,
    path: string,
    cookie: string | undefined,
  ): Promise<{ answer: Answer; setCookies: readonly string[] }>
  stop(): void
}

const program = fileURLToPath(new URL('server.mjs', import.meta.url))

/** Starts server processes on one store, and waits until all of them listen. */
export async function servers(processes: number, store: string, address = ''): Promise<Servers> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const children = Array.from({ length: processes }, () => fork(program, [store, address]))
  const ports = await Promise.all(
    children.map(async (child) => {
      const [message] = await Promise.race([
        once(child, 'message'),
        once(child, 'exit').then(([code]) => Promise.reject(new Error(`a server ended with ${code}`))),
      ])
      return (message as { readonly port: number }).port
    }),
  )
  return {
    ask: (pick, target, cookie) =>
      new Promise((resolve, reject) => {
        const options = {
          agent,
          host: '127.0.0.1',
          port: ports[pick % ports.length],
          path: target,
          headers: cookie === undefined ? {} : { cookie },
        }
        const sent = request(options, (response) => {
          let text = ''
          response.setEncoding('utf8')
          response.on('data', (chunk) => {
            text += chunk
          })
          response.on('end', () => {
            resolve({ answer: JSON.parse(text) as Answer, setCookies: response.headers['set-cookie'] ?? [] })
          })
          response.on('error', reject)
        })
        sent.on('error', reject)
        sent.end()
      }),
    stop() {
      agent.destroy()
      for (const child of children) if (child.connected) child.disconnect()
    },
  }
}
