import { session as native } from '../../../src/adapters/koa.ts'
import session, { type CreateSessionOptions } from '../../../src/compat/koa-session.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { SECRET } from '../../support/engine.ts'
import { otherStore } from '../koa-store.ts'
import type { Any } from './programs.ts'

const dropIn = (options: () => CreateSessionOptions) => (app: Any) => session(options(), app)

/** Sessions for Koa by whichever middleware: each call makes a new one. */
export const KOA_SESSIONS: Readonly<Record<string, (app: Any) => Any>> = {
  'the drop-in with cookies': dropIn(() => ({})),
  "the drop-in on another library's store": dropIn(() => ({ store: otherStore() })),
  'the drop-in on a Holdfast store': dropIn(() => ({ store: memoryStore() })),
  'the native adapter': () => native({ secrets: SECRET, logger: {} }),
}
