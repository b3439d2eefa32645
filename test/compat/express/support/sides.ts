import { existsSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type express5 from 'express'
import type { RequestHandler } from 'express'
import type { SessionModule, TestStore } from './types.ts'

const require = createRequire(import.meta.url)

// Its deprecations are compared in a test of their own.
process.env.NO_DEPRECATION = 'express-session'

export const express4 = require('express4') as typeof express5
export const cookieParser = require('cookie-parser') as (secret?: string) => RequestHandler

interface Passport {
  use(strategy: unknown): void
  serializeUser(act: (user: { id: string }, done: (error: unknown, id: string) => void) => void): void
  deserializeUser(act: (id: string, done: (error: unknown, user: { id: string }) => void) => void): void
  initialize(): RequestHandler
  session(): RequestHandler
  authenticate(strategy: string, options: object): RequestHandler
}
type Verify = (name: string, password: string, done: (error: unknown, user: unknown) => void) => void

/** What applications put around their sessions. */
export const packages = {
  memorystore: require('memorystore') as (session: SessionModule) => new (options: object) => TestStore,
  Passport: require('passport').Passport as new () => Passport,
  Strategy: require('passport-local').Strategy as new (verify: Verify) => object,
  flash: require('connect-flash') as () => RequestHandler,
  onHeaders: require('on-headers') as (res: ServerResponse, listener: (this: ServerResponse) => void) => void,
  compression: require('compression') as (options: object) => RequestHandler,
}

/** The published package. */
export const theirs = require('express-session') as SessionModule

const dropIn = new URL('../../../../src/compat/express-session.ts', import.meta.url)

/** The drop-in. */
export const ours = existsSync(dropIn) ? ((await import(dropIn.href)) as { session: SessionModule }).session : theirs
