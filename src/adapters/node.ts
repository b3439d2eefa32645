import type { Exchange, Session, SessionData, SessionOptions, Sessions } from '../index.ts'
import { enter } from './internal/entrance.ts'
import { type Framework, hostedExchange } from './internal/exchange.ts'
import { answerPlainly, warn } from './internal/failure.ts'
import type { NodeResponse } from './internal/held-response.ts'
import { sessionProperty } from './internal/property.ts'
import { isEncrypted, type NodeRequest } from './internal/request.ts'
import { toSessions } from './internal/sessions.ts'

export type { NodeRequest, NodeResponse }

export interface NodeExchangeOptions {
  /**
   * Believe `X-Forwarded-Proto`, so that a server behind a proxy that ends TLS knows that its clients are secure? Only
   * true where every request comes through a proxy that sets the header. Default false.
   */
  readonly trustProxy?: boolean | ((req: NodeRequest) => boolean) | undefined
}

export interface NodeSessionOptions extends NodeExchangeOptions {
  /** The property of the request that shows the session. Default `'session'`. Two sessions need two names. */
  readonly property?: string | undefined
}

/** A request as a wrapped handler gets it. */
export interface WithSessionOf<Data> {
  /** The session of this request. Null destroys it; an object replaces its data. */
  get session(): Session<Data>
  set session(value: Session<Data> | (Data & object) | null)
}

/** Makes a listener for `http`, `https` or `http2` servers of a handler that uses `req.session`. */
export type WithSession<Data> = <Req extends NodeRequest, Res extends NodeResponse>(
  handler: (req: Req & WithSessionOf<Data>, res: Res) => unknown,
) => (req: Req, res: Res) => void

type Trust = NodeExchangeOptions['trustProxy']

const node: Framework<Trust> = {
  secure(req, trust) {
    const trusted = typeof trust === 'function' ? trust(req) : trust === true
    return (trusted ? forwardedSecure(req) : undefined) ?? isEncrypted(req)
  },
  fail: (error, { res }) => answerPlainly(res, error),
  late: warn,
}

/**
 * `http.createServer(session({ secrets, store })((req, res) => ...))` gives the handler a `req.session`. The response
 * leaves after the session was committed. If the session cannot be read or committed, the answer is plain text: the error's
 * status (503 when the store is at fault) and its code.
 *
 * @param given the options of an engine, or an engine made by `createSessions`
 */
export function session<Data = SessionData>(
  given?: SessionOptions<Data> | Sessions<Data>,
  { trustProxy, property = 'session' }: NodeSessionOptions = {},
): WithSession<Data> {
  const sessions = toSessions(given)
  const shown = sessionProperty<Data>(property)

  return (handler) => (req, res) => {
    const exchange = hostedExchange(sessions, node, req, res, req.url, trustProxy)
    enter(exchange, shown, req, () => handler(req as typeof req & WithSessionOf<Data>, res))
  }
}

/**
 * For servers that call the engine themselves: `const visit = await sessions.open(exchange(req, res))`, the handler's work
 * on `visit.session`, then `await sessions.finish(visit)` before anything is sent.
 */
export function exchange(req: NodeRequest, res: NodeResponse, { trustProxy }: NodeExchangeOptions = {}): Exchange {
  return hostedExchange(undefined, node, req, res, req.url, trustProxy)
}

/** What the nearest client of the proxies used, as the first of them said. */
function forwardedSecure(req: NodeRequest): boolean | undefined {
  const header = req.headers['x-forwarded-proto']
  if (typeof header !== 'string') return undefined
  const [first = ''] = header.split(',', 1)
  return first.trim().toLowerCase() === 'https'
}
