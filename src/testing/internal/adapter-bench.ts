import { createSessions, type SessionOptions, type Sessions } from '../../index.ts'
import { memoryStore } from '../../stores/memory.ts'
import type { AdapterServer, AdapterSuiteOptions, ServedAdapter, SuiteData, Turn } from '../adapter-suite.ts'
import { type Browser, browser, type Transport } from './browser.ts'
import { type WatchedStore, watchedStore } from './watched-store.ts'

/** What the rules have in hand. */
export interface AdapterBench {
  readonly transport: Transport
  /** Starts a server whose route does what the rule says. One per rule; it is closed after the rule. */
  serve(handle: AdapterServer['handle'], setting?: Setting): Promise<Scene>
}

export interface Setting {
  /** Milliseconds that every store call takes. Default 0. */
  readonly latency?: number
  readonly options?: SessionOptions<SuiteData>
  /** Further sessions on the same requests: the names of their properties and cookies. */
  readonly others?: readonly string[]
  readonly onError?: AdapterServer['onError']
}

export interface Scene {
  readonly origin: string
  readonly sessions: Sessions<SuiteData>
  readonly watched: WatchedStore
  /** The store of a further session. */
  other(name: string): WatchedStore
  /** A new browser with an empty jar. */
  browser(): Browser
}

export const COOKIE = 'suite.sid'
const SECRET = 'a secret of the conformance suite, long enough for it'

export async function withAdapterBench(
  { serve, transport = 'http' }: AdapterSuiteOptions,
  check: (bench: AdapterBench) => Promise<void>,
): Promise<void> {
  const served: ServedAdapter[] = []
  const engines: Sessions<SuiteData>[] = []
  const stray = strayErrors()
  try {
    await check({
      transport,
      async serve(handle, { latency = 0, options = {}, others = [], onError } = {}) {
        const stores = new Map<string, WatchedStore>()
        const mounts = ['session', ...others].map((property) => {
          const watched = watchedStore(memoryStore(), latency)
          stores.set(property, watched)
          const { cookie, ...rest } = options
          const sessions = createSessions<SuiteData>({
            secrets: SECRET,
            store: watched.store,
            logger: {},
            ...rest,
            cookie: { name: property === 'session' ? COOKIE : property, ...cookie },
          })
          engines.push(sessions)
          return { sessions, property }
        })
        const server = await serve({ mounts, handle, onError })
        served.push(server)
        return {
          origin: server.origin,
          sessions: mounts[0]!.sessions,
          watched: stores.get('session')!,
          other: (name) => stores.get(name)!,
          browser: () => browser(server.origin, transport),
        }
      },
    })
  } finally {
    for (const server of served) await server.close()
    for (const engine of engines) await engine.close()
    stray.stop()
  }
  stray.check()
}

/** An error that nobody caught is the adapter's fault, whatever the client was answered. */
function strayErrors() {
  const errors: unknown[] = []
  const note = (error: unknown): void => {
    errors.push(error)
  }
  process.on('unhandledRejection', note)
  process.on('uncaughtExceptionMonitor', note)
  return {
    stop() {
      process.off('unhandledRejection', note)
      process.off('uncaughtExceptionMonitor', note)
    },
    check() {
      if (errors.length > 0) throw new AggregateError(errors, 'There were errors that nobody caught.')
    },
  }
}

/** A route for each path; anything else answers 404. */
export const routes =
  (table: Readonly<Record<string, AdapterServer['handle']>>): AdapterServer['handle'] =>
  (turn: Turn) => {
    const [path = '/'] = turn.target.split('?', 1)
    const handle = table[path]
    return handle ? handle(turn) : turn.answer(404, 'no such route')
  }

/** The session's data as JSON. */
export const show = (turn: Turn, property?: string): unknown =>
  turn.answer(200, JSON.stringify(turn.session(property)), { 'Content-Type': 'application/json' })

/** Signs the browser in, so that there is a session and a cookie for it. */
export const signIn = (turn: Turn): unknown => {
  turn.session().user = 'ann'
  return turn.answer(200, 'signed in')
}
