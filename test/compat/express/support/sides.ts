import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import type express5 from 'express'
import type { RequestHandler } from 'express'
import type { SessionModule } from './types.ts'

const require = createRequire(import.meta.url)

// Its deprecations are compared in a test of their own.
process.env.NO_DEPRECATION = 'express-session'

export const express4 = require('express4') as typeof express5
export const cookieParser = require('cookie-parser') as (secret?: string) => RequestHandler

/** The published package. */
export const theirs = require('express-session') as SessionModule

const dropIn = new URL('../../../../src/compat/express-session.ts', import.meta.url)

/** The drop-in. */
export const ours = existsSync(dropIn) ? ((await import(dropIn.href)) as { session: SessionModule }).session : theirs
