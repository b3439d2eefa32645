import { expect } from 'vitest'
import type { PlaceOfStore } from '../servers/places.ts'
import { type CookieJar, cookieJar } from '../support/cookie-jar.ts'
import { type Application, application, type Reply } from './application.ts'
import { prepareStore } from './scene.ts'

/** Four processes of one application on one store. */
export interface Fleet {
  readonly apps: readonly Application[]
  /** One of the processes: the same for the same number. */
  any(turn: number): Application
  signedIn(user: string): Promise<CookieJar>
  /** What a cookie opens at one of the processes. */
  read(jar: CookieJar, turn?: number): Promise<Reply['body']>
  /** Whoever any of these cookies opens a session for, at any process. */
  openedBy(jars: readonly CookieJar[]): Promise<unknown[]>
  close(): Promise<void>
}

const PROCESSES = 4
/** The absolute deadline is the idle one, so that using a session does not move it. */
const LIFETIME = { idleTimeout: '30m', absoluteTimeout: '30m' }
/** However slow the machine is: these proofs show what is kept, not how fast. */
const PATIENT = { storeTimeout: 25_000 }

export const LIFETIME_MS = 30 * 60_000

/** Does the same so many times at once. */
export const many = <T>(count: number, each: (turn: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, turn) => each(turn)))

/** What a browser would have if the cookies of these responses arrived last. */
export const late = (jar: CookieJar, replies: readonly Reply[]): CookieJar[] =>
  replies
    .filter(({ setCookies }) => setCookies.length > 0)
    .map(({ setCookies }) => {
      const copy = jar.copy()
      copy.take(setCookies)
      return copy
    })

export async function openFleet({ store, open }: PlaceOfStore, mistake?: string): Promise<Fleet> {
  const place = await open()
  await prepareStore(store, place.address)
  const options = { ...PATIENT, ...LIFETIME, mistake }
  const apps = await many(PROCESSES, () => application(store, place.address, options))
  const any = (turn: number): Application => apps[turn % PROCESSES] as Application

  const read: Fleet['read'] = async (jar, turn = 1) => {
    const reply = await any(turn).ask('/read', {}, jar.copy())
    expect(reply.status, reply.code).toBe(200)
    return reply.body
  }
  return {
    apps,
    any,
    read,
    async signedIn(user) {
      const jar = cookieJar()
      const { status, code } = await any(0).ask('/sign-in', { user }, jar)
      expect(status, code).toBe(200)
      return jar
    },
    async openedBy(jars) {
      const users = await many(PROCESSES, (turn) =>
        Promise.all(jars.map(async (jar) => (await read(jar, turn)).data?.user)),
      )
      return users.flat().filter((user) => user !== undefined)
    },
    async close() {
      await Promise.all(apps.map((app) => app.close()))
      await place.close()
    },
  }
}
