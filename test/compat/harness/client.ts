import { request as httpRequest } from 'node:http'

export interface Response {
  /** 0 when there was none. */
  readonly status: number
  readonly statusMessage: string
  /** Names in lower case, in the order of arrival, doubles included. */
  readonly headers: readonly (readonly [string, string])[]
  readonly setCookies: readonly string[]
  readonly body: string
  /** Why the response is missing or cut: an error's code, or `no answer`. */
  readonly failure: string | undefined
}

export interface Sent {
  readonly port: number
  readonly path: string
  readonly method: string
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: string | undefined
  /** Real ms. */
  readonly patience: number
}

/** One request on a connection of its own. Never rejects: a failure is an outcome too. */
export function send({ port, path, method, headers, body, patience }: Sent): Promise<Response> {
  return new Promise((resolve) => {
    let status = 0
    let statusMessage = ''
    let raw: string[] = []
    let text = ''
    const finish = (failure?: string): void => {
      clearTimeout(timer)
      const pairs = raw.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), raw[i + 1] as string] as const] : []))
      const setCookies = pairs.filter(([name]) => name === 'set-cookie').map(([, value]) => value)
      resolve({ status, statusMessage, headers: pairs, setCookies, body: text, failure })
    }
    const outgoing = httpRequest(
      { host: '127.0.0.1', port, path, method, headers: { connection: 'close', ...headers }, agent: false },
      (response) => {
        status = response.statusCode ?? 0
        statusMessage = response.statusMessage ?? ''
        raw = response.rawHeaders
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
        })
        response.on('end', () => finish())
        response.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message))
      },
    )
    const timer = setTimeout(() => {
      finish('no answer')
      outgoing.destroy()
    }, patience)
    outgoing.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message))
    outgoing.end(body)
  })
}
