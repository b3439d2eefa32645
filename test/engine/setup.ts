import { createSessions, type Session, type SessionEvent, type SessionOptions, type Visit } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { type Browser, browser } from '../support/browser.ts'
import { SECRET } from '../support/engine.ts'
import { type ExchangeInit, memoryExchange } from '../support/memory-exchange.ts'
import { type MovableClock, movableClock } from '../support/movable-clock.ts'
import { recordingStore, type StoreRequest } from '../support/wrapped-store.ts'

export { createSessions, memoryStore }

/** What the tests of the engine keep in their sessions: whatever they like. */
export type Data = Record<string, unknown>
type Handler<T> = (session: Session<Data>, visit: Visit<Data>) => T

export interface Setup {
  readonly sessions: ReturnType<typeof createSessions<Data>>
  readonly clock: MovableClock
  readonly user: Browser<Data>
  readonly other: Browser<Data>
  readonly secret: string
  /** Every store call that the engine made. */
  readonly calls: readonly StoreRequest[]
  /** One request with a header that no jar would send. Answers what the handler answers. */
  readonly request: Request
  /** What was told so far, of one type. */
  events<Type extends SessionEvent['type']>(type: Type): readonly Extract<SessionEvent, { type: Type }>[]
}

export interface Request {
  <T>(header: unknown, handler: Handler<T>, init?: ExchangeInit): Promise<Awaited<T>>
  full<T>(
    header: unknown,
    handler: Handler<T>,
  ): Promise<{ result: Awaited<T>; views: Awaited<T>; setCookies: readonly string[] }>
}

/** An engine on a recorded memory store and a clock that stands still, and two browsers. */
export async function setup(options: Partial<SessionOptions<Data>> = {}): Promise<Setup> {
  const clock = movableClock()
  const told: SessionEvent[] = []
  const { store, calls } = recordingStore(options.store ?? memoryStore())
  const sessions = createSessions<Data>({ secrets: SECRET, clock, sweepEvery: false, logger: {}, ...options, store })
  sessions.on('*', (event) => void told.push(event))

  const full: Request['full'] = async (cookieHeader, handler) => {
    const exchange = memoryExchange({ cookieHeader })
    const visit = await sessions.open(exchange)
    const result = await handler(visit.session, visit)
    await sessions.finish(visit)
    return { result, views: result, setCookies: exchange.setCookies }
  }
  const request: Request = Object.assign(
    async <T>(cookieHeader: unknown, handler: Handler<T>, init?: ExchangeInit): Promise<Awaited<T>> => {
      const visit = await sessions.open(memoryExchange({ cookieHeader, ...init }))
      const result: Awaited<T> = await handler(visit.session, visit)
      await sessions.finish(visit)
      return result
    },
    { full },
  )
  return {
    sessions,
    clock,
    calls,
    request,
    secret: SECRET,
    user: browser(sessions, { clock }),
    other: browser(sessions, { clock }),
    events: (type) => told.filter((event) => event.type === type) as never,
  }
}
