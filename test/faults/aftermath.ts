import { setTimeout as pause } from 'node:timers/promises'
import { cookieJar } from '../support/cookie-jar.ts'
import { type Application, isCrowded, patiently, type Reply } from './application.ts'
import type { Cast, Visitor } from './cast.ts'
import { type Changed, type Traffic, wrongData } from './traffic.ts'

/** What has to hold again, and still, after a fault. */

const POLL_MS = 100
/** So many good answers in a row are a recovery; one alone may be a connection that had luck. */
const IN_A_ROW = 4
const GIVE_UP_MS = 7000
const MOST_MS = 60_000
const SLOW_MS = 200
const AT_ONCE = 4

export interface Recovery {
  /** From the server's return to the first of several good answers in a row. Infinite: it never worked again. */
  readonly ms: number
  /** How much of that was spent on requests that failed while everybody on this machine waited for a processor. */
  readonly crowdedMs: number
}

/** Polls until everything works. */
export async function recovery(app: Application, cast: Cast, since: number): Promise<Recovery> {
  let good = 0
  let first = 0
  let crowdedMs = 0
  const elapsed = (): number => performance.now() - since
  while (elapsed() - crowdedMs < GIVE_UP_MS && elapsed() < MOST_MS) {
    const at = elapsed()
    const failure = await visit(app, cast.newName())
    if (failure) good = 0
    else if (good++ === 0) first = at
    if (good === IN_A_ROW) return { ms: first, crowdedMs }
    await pause(Math.max(0, at + POLL_MS - elapsed()))
    // What fails at once does not fail for want of a processor.
    if (failure && failure.ms > SLOW_MS && isCrowded(failure)) crowdedMs += elapsed() - at
  }
  return { ms: Number.POSITIVE_INFINITY, crowdedMs }
}

/** A whole visit: sign in, write, read it, sign out. Answers what went wrong, if anything. */
async function visit(app: Application, user: string): Promise<Reply | undefined> {
  const jar = cookieJar()
  for (const [path, query] of [
    ['/sign-in', { user }],
    ['/write', { key: 'polled', value: 'kept' }],
    ['/read', {}],
    ['/sign-out', {}],
  ] as const) {
    const reply = await app.ask(path, query, jar)
    if (reply.status !== 200 || (path === '/read' && reply.body.data?.polled !== 'kept')) return reply
  }
  return undefined
}

export interface Aftermath {
  /** Keys that were acknowledged before or during the fault. */
  readonly acknowledgedWrites: number
  /** Sign-outs and replacements that were acknowledged, before or during the fault. */
  readonly ended: number
  readonly signedIn: number
  readonly wrong: readonly string[]
}

/** Whether everything that was acknowledged is so. */
export async function aftermath(app: Application, cast: Cast, seen: Traffic, forgets: boolean): Promise<Aftermath> {
  const wrong: string[] = []
  const check = async (problem: Promise<string | undefined>): Promise<void> => {
    const found = await problem
    if (found) wrong.push(found)
  }

  const ask = (path: string, jar: Changed['before']): Promise<Reply> => patiently(() => app.ask(path, {}, jar.copy()))

  const stays = async (visitor: Visitor, who: string): Promise<string | undefined> => {
    const reply = await ask('/read', visitor.jar)
    if (reply.status !== 200) return `after the fault, a read was answered with ${reply.status} ${reply.code}`
    const problem = wrongData(reply, visitor.user, [...visitor.written.keys()], forgets)
    return problem && `after the fault, ${who}: ${problem}`
  }
  const isNobody = async (jar: Changed['before'], who: string): Promise<string | undefined> => {
    const reply = await ask('/read', jar)
    if (reply.status !== 200) return `after the fault, a read was answered with ${reply.status} ${reply.code}`
    return reply.body.data?.user === undefined ? undefined : `after the fault, the cookie of ${who} still works`
  }
  const leavesAgain = async (before: Changed['before']): Promise<string | undefined> => {
    const { status, code } = await ask('/sign-out', before)
    if (status !== 200 && status !== 401) return `after the fault, a sign-out was answered with ${status} ${code}`
    return isNobody(before, 'a session that was signed out twice')
  }
  /** The replacement that failed may have happened, but nobody else may be there. */
  const mayStay = async ({ before, visitor }: Changed): Promise<string | undefined> => {
    const { body } = await ask('/read', before)
    const user = body.data?.user
    return user === undefined || user === visitor.user ? undefined : 'after the fault, a cookie opens another session'
  }

  const left = seen.left.filter(({ acknowledged }) => acknowledged)
  const replaced = seen.replaced.filter(({ acknowledged }) => acknowledged)
  const checks: (() => Promise<string | undefined>)[] = []
  for (const visitor of cast.workers) checks.push(() => stays(visitor, 'a session that was there before'))
  for (const visitor of seen.arrived) checks.push(() => stays(visitor, 'a sign-in during the fault'))
  for (const { visitor, before } of replaced) {
    checks.push(() => stays(visitor, 'a second sign-in during the fault'))
    checks.push(() => isNobody(before, 'a session before its second sign-in'))
  }
  for (const { before } of left) checks.push(() => isNobody(before, 'a session that was signed out during the fault'))
  for (const jar of cast.dead) checks.push(() => isNobody(jar, 'a session that ended before the fault'))
  for (const { before, acknowledged } of seen.left) if (!acknowledged) checks.push(() => leavesAgain(before))
  for (const changed of seen.replaced) {
    if (changed.acknowledged) continue
    checks.push(() => mayStay(changed))
    if (changed.replaced) checks.push(() => isNobody(changed.visitor.jar, 'a sign-in that failed'))
  }
  // A few at a time: a server that is well need not be fast.
  for (let from = 0; from < checks.length; from += AT_ONCE)
    await Promise.all(checks.slice(from, from + AT_ONCE).map((run) => check(run())))
  return {
    acknowledgedWrites: cast.workers.reduce((sum, { written }) => sum + written.size, 0),
    ended: cast.dead.length + left.length + replaced.length,
    signedIn: seen.arrived.length + replaced.length,
    wrong,
  }
}
