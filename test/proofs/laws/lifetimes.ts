import type { SessionOptions } from '../../../src/index.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { type Browser, browser } from '../../support/browser.ts'
import type { CookieJar } from '../../support/cookie-jar.ts'
import { type Engine, SECRET } from '../../support/engine.ts'
import { type MovableClock, movableClock } from '../../support/movable-clock.ts'
import type { Free } from '../world/request.ts'

const IDLE = 1000
const ABSOLUTE = 2500
const RENEW = 400
const GRACE = 50
/** A long one, which no step below reaches. */
const LONG = 1_000_000

interface Scene {
  readonly user: Browser<Free>
  readonly clock: MovableClock
  /** Whether a copy of the browser's cookies opens the session now. Looks, and touches nothing. */
  opens(jar?: CookieJar): Promise<boolean>
}

/** T158 T160 T161 T162 T166: every deadline to the millisecond, by the engine's clock and no other. */
export async function lifetimeLaws(engine: Engine): Promise<void> {
  const rule = (holds: boolean, text: string): void => {
    if (!holds) throw new Error(text)
  }
  const scene = async (options: SessionOptions): Promise<Scene> => {
    const clock = movableClock()
    const common = { secrets: SECRET, store: memoryStore(), clock, sweepEvery: false, logger: {} } as const
    const sessions = engine.createSessions<Free>({ ...common, ...options })
    const user = browser(sessions, { clock })
    await user.request((session) => {
      session.n = 0
    })
    return {
      user,
      clock,
      async opens(jar = user.jar) {
        const { visit } = await browser(sessions, { clock, jar: jar.copy() }).send()
        return !visit.session.isNew
      },
    }
  }
  const write = ({ user }: Scene): Promise<{ setCookies: readonly string[] }> =>
    user.request((session) => {
      session.n = Number(session.n) + 1
    })

  const idle = await scene({ idleTimeout: IDLE, absoluteTimeout: LONG, touchAfter: 1 })
  idle.clock.advance(IDLE - 1)
  rule(await idle.opens(), 'a session ended before its idle timeout')
  await idle.user.request((session) => session.n)
  idle.clock.advance(IDLE - 1)
  rule(await idle.opens(), 'reading did not move the idle deadline')
  idle.clock.advance(1)
  rule(!(await idle.opens()), 'a session lived through its idle timeout')
  idle.clock.advance(-1)
  rule(await idle.opens(), 'a clock that went wrong for a moment ended a session')

  const absolute = await scene({ idleTimeout: IDLE, absoluteTimeout: ABSOLUTE, touchAfter: 1 })
  for (let past = 0; past < ABSOLUTE - 500; past += 500) {
    absolute.clock.advance(500)
    if (past % 1000 === 0) await write(absolute)
    else await absolute.user.request((session) => session.touch())
  }
  absolute.clock.advance(499)
  rule(await absolute.opens(), 'a session ended before its absolute timeout')
  absolute.clock.advance(1)
  rule(!(await absolute.opens()), 'a session that was used lived through its absolute timeout')

  // What is set after a regenerate() belongs to the session that comes out of it, awaited or not, new or not.
  for (const keep of [true, false]) {
    for (const isNew of [true, false]) {
      const own = await scene({ idleTimeout: IDLE, absoluteTimeout: LONG })
      if (isNew) own.clock.advance(IDLE)
      await own.user.request((session) => {
        void session.regenerate({ keep })
        session.setLifetime({ idleTimeout: 2 * IDLE })
        session.n = 1
      })
      own.clock.advance(2 * IDLE - 1)
      rule(await own.opens(), `a lifetime that was set after regenerate() was lost (${keep}, ${isNew})`)
    }
    const before = await scene({ idleTimeout: IDLE, absoluteTimeout: LONG })
    before.clock.advance(IDLE)
    await before.user.request(async (session) => {
      session.setLifetime({ idleTimeout: 2 * IDLE })
      await session.regenerate({ keep })
      session.n = 1
    })
    before.clock.advance(2 * IDLE - 1)
    rule((await before.opens()) === keep, `a lifetime that was set before regenerate() was kept or lost (${keep})`)
  }

  const rare = await scene({ idleTimeout: IDLE, absoluteTimeout: LONG, touchAfter: 500 })
  rare.clock.advance(499)
  await rare.user.request((session) => session.n)
  rare.clock.advance(501)
  rule(!(await rare.opens()), 'reading moved the deadline before touchAfter')

  const renewing = await scene({ idleTimeout: LONG, absoluteTimeout: LONG, renewAfter: RENEW, renewGrace: GRACE })
  const { user, clock } = renewing
  const jars = [user.jar.copy()]
  clock.advance(RENEW - 1)
  rule((await write(renewing)).setCookies.length === 0, 'a cookie was renewed before renewAfter')
  clock.advance(1)
  rule((await write(renewing)).setCookies.length === 1, 'a cookie was not renewed after renewAfter')
  jars.push(user.jar.copy())
  clock.advance(10 * GRACE)
  rule(await renewing.opens(jars[0]), 'the cookie before ended although the browser has not used the new one')
  rule((await write(renewing)).setCookies.length === 1, 'a renewed cookie was not renewed in its turn')
  jars.push(user.jar.copy())
  rule(!(await renewing.opens(jars[0])), 'the cookie before the last but one still opens')
  await write(renewing)
  clock.advance(GRACE - 1)
  rule(await renewing.opens(jars[1]), 'the cookie before ended within its grace')
  clock.advance(1)
  rule(!(await renewing.opens(jars[1])), 'the cookie before lived through its grace')
  rule(await renewing.opens(), 'the newest cookie does not open')
}
