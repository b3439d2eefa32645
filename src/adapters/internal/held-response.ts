import type { ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import type { Readable } from 'node:stream'
import type { Answer } from '../../core/store.ts'

/** What a response waits for: one per session on it. */
export interface Holder {
  /** Commits what is due; `undefined` at once when nothing is. Called when the response begins, and again when it ends. */
  finish(): Answer<void>
  /** The commit failed before the headers left. Answers the request; nothing of the old answer is left. */
  fail(error: unknown): void
  /** Something failed when the response could not say so any more. */
  late(error: unknown): void
}

export type NodeResponse = ServerResponse | Http2ServerResponse

/**
 * `fresh`: nothing was sent. `held`: the application has begun (or ended) its answer and a commit is under way.
 * `sent`: calls go through. `failed`: the answer was dropped, an error is the answer.
 */
export type Phase = 'fresh' | 'held' | 'sent' | 'failed'

/** One call of the application that waits. `again`: changes may have been made since the last commit. */
export type Call =
  | { readonly method: 'writeHead' }
  | { readonly method: 'flushHeaders' }
  | { readonly method: 'write'; readonly args: unknown[] }
  | { readonly method: 'end'; readonly args: unknown[]; readonly again: boolean }

export interface Failure {
  readonly holder: Holder
  readonly error: unknown
}

/** The state of one response. Found under a registered symbol, so that two copies of the library share one hold. */
export interface HoldState {
  phase: Phase
  readonly holders: Holder[]
  /** Commits under way. They never reject: they answer what failed. */
  commits: Promise<Failure | undefined>[]
  /** Cookie lines that go out with the headers. */
  lines: string[]
  queue: Call[]
  /** Were the headers handed to Node? */
  gone: boolean
  /** Has the application ended a response that is held? */
  ended: boolean
  /** Was a write answered with `false` by us? */
  owesDrain: boolean
  /** What the application's first call fixed. */
  statusCode: number
  statusMessage: string | undefined
  /** Streams that were piped into the response. */
  sources: Readable[] | undefined
  /** Listeners that other middleware may have put elsewhere; see `on` in hold.ts. */
  drainListeners: Listener[] | undefined
  /** The methods as they were before us. */
  readonly writeHead: Method
  readonly flushHeaders: Method
  readonly write: Method
  readonly end: Method
  readonly on: Method | undefined
}

export type Listener = (...args: unknown[]) => void
export type Method = (...args: unknown[]) => unknown

export const HOLD = Symbol.for('holdfast.hold')

/** The members of a response that matter here, in HTTP/1 and in HTTP/2 as Node's compatibility layer shows it. */
export interface HeldResponse {
  [HOLD]: HoldState
  statusCode: number
  statusMessage: string | undefined
  headersSent: boolean
  writableEnded: boolean
  finished: boolean
  destroyed: boolean
  writeHead: Method
  flushHeaders: Method
  write: Method
  end: Method
  on: Method
  setHeader(name: string, value: unknown): unknown
  getHeader(name: string): unknown
  getHeaderNames(): string[]
  hasHeader(name: string): boolean
  removeHeader(name: string): void
  listeners(event: string): unknown[]
  once(event: string, listener: Listener): unknown
  emit(event: string, ...args: unknown[]): boolean
  destroy(error?: Error): unknown
  /** HTTP/1 only: the text of the headers once they are fixed. Everything that asks "headers sent?" asks this. */
  _header?: string | null
  /** HTTP/1 only: how much waits to be written. */
  outputSize?: number
}

export const isHttp1 = (res: HeldResponse): boolean => Object.hasOwn(res, '_header')

/**
 * Is it a response that will be sent? With their upgrade requests, WebSocket servers hand over an empty object (ws), or one
 * that has some of a response's methods and sends nothing (Engine.IO).
 */
export function isResponse(res: object): boolean {
  const { writeHead, statusCode } = res as Partial<HeldResponse>
  return typeof writeHead === 'function' && typeof statusCode === 'number'
}
