import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Scenario } from '../../harness/scenario.ts'

/** As much of the module's shape as the scenarios touch, so that both sides have one type. */
export interface SessionModule {
  (options?: object): Middleware
  readonly Store: { new (): TestStore; call(self: unknown): void; prototype: object }
  readonly MemoryStore: new () => TestStore
  readonly Cookie: new (options?: unknown) => TestCookie
  readonly Session: new (req: unknown, data?: unknown) => TestSession
}

export type Middleware = (req: IncomingMessage, res: ServerResponse, next: Done) => void
export type Done = (error?: unknown, value?: unknown) => void

export interface TestCookie {
  expires: unknown
  maxAge: unknown
  originalMaxAge: unknown
  readonly data: Record<string, unknown>
  serialize(name: string, value: string): string
  toJSON(): unknown
  [key: string]: unknown
}

export interface TestSession {
  readonly id: string
  readonly req: unknown
  cookie: TestCookie
  save(done?: Done): TestSession
  reload(done?: Done): TestSession
  destroy(done?: Done): TestSession
  regenerate(done?: Done): TestSession
  touch(): TestSession
  resetMaxAge(): TestSession
  [key: string]: unknown
}

export interface TestStore extends EventEmitter {
  sessions: Record<string, string>
  get(id: string, done: Done): unknown
  set(id: string, session: unknown, done?: Done): unknown
  destroy(id: string, done?: Done): unknown
  touch(id: string, session: unknown, done?: Done): unknown
  all(done?: Done): unknown
  length(done: Done): unknown
  clear(done?: Done): unknown
  load(id: string, done: Done): unknown
  regenerate(req: unknown, done: Done): unknown
  generate(req: unknown): unknown
  createSession(req: unknown, stored: unknown): TestSession
}

export type Req = IncomingMessage & {
  session: TestSession
  sessionID: string
  sessionStore: TestStore
  secure?: boolean
  secret?: string
  originalUrl?: string
  cookies?: unknown
  signedCookies?: unknown
}

export type ExpressScenario = Scenario<SessionModule>
