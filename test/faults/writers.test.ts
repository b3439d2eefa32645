import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PLACES, type PlaceOfStore } from '../servers/places.ts'
import { type CookieJar, cookieJar } from '../support/cookie-jar.ts'
import { type Application, application, type Reply } from './application.ts'
import { prepareStore } from './scene.ts'

/** Four processes of one application on one store, and one session that all of them change at once. */

const PROCESSES = 4
const WRITERS = 50
const ROUNDS = 3
/** The absolute deadline is the idle one, so that using a session does not move it. */
const LIFETIME = { idleTimeout: '30m', absoluteTimeout: '30m' }
/** However slow the machine is: these tests show what is kept, not how fast. */
const PATIENT = { storeTimeout: 25_000 }

describe.concurrent('four processes', () => {
  for (const place of PLACES) place.describe(place.store, () => proofs(place))
})

function proofs({ store, open }: PlaceOfStore): void {
  let apps: Application[] = []
  let close: () => Promise<void>

  beforeAll(async () => {
    const place = await open()
    close = place.close
    await prepareStore(store, place.address)
    apps = await Promise.all(
      Array.from({ length: PROCESSES }, () => application(store, place.address, { ...PATIENT, ...LIFETIME })),
    )
  })
  afterAll(async () => {
    await Promise.all(apps.map((app) => app.close()))
    await close?.()
  })

  const anyApp = (turn: number): Application => apps[turn % PROCESSES] as Application
  const many = <T>(count: number, each: (turn: number) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: count }, (_, turn) => each(turn)))

  const signedIn = async (user: string): Promise<CookieJar> => {
    const jar = cookieJar()
    const { status } = await anyApp(0).ask('/sign-in', { user }, jar)
    expect(status).toBe(200)
    return jar
  }
  const read = async (jar: CookieJar, turn = 1): Promise<Reply['body']> => {
    const reply = await anyApp(turn).ask('/read', {}, jar.copy())
    expect(reply.status, reply.code).toBe(200)
    return reply.body
  }
  /** Whoever any of these cookies opens a session for, at any process. */
  const openedBy = async (jars: readonly CookieJar[]): Promise<unknown[]> => {
    const users = await many(PROCESSES, (turn) =>
      Promise.all(jars.map(async (jar) => (await read(jar, turn)).data?.user)),
    )
    return users.flat().filter((user) => user !== undefined)
  }
  /** What the browser would have if a late response's cookies arrived last. */
  const late = (jar: CookieJar, replies: readonly Reply[]): CookieJar[] =>
    replies
      .filter(({ setCookies }) => setCookies.length > 0)
      .map(({ setCookies }) => {
        const copy = jar.copy()
        copy.take(setCookies)
        return copy
      })

  test.sequential(`G2 T144 ${WRITERS} writers of their own keys keep ${WRITERS} of ${WRITERS}`, async () => {
    const jar = await signedIn('writer')
    const replies = await many(WRITERS, (turn) =>
      anyApp(turn).ask(turn % 3 ? '/write' : '/save', { key: `key${turn}`, value: `${turn}` }, jar.copy()),
    )
    expect(replies.map(({ status, code }) => code ?? status)).toEqual(Array(WRITERS).fill(200))
    const { data } = await read(jar)
    const wanted = Array.from({ length: WRITERS }, (_, turn) => [`key${turn}`, `${turn}`])
    expect(data).toEqual({ user: 'writer', ...Object.fromEntries(wanted) })
  })

  test.sequential(`G2 ${WRITERS} times session.update(key, fn) counts to ${WRITERS}`, async () => {
    const jar = await signedIn('counter')
    const replies = await many(WRITERS, (turn) => anyApp(turn).ask('/add', { key: 'count' }, jar.copy()))
    const counts = replies.map(({ body }) => Number(body.count)).sort((one, other) => one - other)
    expect(counts).toEqual(Array.from({ length: WRITERS }, (_, index) => index + 1))
    expect((await read(jar)).data?.count).toBe(WRITERS)
  })

  test.sequential('G1 T138 T146 a sign-out among writers is final', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const user = `leaver-${round}`
      const jar = await signedIn(user)
      const { handle } = await read(jar)
      let signedOutAt = Number.POSITIVE_INFINITY
      const replies = await many(WRITERS / 2, async (turn) => {
        if (turn !== 8 + round) {
          return anyApp(turn).ask(turn % 2 ? '/save' : '/add', { key: `key${turn}`, value: 'x' }, jar.copy())
        }
        const reply = await anyApp(turn).ask('/sign-out', {}, jar.copy())
        expect(reply.status, reply.code).toBe(200)
        signedOutAt = reply.startedAt + reply.ms
        return reply
      })
      const after = await many(8, (turn) => anyApp(turn).ask('/save', { key: 'late', value: 'x' }, jar.copy()))
      expect(after.map(({ status }) => status)).toEqual(Array(8).fill(401))
      expect(replies.filter(({ status, startedAt }) => status === 200 && startedAt > signedOutAt)).toEqual([])
      expect(replies.filter(({ status }) => ![200, 401, 409].includes(status))).toEqual([])
      expect(await openedBy([jar, ...late(jar, replies)])).toEqual([])
      for (const app of apps) {
        expect((await app.ask('/find', { handle: String(handle) })).body).toEqual({ found: false })
        expect((await app.ask('/count', { owner: user })).body).toEqual({ count: 0 })
      }
    }
  })

  test.sequential('G3 T132 T134 after a sign-in among writers the old cookie opens nothing', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const old = await signedIn(`guest-${round}`)
      const next = old.copy()
      const replies = await many(WRITERS / 2, async (turn) => {
        if (turn !== 5 + round) {
          return anyApp(turn).ask(turn % 2 ? '/save' : '/write', { key: `key${turn}`, value: 'x' }, old.copy())
        }
        const reply = await anyApp(turn).ask('/sign-in', { user: `member-${round}` }, next)
        expect(reply.status, reply.code).toBe(200)
        return reply
      })
      const others = replies.filter((_, turn) => turn !== 5 + round)
      expect(others.filter(({ status }) => ![200, 401, 409].includes(status))).toEqual([])
      expect(await openedBy([old, ...late(old, others)])).toEqual([])
      // Nothing that the guest's requests wrote is in the member's session, whenever they arrived.
      expect((await read(next)).data).toEqual({ user: `member-${round}` })
    }
  })

  test.sequential('G8 T158 a session is there at T-1, and absent at T and T+1, in every process', async () => {
    const at = (now: number) => Promise.all(apps.map((app) => app.order('clock', now)))
    const start = Date.now()
    await at(start)
    const user = 'mayfly'
    const jar = await signedIn(user)
    const { handle, expiresAt } = await read(jar)
    expect(expiresAt).toBe(start + 30 * 60_000)
    const deadline = expiresAt as number
    for (const [now, there] of [
      [deadline - 1, true],
      [deadline, false],
      [deadline + 1, false],
    ] as const) {
      await at(now)
      for (const app of apps) {
        const { body } = await app.ask('/read', {}, jar.copy())
        expect(body.data?.user, `at T${now - deadline}`).toBe(there ? user : undefined)
        expect((await app.ask('/find', { handle: String(handle) })).body).toEqual({ found: there })
        expect((await app.ask('/count', { owner: user })).body).toEqual({ count: there ? 1 : 0 })
        expect((await app.ask('/list', { owner: user })).body).toEqual({ handles: there ? [handle] : [] })
        const { status } = await app.ask('/save', { key: 'late', value: 'x' }, jar.copy())
        expect(status).toBe(there ? 200 : 401)
      }
    }
    expect(await openedBy([jar])).toEqual([])
  })
}
