import { describe, expect, it } from 'vitest'
import { parseSetCookie } from '../support/cookie-jar.ts'
import { memoryStore, setup } from './setup.ts'

const MINUTE = 60_000
const DAY = 86_400_000

describe('expiry', () => {
  it('G8 T158 idle: absent at the deadline and not before, and loading does not extend it', async () => {
    const { user, clock } = await setup({ idleTimeout: '30m', touchAfter: '3m' })
    await user.request((session) => void (session.a = 1))
    const seen = async (): Promise<unknown> => (await user.request((session) => session.a)).result
    clock.advance(30 * MINUTE - 1)
    const jar = user.jar.copy()
    expect(await seen()).toBe(1)
    clock.advance(30 * MINUTE)
    expect(await seen()).toBeUndefined()
    expect(jar.header()).toBeDefined()
  })

  it('touches at most once per touchAfter, untouched requests included', async () => {
    const { user, clock, calls } = await setup({ idleTimeout: '30m', touchAfter: '5m' })
    await user.request((session) => void (session.a = 1))
    for (let minute = 0; minute < 20; minute++) {
      clock.advance(MINUTE)
      await user.request()
    }
    expect(calls.filter((call) => call.operation === 'touch')).toHaveLength(4)
  })

  it('T166 a busy session dies at the absolute limit', async () => {
    const { user, clock } = await setup({ idleTimeout: '30m', absoluteTimeout: '1d' })
    await user.request((session) => void (session.a = 1))
    const start = clock.now()
    let last = 0
    for (let i = 0; i < 100; i++) {
      clock.advance(20 * MINUTE)
      if ((await user.request((session) => session.a)).result === 1) last = clock.now() - start
    }
    expect(last).toBe(DAY - 20 * MINUTE)
  })

  it('signing in begins a new absolute lifetime; keeping the data does not', async () => {
    const { user, clock } = await setup({ idleTimeout: '12h', absoluteTimeout: '1d' })
    await user.request((session) => void (session.a = 1))
    clock.advance(DAY / 2 - 1)
    const kept = (
      await user.request(async (session) => [
        session.absoluteAt,
        await session.regenerate({ keep: true }),
        session.absoluteAt,
      ])
    ).result
    expect(kept[2]).toBe(kept[0])
    await user.request(async (session) => {
      await session.regenerate()
      session.b = 1
    })
    expect((await user.request((session) => session.absoluteAt)).result).toBe(clock.now() + DAY)
  })

  it('T169 a write after the deadline is refused and revives nothing', async () => {
    const { user, clock, sessions, events } = await setup({ idleTimeout: '30m' })
    await user.request((session) => void (session.a = 1))
    const slow = await user.send()
    clock.advance(31 * MINUTE)
    slow.session.a = 2
    expect(await slow.finish()).toEqual([])
    expect(events('lost')).toMatchObject([{ reason: 'gone' }])
    expect(await sessions.count()).toBe(0)
  })

  it('T160 T161 a clock that jumps back extends nothing beyond the absolute limit and ends nothing', async () => {
    const { user, clock } = await setup({ idleTimeout: '30m', absoluteTimeout: '1d' })
    await user.request((session) => void (session.a = 1))
    const limit = clock.now() + DAY
    clock.advance(-60 * MINUTE)
    expect((await user.request((session) => void (session.a = 2))).result).toBeUndefined()
    const { result } = await user.request((session) => [session.a, session.absoluteAt, session.expiresAt])
    expect(result).toEqual([2, limit, clock.now() + 30 * MINUTE])
  })

  it('T164 dates far ahead stay whole numbers', async () => {
    const { user, clock } = await setup({ idleTimeout: '5200w', absoluteTimeout: '5200w' })
    clock.set(Date.UTC(2106, 5, 1, 12, 0, 0, 1))
    await user.request((session) => void (session.a = 1))
    expect((await user.request((session) => session.expiresAt)).result).toBe(clock.now() + 5200 * 7 * DAY)
  })
})

