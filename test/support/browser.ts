import type { Clock, Session, SessionData, Sessions, Visit } from '../../src/index.ts'
import { type CookieJar, cookieJar } from './cookie-jar.ts'
import { type ExchangeInit, type MemoryExchange, memoryExchange } from './memory-exchange.ts'

/**
 * A browser without HTTP: it speaks to `sessions.open` and `sessions.finish` as an adapter would, and keeps what comes
 * back in its jar.
 *
 *     const user = browser(sessions, { clock })
 *     await user.request((session) => { session.views = 1 })
 *
 * For responses that overtake each other, `send()` starts a request with the jar's present cookies, and the jar
 * changes only with `arrive()`.
 */
export interface Browser<Data> {
  readonly jar: CookieJar
  /** A whole request: the handler runs, the engine commits, the response's cookies arrive. Rejects as the handler or the commit does. */
  request<T = void>(
    handler?: (session: Session<Data>, visit: Visit<Data>) => T,
    init?: ExchangeInit,
  ): Promise<Response<Awaited<T>>>
  send(init?: ExchangeInit): Promise<PendingRequest<Data>>
}

export interface Response<T> {
  /** What the handler answered. */
  readonly result: T
  readonly setCookies: readonly string[]
}

export interface PendingRequest<Data> {
  readonly visit: Visit<Data>
  readonly session: Session<Data>
  readonly exchange: MemoryExchange
  /** Commits and lets the headers leave. */
  finish(): Promise<readonly string[]>
  /** The response reaches the browser. */
  arrive(): void
}

export function browser<Data = SessionData>(
  sessions: Sessions<Data>,
  { clock = Date, jar = cookieJar(clock) }: { readonly clock?: Clock; readonly jar?: CookieJar } = {},
): Browser<Data> {
  const send: Browser<Data>['send'] = async (init) => {
    const exchange = memoryExchange({ cookieHeader: jar.header(), ...init })
    const visit = await sessions.open(exchange)
    return {
      visit,
      exchange,
      get session() {
        return visit.session
      },
      async finish() {
        await sessions.finish(visit)
        exchange.sendHeaders()
        return exchange.setCookies
      },
      arrive() {
        jar.take(exchange.setCookies)
      },
    }
  }
  return {
    jar,
    send,
    async request(handler, init) {
      const pending = await send(init)
      const result = await handler?.(pending.session, pending.visit)
      const setCookies = await pending.finish()
      pending.arrive()
      return { result, setCookies } as Response<never>
    },
  }
}
