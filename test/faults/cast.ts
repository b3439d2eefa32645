import { type CookieJar, cookieJar } from '../support/cookie-jar.ts'
import { type Application, patiently, type Reply } from './application.ts'

/** A browser that was signed in before a fault. */
export interface Visitor {
  readonly user: string
  readonly jar: CookieJar
  /** The keys whose writes were acknowledged, with the instant of that. */
  readonly written: Map<string, number>
}

/** Who is there when a fault begins, and who comes meanwhile. */
export interface Cast {
  /** They read and write. */
  readonly workers: readonly Visitor[]
  /** Signed in, one for each sign-out to come. */
  readonly leavers: Visitor[]
  /** Signed in, one for each sign-in to come on a session that there is. */
  readonly returning: Visitor[]
  /** Cookies that were signed out, or replaced at a sign-in, before the fault. */
  readonly dead: readonly CookieJar[]
  /** A name that no user had yet. */
  newName(): string
}

export interface CastSize {
  readonly leavers: number
  readonly returning: number
}

const WORKERS = 4

let names = 0

/** Signs everybody in. All of it has to succeed, because nothing is wrong yet. */
export async function gather(app: Application, { leavers, returning }: CastSize): Promise<Cast> {
  const newName = (): string => `user-${process.pid}-${++names}`

  const arrive = async (): Promise<Visitor> => {
    const visitor = { user: newName(), jar: cookieJar(), written: new Map() }
    await succeed(() => app.ask('/sign-in', { user: visitor.user }, visitor.jar), 'sign-in')
    await succeed(() => app.ask('/write', { key: 'first', value: 'kept' }, visitor.jar), 'write')
    visitor.written.set('first', performance.now())
    return visitor
  }
  /** A few at a time: a server that is well need not be fast. */
  const several = async (count: number): Promise<Visitor[]> => {
    const all: Visitor[] = []
    while (all.length < count) all.push(...(await Promise.all([arrive(), arrive(), arrive(), arrive()])))
    return all
  }

  const departed = async (): Promise<CookieJar> => {
    const { jar } = await arrive()
    const copy = jar.copy()
    await succeed(() => app.ask('/sign-out', {}, jar), 'sign-out')
    return copy
  }
  const replaced = async (): Promise<CookieJar> => {
    const { jar, user } = await arrive()
    const copy = jar.copy()
    await succeed(() => app.ask('/sign-in', { user }, jar), 'second sign-in')
    return copy
  }

  const dead = await Promise.all([departed(), departed(), replaced(), replaced()])
  const workers = await several(WORKERS)
  const leaving = await several(leavers)
  const coming = await several(returning)
  return { workers, leavers: leaving, returning: coming, dead, newName }
}

async function succeed(ask: () => Promise<Reply>, what: string): Promise<void> {
  const { status, code } = await patiently(ask)
  // A sign-out whose first answer came too late has nobody left to sign out.
  if (status === 401 && what === 'sign-out') return
  if (status !== 200) throw new Error(`Without any fault, a ${what} was answered with ${status} ${code}.`)
}