describe('a lifetime of its own', () => {
  it('"remember me": longer timeouts and a cookie that stays, sent again when set', async () => {
    const { user, clock } = await setup({ idleTimeout: '30m', absoluteTimeout: '7d' })
    const first = await user.request((session) => void (session.a = 1))
    expect(parseSetCookie(first.setCookies[0] as string).attributes.has('expires')).toBe(false)
    const { setCookies } = await user.request((session) =>
      session.setLifetime({ idleTimeout: '30d', absoluteTimeout: '90d', persistent: true }),
    )
    const expires = parseSetCookie(setCookies[0] as string).attributes.get('expires')
    expect(Date.parse(expires as string)).toBe(clock.now() + 90 * DAY)
    clock.advance(29 * DAY)
    expect((await user.request((session) => session.a)).result).toBe(1)
    clock.advance(31 * DAY)
    expect((await user.request((session) => session.a)).result).toBeUndefined()
  })

  it('ends with the sign-in that clears', async () => {
    const { user, clock } = await setup({ idleTimeout: '30m' })
    await user.request((session) => {
      session.a = 1
      session.setLifetime({ idleTimeout: '6d' })
    })
    await user.request((session) => session.regenerate())
    expect((await user.request((session) => session.expiresAt)).result).toBe(clock.now() + 30 * MINUTE)
  })

  it.each([[Number.NaN], [Number.POSITIVE_INFINITY], [-1], [0], [2 ** 53], ['1e3.5m'], ['1h30'], [new Date()], [null]])(
    'T154 T156 %s is refused at the call',
    async (idleTimeout) => {
      const { user } = await setup()
      await user.request((session) => {
        expect(() => session.setLifetime({ idleTimeout: idleTimeout as number })).toThrow(
          expect.objectContaining({ code: 'ERR_SESSION_OPTION' }),
        )
      })
    },
  )

  it('an unknown part of it is refused', async () => {
    const { user } = await setup()
    await user.request((session) => expect(() => session.setLifetime({ maxAge: 1 } as never)).toThrow(/maxAge/))
  })

  it('does not create a session by itself', async () => {
    const { user, calls } = await setup()
    await user.request((session) => session.setLifetime({ idleTimeout: '1d' }))
    expect(calls).toEqual([])
  })
})

describe('renewal', () => {
  const options = { idleTimeout: '30d', absoluteTimeout: '90d', renewAfter: '1d', renewGrace: '1m' } as const

  it('a cookie is replaced when it is due, and all racers get the same one', async () => {
    const { user, clock } = await setup(options)
    await user.request((session) => void (session.a = 1))
    const id = (await user.request((session) => session.id)).result
    clock.advance(DAY)
    const racers = [await user.send(), await user.send(), await user.send()]
    const lines = await Promise.all(racers.map((request) => request.finish()))
    expect(new Set(lines.flat()).size).toBe(1)
    expect(lines.flat().length).toBeGreaterThanOrEqual(1)
    for (const request of racers) request.arrive()
    expect((await user.request((session) => [session.a, session.id])).result).toEqual([1, id])
  })

  it('the cookie before it works until its successor has been seen and the grace is over, and is answered with the successor', async () => {
    const { user, other, clock } = await setup(options)
    await user.request((session) => void (session.a = 1))
    const old = user.jar.get('holdfast.sid') as string
    const withOld = async (): Promise<unknown[]> => {
      other.jar.set('holdfast.sid', old)
      const { result, setCookies } = await other.request((session) => session.a)
      return [result, setCookies.length]
    }
    clock.advance(DAY)
    // The response with the new cookie is lost on its way.
    const lost = await user.send()
    expect(await lost.finish()).toHaveLength(1)
    clock.advance(10 * MINUTE)
    expect(await withOld()).toEqual([1, 1])
    user.jar.set('holdfast.sid', other.jar.get('holdfast.sid') as string)
    await user.request()
    clock.advance(MINUTE - 1)
    expect(await withOld()).toEqual([1, 1])
    clock.advance(1)
    expect(await withOld()).toEqual([undefined, 0])
    expect((await user.request((session) => session.a)).result).toBe(1)
  })
})

describe('a store that several engines share', () => {
  it('T162 clocks that differ: each judges by its own, and neither revives', async () => {
    const store = memoryStore()
    const [one, two] = [await setup({ store }), await setup({ store })]
    await one.user.request((session) => void (session.a = 1))
    two.clock.advance(5 * MINUTE)
    expect(await two.request(one.user.jar.header(), (session) => session.a)).toBe(1)
    // Two's request moved the deadline by two's clock.
    two.clock.advance(30 * MINUTE)
    expect(await two.request(one.user.jar.header(), (session) => session.a)).toBeUndefined()
  })
})
