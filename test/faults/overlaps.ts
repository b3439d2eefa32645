import { expect } from 'vitest'
import { type Fleet, LIFETIME_MS, late, many } from './fleet.ts'

/** What has to hold when four processes change one session at once. Each proof has a fleet to itself while it runs. */
export interface Overlap {
  readonly name: string
  run(fleet: Fleet): Promise<void>
}

const WRITERS = 50
const ROUNDS = 3
/** Done, nobody any more, or lost meanwhile. */
const HONEST = [200, 401, 409]

export const OVERLAPS: readonly Overlap[] = [
  {
    name: `G2 T144 ${WRITERS} writers of their own keys keep ${WRITERS} of ${WRITERS}`,
    async run({ any, signedIn, read }) {
      const jar = await signedIn('writer')
      const replies = await many(WRITERS, (turn) =>
        any(turn).ask(turn % 3 ? '/write' : '/save', { key: `key${turn}`, value: `${turn}` }, jar.copy()),
      )
      expect(replies.map(({ status, code }) => code ?? status)).toEqual(Array(WRITERS).fill(200))
      const { data } = await read(jar)
      const wanted = Array.from({ length: WRITERS }, (_, turn) => [`key${turn}`, `${turn}`])
      expect(data).toEqual({ user: 'writer', ...Object.fromEntries(wanted) })
    },
  },
  {
    name: `G2 ${WRITERS} times session.update(key, fn) counts to ${WRITERS}`,
    async run({ any, signedIn, read }) {
      const jar = await signedIn('counter')
      const replies = await many(WRITERS, (turn) => any(turn).ask('/add', { key: 'count' }, jar.copy()))
      expect(replies.filter(({ status }) => status !== 200).map(({ code }) => code)).toEqual([])
      const counts = replies.map(({ body }) => Number(body.count)).sort((one, other) => one - other)
      expect(counts).toEqual(Array.from({ length: WRITERS }, (_, index) => index + 1))
      expect((await read(jar)).data?.count).toBe(WRITERS)
    },
  },
  {
    name: 'G1 T138 T146 a sign-out among writers is final',
    async run({ apps, any, signedIn, read, openedBy }) {
      for (let round = 0; round < ROUNDS; round++) {
        const user = `leaver-${round}`
        const jar = await signedIn(user)
        const { handle } = await read(jar)
        let signedOutAt = Number.POSITIVE_INFINITY
        const replies = await many(WRITERS / 2, async (turn) => {
          if (turn !== 8 + round) {
            return any(turn).ask(turn % 2 ? '/save' : '/add', { key: `key${turn}`, value: 'x' }, jar.copy())
          }
          const reply = await any(turn).ask('/sign-out', {}, jar.copy())
          expect(reply.status, reply.code).toBe(200)
          signedOutAt = reply.startedAt + reply.ms
          return reply
        })
        const after = await many(8, (turn) => any(turn).ask('/save', { key: 'late', value: 'x' }, jar.copy()))
        expect(after.map(({ status }) => status)).toEqual(Array(8).fill(401))
        expect(replies.filter(({ status, startedAt }) => status === 200 && startedAt > signedOutAt)).toEqual([])
        expect(replies.filter(({ status }) => !HONEST.includes(status))).toEqual([])
        expect(await openedBy([jar, ...late(jar, replies)])).toEqual([])
        for (const app of apps) {
          expect((await app.ask('/find', { handle: String(handle) })).body).toEqual({ found: false })
          expect((await app.ask('/count', { owner: user })).body).toEqual({ count: 0 })
        }
      }
    },
  },
  {
    name: 'G3 T132 T134 after a sign-in among writers the old cookie opens nothing',
    async run({ any, signedIn, read, openedBy }) {
      for (let round = 0; round < ROUNDS; round++) {
        const old = await signedIn(`guest-${round}`)
        const next = old.copy()
        const replies = await many(WRITERS / 2, async (turn) => {
          if (turn !== 5 + round) {
            return any(turn).ask(turn % 2 ? '/save' : '/write', { key: `key${turn}`, value: 'x' }, old.copy())
          }
          const reply = await any(turn).ask('/sign-in', { user: `member-${round}` }, next)
          expect(reply.status, reply.code).toBe(200)
          return reply
        })
        const others = replies.filter((_, turn) => turn !== 5 + round)
        expect(others.filter(({ status }) => !HONEST.includes(status))).toEqual([])
        expect(await openedBy([old, ...late(old, others)])).toEqual([])
        // Nothing that the guest's requests wrote is in the member's session, whenever they arrived.
        expect((await read(next)).data).toEqual({ user: `member-${round}` })
      }
    },
  },
  {
    name: 'G8 T158 a session is there at T-1, and absent at T and T+1, in every process',
    async run({ apps, signedIn, read, openedBy }) {
      const at = (now: number) => Promise.all(apps.map((app) => app.order('clock', now)))
      const start = Date.now()
      await at(start)
      const user = 'mayfly'
      const jar = await signedIn(user)
      const { handle, expiresAt } = await read(jar)
      expect(expiresAt).toBe(start + LIFETIME_MS)
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
    },
  },
]
