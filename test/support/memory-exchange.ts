import type { Exchange } from '../../src/index.ts'

/** One request and its response without a server: what an adapter would build. */
export interface MemoryExchange extends Exchange {
  /** The `Set-Cookie` lines of the response. */
  readonly setCookies: readonly string[]
  /** The headers leave: from here on, setting a cookie is an error of the engine. */
  sendHeaders(): void
}

export interface ExchangeInit {
  readonly cookieHeader?: unknown
  /** Default `'/'`. */
  readonly path?: string
  /** Default false. */
  readonly secure?: boolean
}

export function memoryExchange({ cookieHeader, path = '/', secure = false }: ExchangeInit = {}): MemoryExchange {
  const setCookies: string[] = []
  let sent = false
  return {
    cookieHeader,
    path,
    setCookies,
    secure: () => secure,
    headersSent: () => sent,
    setCookie(line) {
      if (sent) throw new Error('a cookie was set after the headers had left')
      setCookies.push(line)
    },
    sendHeaders() {
      sent = true
    },
  }
}
