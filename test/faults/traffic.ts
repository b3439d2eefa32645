import { setTimeout as pause } from 'node:timers/promises'
import { type CookieJar, cookieJar } from '../support/cookie-jar.ts'
import type { Application, Reply } from './application.ts'
import type { Cast, Visitor } from './cast.ts'

export type Act = 'read' | 'write' | 'save' | 'sign in' | 'sign in again' | 'sign out' | 'read as nobody' | 'health'

/** What arrives while a fault is on, over and over. */
export const ROUND: readonly Act[] = [
  ...(['read', 'write', 'sign in', 'read as nobody', 'sign out', 'save'] as const),
  ...(['read', 'sign in again', 'write', 'health', 'sign out', 'read'] as const),
]

/**
 * How many store calls one request makes after another, at most: each has `storeTimeout` for itself. The last one of a
 * request whose method failed is the commit before the headers, which tries again what the method could not do.
 */
export const CALLS_IN_A_ROW: Readonly<Record<Act, number>> = {
  read: 1,
  'read as nobody': 1,
  health: 1,
  'sign in': 1,
  write: 2,
  save: 3,
  'sign out': 3,
  'sign in again': 3,
}

export interface Entry {
  readonly act: Act
  readonly reply: Reply
  /** What must not have happened, in words. Empty: all right. */
  readonly wrong: readonly string[]
}

/** A request that was to change a browser's cookie, with the cookies from before it. */
export interface Changed {
  readonly visitor: Visitor
  readonly before: CookieJar
  readonly acknowledged: boolean
  /**
   * It set a cookie all the same. That may be only when the commit before the headers could do what the method could
   * not: then the old cookie is dead, and the new one opens a session with nothing in it.
   */
  readonly replaced: boolean
}

/** Everything that happened, for those who look afterwards. */
export interface Traffic {
  readonly entries: Entry[]
  readonly arrived: Visitor[]
  readonly left: Changed[]
  readonly replaced: Changed[]
}

export interface TrafficOptions {
  readonly app: Application
  readonly cast: Cast
  /** The store loses what it has: whoever was signed in may be nobody. */
  readonly forgets: boolean
}

export function traffic({ app, cast, forgets }: TrafficOptions) {
  const seen: Traffic = { entries: [], arrived: [], left: [], replaced: [] }
  let turn = 0
  const worker = (): Visitor => cast.workers[turn % cast.workers.length] as Visitor

  const acts: Record<Act, () => Promise<{ reply: Reply; wrong?: string | false | undefined }>> = {
    async read() {
      const visitor = worker()
      const due = [...visitor.written].filter(([, at]) => at < performance.now()).map(([key]) => key)
      const reply = await app.ask('/read', {}, visitor.jar)
      return { reply, wrong: reply.status === 200 && wrongData(reply, visitor.user, due, forgets) }
    },
    write: () => write('/write'),
    save: () => write('/save'),
    async 'sign in'() {
      const visitor = { user: cast.newName(), jar: cookieJar(), written: new Map() }
      const reply = await app.ask('/sign-in', { user: visitor.user }, visitor.jar)
      if (reply.status === 200) seen.arrived.push(visitor)
      return { reply, wrong: wrongCookie(reply) }
    },
    async 'sign in again'() {
      const visitor = cast.returning.pop() as Visitor
      const before = visitor.jar.copy()
      const user = cast.newName()
      const reply = await app.ask('/sign-in', { user }, visitor.jar)
      const acknowledged = reply.status === 200
      const next = acknowledged ? { ...visitor, user, written: new Map<string, number>() } : visitor
      seen.replaced.push({ visitor: next, before, acknowledged, replaced: setsCookie(reply) })
      return { reply, wrong: acknowledged && wrongCookie(reply) }
    },
    async 'sign out'() {
      const visitor = cast.leavers.pop() as Visitor
      const before = visitor.jar.copy()
      const reply = await app.ask('/sign-out', {}, visitor.jar)
      seen.left.push({ visitor, before, acknowledged: reply.status === 200, replaced: false })
      return { reply, wrong: setsCookie(reply) && 'a sign-out set a cookie' }
    },
    async 'read as nobody'() {
      const jar = cast.dead[turn % cast.dead.length] as CookieJar
      const reply = await app.ask('/read', {}, jar.copy())
      return { reply, wrong: reply.body.data?.user !== undefined && 'a dead cookie opened a session' }
    },
    health: async () => ({ reply: await app.ask('/health') }),
  }

  const write = async (path: string) => {
    const visitor = worker()
    const key = `key${turn}`
    const reply = await app.ask(path, { key, value: 'kept' }, visitor.jar)
    if (reply.status === 200) visitor.written.set(key, performance.now())
    return { reply }
  }

  const send = async (wanted: Act): Promise<void> => {
    turn += 1
    // A fault that took longer to begin than expected meets more requests than there are visitors for.
    const exhausted =
      (wanted === 'sign out' && cast.leavers.length === 0) ||
      (wanted === 'sign in again' && cast.returning.length === 0)
    const act = exhausted ? 'read' : wanted
    const { reply, wrong } = await acts[act]()
    const all = [
      wrongStatus(act, reply, forgets),
      wrong,
      act !== 'sign in again' && reply.status !== 200 && setsCookie(reply) && 'a failure set a cookie',
    ]
    seen.entries.push({ act, reply, wrong: all.filter((each) => typeof each === 'string') })
  }

  return {
    seen,
    send,
    /** Requests at a steady rate until it is over; resolves when all are answered. */
    async steady(isOver: () => boolean, everyMs: number): Promise<void> {
      const sent: Promise<void>[] = []
      for (let next = performance.now(); !isOver(); next += everyMs) {
        await pause(Math.max(0, next - performance.now()))
        sent.push(send(ROUND[sent.length % ROUND.length] as Act))
      }
      await Promise.all(sent)
    },
  }
}

/** Only done, or unavailable with a code that says so. */
function wrongStatus(act: Act, { status, code }: Reply, forgets: boolean): string | undefined {
  if (status === 200 || (status === 401 && forgets)) return undefined
  const coded = act === 'health' || /^ERR_SESSION_(STORE|STORE_TIMEOUT|CONFLICT)$/.test(code ?? '')
  return status === 503 && coded ? undefined : `${act} was answered with ${status} ${code}`
}

/** What a visitor who is signed in reads: all that was acknowledged, and nobody else's. */
export function wrongData(reply: Reply, user: string, due: readonly string[], forgets = false): string | undefined {
  const data = reply.body.data ?? {}
  if (data.user === undefined) return forgets ? undefined : 'somebody who is signed in was nobody'
  if (data.user !== user) return 'somebody was somebody else'
  const lost = due.filter((key) => data[key] !== 'kept')
  return lost.length > 0 ? `${lost.length} acknowledged writes were not there` : undefined
}

const wrongCookie = (reply: Reply): string | undefined =>
  reply.status === 200 && !setsCookie(reply) ? 'a sign-in was acknowledged without a cookie' : undefined

/** Whether a response gives a cookie, as opposed to taking it away. */
const setsCookie = ({ setCookies }: Reply): boolean => setCookies.some((line) => !/^[^=]+=;/.test(line))
