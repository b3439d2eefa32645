import type { Exchange } from '../../core/exchange.ts'
import type { Answer } from '../../core/store.ts'
import type { Sessions, Visit } from '../../index.ts'
import type { Holder, NodeResponse } from './held-response.ts'
import { addCookie, headersGone } from './hold.ts'
import { type NodeRequest, pathOf } from './request.ts'

/** What an adapter knows of its framework. `host` is what the framework gives with a request: `ctx`, `next` ... */
export interface Framework<Host> {
  secure(req: NodeRequest, host: Host): boolean
  /** Gives an error to the framework's error handling, before the headers have left. */
  fail(error: unknown, request: Hosted<Host>): void
  /** Tells whoever listens, after the headers have left. */
  late(error: unknown, host: Host): void
}

/** A request and response of a framework. */
export interface Hosted<Host> {
  readonly req: NodeRequest
  readonly res: NodeResponse
  readonly host: Host
}

/** One request in an adapter: the exchange that the engine reads, and the holder that the response waits for. */
export interface HostedExchange<Data, Host, Engine = Sessions<Data> | undefined>
  extends Exchange,
    Holder,
    Hosted<Host> {
  readonly framework: Framework<Host>
  readonly sessions: Engine
  /** Absent until the session was found, and when there is nothing to commit any more. */
  visit: Visit<Data> | undefined
}

export function hostedExchange<Data, Host, Engine extends Sessions<Data> | undefined>(
  sessions: Engine,
  framework: Framework<Host>,
  req: NodeRequest,
  res: NodeResponse,
  target: string | undefined,
  host: Host,
): HostedExchange<Data, Host, Engine> {
  return {
    cookieHeader: req.headers.cookie,
    path: pathOf(target),
    req,
    res,
    host,
    framework,
    sessions,
    visit: undefined,
    // Functions that all exchanges share.
    secure,
    headersSent,
    setCookie,
    finish,
    fail,
    late,
  }
}

type AnyExchange = HostedExchange<unknown, unknown>

function secure(this: AnyExchange): boolean {
  return this.framework.secure(this.req, this.host)
}

function headersSent(this: AnyExchange): boolean {
  return headersGone(this.res)
}

function setCookie(this: AnyExchange, line: string): void {
  addCookie(this.res, line)
}

function finish(this: AnyExchange): Answer<void> {
  return this.visit && this.sessions?.finish(this.visit)
}

function fail(this: AnyExchange, error: unknown): void {
  this.framework.fail(error, this)
}

function late(this: AnyExchange, error: unknown): void {
  this.framework.late(error, this.host)
}
