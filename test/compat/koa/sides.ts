import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import Koa3 from 'koa'
import original from 'koa-session'
import dropIn from '../../../src/compat/koa-session.ts'

/** What a handler sees. The session is as untyped as the published package has it. */
export interface Ctx {
  // biome-ignore lint/suspicious/noExplicitAny: the contract under test has no type for it
  session: any
  readonly sessionOptions: Record<string, unknown>
  readonly app: App
  readonly method: string
  readonly path: string
  readonly query: Record<string, string>
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly state: Record<string, unknown>
  readonly cookies: {
    get(name: string, options?: object): string | undefined
    set(name: string, value?: string | null, options?: object): unknown
  }
  status: number
  body: unknown
  respond: boolean
  get(header: string): string
  set(header: string, value: string): void
  throw(status: number, message?: string): never
}

export type Middleware = (ctx: Ctx, next: () => Promise<unknown>) => unknown

export interface App {
  readonly context: object
  keys: unknown
  proxy: boolean
  silent: boolean
  use(middleware: Middleware): App
  callback(): (req: IncomingMessage, res: ServerResponse) => unknown
  on(event: string, listener: (...args: never[]) => void): App
}

/** Loose on purpose: what is handed over wrongly is a part of the contract. */
export type SessionFactory = (first?: unknown, second?: unknown) => Middleware

type KoaClass = new () => App
export const koa3 = Koa3 as unknown as KoaClass
export const koa2 = createRequire(import.meta.url)('koa2') as KoaClass

/** An implementation, on a version of Koa. */
export interface Side {
  readonly session: SessionFactory
  /** Another implementation that answers every second request, as in a fleet that is half old and half new. */
  readonly partner?: SessionFactory
  /** Makes what takes the place of the recording store in the options. */
  readonly store?: () => object
  readonly Koa: KoaClass
}

export const sidesOn = (Koa: KoaClass): { theirs: Side; ours: Side } => ({
  theirs: { Koa, session: original as unknown as SessionFactory },
  ours: { Koa, session: dropIn as unknown as SessionFactory },
})
