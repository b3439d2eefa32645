import { describe, expect, it } from 'vitest'
import { SECRET } from '../support/engine.ts'
import { memoryStore, setup } from './setup.ts'

describe('what names a session', () => {
  it('T042 T046 T060 only a key that we made and signed reaches the store, and it is plain text of one shape', async () => {
    const { user, request, calls } = await setup()
    await user.request((session) => void (session.a = 1))
    await user.request((session) => session.a)
    for (const evil of ['../../etc/passwd', '{tag}', '*', '__proto__', 'a'.repeat(300)]) {
      await request(`holdfast.sid=${evil}.${'B'.repeat(22)}.0.${'C'.repeat(43)}`, (session) => session.a)
    }
    expect(calls).toHaveLength(2)
    for (const { key } of calls) expect(key).toMatch(/^[\w-]{22}$/)
  })

  it('T065 lists and events name sessions by handles, of which no cookie can be made even with the secret', async () => {
    const { user, sessions, request } = await setup()
    await user.request((session) => void (session.a = 1))
    const [listed] = (await sessions.list()).sessions
    const detail = await sessions.find(listed?.handle as string)
    const { nativeToken } = await import('../../src/core/token.ts')
    const scheme = nativeToken([SECRET], 'holdfast.sid')
    const { proof } = scheme.issue()
    // Whoever has the store and the secret still lacks the nonce, whose hash is all there is.
    const guess = scheme.write({ handle: detail?.handle as string, nonce: proof, renewal: 0, proof, signedBy: 0 })
    expect(await request(`holdfast.sid=${guess}`, (session) => session.isNew)).toBe(true)
    expect(JSON.stringify([listed, detail])).not.toContain((user.jar.get('holdfast.sid') as string).split('.')[1])
  })

  it('T045 T297 a flood of forged cookies makes no store call and keeps nothing', async () => {
    const { request, calls, events, sessions } = await setup()
    for (let n = 0; n < 10_000; n++)
      await request(`holdfast.sid=${String(n).padStart(22, 'A')}.${'B'.repeat(22)}.0.${'C'.repeat(43)}`, () => 0)
    expect(calls).toHaveLength(0)
    expect(events('refused')).toHaveLength(10_000)
    expect(await sessions.count()).toBe(0)
  })

  it('T142 the index follows the data: another owner, nobody, and an end', async () => {
    const { user, sessions } = await setup({ owner: (data) => data.user as string })
    const counts = async (): Promise<number[]> => [
      await sessions.count({ owner: 'ada' }),
      await sessions.count({ owner: 'bob' }),
    ]
    await user.request((session) => void (session.user = 'ada'))
    expect(await counts()).toEqual([1, 0])
    await user.request((session) => void (session.user = 'bob'))
    expect(await counts()).toEqual([0, 1])
    await user.request((session) => void delete session.user)
    expect(await counts()).toEqual([0, 0])
    await user.request((session) => void (session.user = 42))
    expect(await sessions.count({ owner: 42 })).toBe(1)
    await user.request((session) => session.destroy())
    expect(await sessions.count()).toBe(0)
  })

  it.each([[''], ['x'.repeat(256)], [{}], [true]])(
    'an owner that answers %j is an error that names the option',
    async (owner) => {
      const { user, calls } = await setup({ owner: () => owner as never })
      await expect(user.request((session) => void (session.a = 1))).rejects.toMatchObject({ option: 'owner' })
      expect(calls).toEqual([])
    },
  )

  it('T188 a listener or a logger that throws does not touch the request', async () => {
    const thrown: unknown[] = []
    const keep = (error: unknown): void => void thrown.push(error)
    const before = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', keep)
    try {
      const { user, sessions } = await setup()
      sessions.on('created', () => {
        throw new Error('a fault of the listener')
      })
      await user.request((session) => void (session.a = 1))
      expect((await user.request((session) => session.a)).result).toBe(1)
      await new Promise((resolve) => setImmediate(resolve))
      expect(thrown).toMatchObject([{ message: 'a fault of the listener' }])
    } finally {
      process.off('uncaughtException', keep)
      for (const listener of before) process.on('uncaughtException', listener)
    }
  })

  it('a listener hears what it asked for, until it is stopped; the diagnostics channel hears all', async () => {
    const { subscribe, unsubscribe } = await import('node:diagnostics_channel')
    const heard: string[] = []
    const channel = (event: unknown): void => void heard.push(`channel ${(event as { type: string }).type}`)
    subscribe('holdfast:session', channel)
    const { user, sessions } = await setup({ store: memoryStore() })
    const stop = sessions.on('created', ({ type }) => void heard.push(type))
    await user.request((session) => void (session.a = 1))
    stop()
    await user.request((session) => session.destroy())
    await user.request((session) => void (session.a = 1))
    unsubscribe('holdfast:session', channel)
    expect(heard).toEqual(['channel created', 'created', 'channel destroyed', 'channel created'])
  })

  it('sweep() removes what has expired, in steps', async () => {
    const { user, other, sessions, clock } = await setup({ idleTimeout: '30m' })
    await user.request((session) => void (session.a = 1))
    clock.advance(20 * 60_000)
    await other.request((session) => void (session.a = 1))
    clock.advance(15 * 60_000)
    expect(await sessions.sweep()).toBe(1)
    expect(await sessions.count()).toBe(1)
  })
})
