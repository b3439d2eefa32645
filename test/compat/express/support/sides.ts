import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { SessionModule } from './types.ts'

const require = createRequire(import.meta.url)

/** The published package. */
export const theirs = require('express-session') as SessionModule

const dropIn = new URL('../../../../src/compat/express-session.ts', import.meta.url)

/** The drop-in. */
export const ours = existsSync(dropIn) ? ((await import(dropIn.href)) as { session: SessionModule }).session : theirs
