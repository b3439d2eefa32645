import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createSessions, memoryStore, setup } from './setup.ts'

const forged = (value: string): string => `holdfast.sid=${value}`

describe('a cookie header from the network', () => {
  it('T001 uses the one cookie of several that verifies', async () => {
    const { user, sessions, request } = await setup()
    await user.request((session) => void (session.views = 1))
    const good = user.jar.header() as string
    const seen = await request(`${forged('x.y.0.z')}; ${good}; ${forged('')}`, (session) => session.views)
    expect(seen).toBe(1)
    await sessions.close()
  })

  it('T002 trusts none of two live sessions, says so, and gives the browser no cookie', async () => {
    const { user, other, request, events } = await setup()
    await user.request((session) => void (session.views = 1))
    await other.request((session) => void (session.views = 2))
    const both = `${user.jar.header()}; ${other.jar.header()}`
    const { views, setCookies } = await request.full(both, (session) => {
      const { views } = session
      session.views = 9
      return views
    })
    expect(views).toBeUndefined()
    expect(setCookies).toEqual([])
    expect(events('ambiguous')).toHaveLength(1)
    expect(events('not-created')).toMatchObject([{ reason: 'ambiguous' }])
  })

  it('T002 drops a dead session among two and uses the live one', async () => {
    const { user, other, request } = await setup()
    await user.request((session) => void (session.views = 1))
    await other.request((session) => void (session.views = 2))
    const both = `${user.jar.header()}; ${other.jar.header()}`
    await user.request((session) => session.destroy())
    expect(await request(both, (session) => session.views)).toBe(2)
  })

  it.each([
    ['T004 only separators', ';'.repeat(16_000)],
    ['T004 only spaces', ' '.repeat(16_000)],
    ['T004 only quotes', '"'.repeat(16_000)],
    ['T004 only percent signs', '%25'.repeat(5_000)],
    ['T004 our name over and over', 'holdfast.sid='.repeat(1_000)],
    ['T005 empty', 'holdfast.sid='],
    ['T005 no equals sign', 'holdfast.sid'],
    ['T005 nameless', '=holdfast.sid'],
    ['T006 the nameless trick', '=holdfast.sid=evil'],
    ['T012 nested percent', forged('%25'.repeat(4_000))],
    ['T013 bytes beyond ASCII', forged('\u00ff\u0080abc.\u00e9.0.\u00e8')],
    ['T013 beyond Latin-1', forged(`a.b.0.${'\u0141'.repeat(43)}`)],
    ['T014 a NUL', forged('abc%00def\u0000')],
    ['T016 chunks', 'holdfast.sid=__chunked__999999; holdfast.sid.0=a; holdfast.sid.99999=b'],
    ['T025 a random id', forged(`${'A'.repeat(22)}.${'B'.repeat(22)}.0.${'C'.repeat(43)}`)],
    ['T030 unsigned', forged(`${'A'.repeat(22)}.${'B'.repeat(22)}.0`)],
    ['T030 of another library', forged('s%3Aabc.D8Y%2BpkTAmeR0PobOhY4G97PRW%2Bj7bUnP%2F5m6%2FOn1MCU')],
    ['T030 JSON', forged('j:{"id":1}')],
    ['a prototype key', forged('__proto__.constructor.0.toString')],
  ])('%s: no session, no store call, no failure', async (_, header) => {
    const { request, calls } = await setup()
    const seen = await request(header, (session) => ({ data: { ...session }, isNew: session.isNew }))
    expect(seen).toEqual({ data: {}, isNew: true })
    expect(calls).toEqual([])
  })

  it.each([[undefined], [null], [''], [['holdfast.sid=a']], [42], [{}]])(
    'T022 a header that is %j is no cookie',
    async (header) => {
      const { request } = await setup()
      expect(await request(header, (session) => session.isNew)).toBe(true)
    },
  )

  it('T008 T009 T010 matches the exact name, and a semicolon always ends a value', async () => {
    const { user, request, calls } = await setup()
    await user.request((session) => void (session.views = 7))
    const value = user.jar.get('holdfast.sid') as string
    const count = calls.length
    for (const header of [
      `HOLDFAST.SID=${value}`,
      `xholdfast.sid=${value}`,
      `a="b=holdfast.sid=${value}`,
      `holdfastxsid=${value}`,
    ]) {
      expect(await request(header, (session) => session.views)).toBeUndefined()
    }
    expect(calls.length).toBe(count)
    expect(await request(`lang="b; holdfast.sid=1337; c=d"; holdfast.sid=${value}`, (session) => session.views)).toBe(7)
    expect(await request(`holdfast.sid="${value}"`, (session) => session.views)).toBe(7)
    expect(await request(`a=b;holdfast.sid=${value}`, (session) => session.views)).toBe(7)
    expect(await request(`a=b; holdfast.sid = ${value}`, (session) => session.views)).toBeUndefined()
  })

  it('T021 a name with characters that mean something in patterns is matched literally', async () => {
    const { user, request } = await setup({ cookie: { name: 's.i+d*' } })
    await user.request((session) => void (session.views = 1))
    const value = user.jar.get('s.i+d*')
    expect(await request(`s.i+d*=${value}`, (session) => session.views)).toBe(1)
    expect(await request(`sxi+d*=${value}`, (session) => session.views)).toBeUndefined()
  })

  it('T024 has no session outside the cookie path, compared segment by segment', async () => {
    const { user, sessions } = await setup({ cookie: { path: '/app' } })
    await user.request((session) => void (session.views = 1), { path: '/app' })
    const views = async (path: string): Promise<unknown> =>
      (await user.request((session) => session.views, { path })).result
    expect(await views('/app')).toBe(1)
    expect(await views('/app/x')).toBe(1)
    expect(await views('/apple')).toBeUndefined()
    expect(await views('/')).toBeUndefined()
    expect(await views('*')).toBeUndefined()
    await sessions.close()
  })

  it('T026 refuses every truncation and extension of the MAC', async () => {
    const { user, request, calls } = await setup()
    await user.request((session) => void (session.views = 1))
    const value = user.jar.get('holdfast.sid') as string
    const count = calls.length
    for (const cut of [1, 2, 10, 33, 42, 43, 44])
      expect(await request(forged(value.slice(0, -cut)), (s) => s.views)).toBeUndefined()
    for (const more of ['A', '=', '==', '.', '.A'])
      expect(await request(forged(value + more), (s) => s.views)).toBeUndefined()
    expect(calls.length).toBe(count)
  })

  it('T028 T061 T153 a cookie of another name, signed with the same secret, opens nothing', async () => {
    const store = memoryStore()
    const admin = await setup({ store, cookie: { name: 'admin.sid' } })
    const plain = await setup({ store, cookie: { name: 'user.sid' } })
    await plain.user.request((session) => void (session.views = 1))
    const moved = `admin.sid=${plain.user.jar.get('user.sid')}`
    expect(await admin.request(moved, (session) => session.views)).toBeUndefined()
    expect(admin.calls).toEqual([])
  })

  it('T029 a MAC made for another purpose, or with the secret itself, opens nothing', async () => {
    const { user, request, secret } = await setup()
    await user.request((session) => void (session.views = 1))
    const body = (user.jar.get('holdfast.sid') as string).split('.').slice(0, 3).join('.')
    for (const text of [body, `holdfast.sid\n${body}`]) {
      const mac = createHmac('sha256', secret).update(text).digest('base64url')
      expect(await request(forged(`${body}.${mac}`), (session) => session.views)).toBeUndefined()
    }
  })

  it('T133 an id that the store does not know is never adopted', async () => {
    const { user, request, sessions } = await setup()
    await user.request((session) => void (session.views = 1))
    const dead = user.jar.header() as string
    const handle = (await sessions.list()).sessions[0]?.handle as string
    await sessions.revoke(handle)
    const { setCookies, result } = await request.full(dead, (session) => {
      session.views = 2
      return session.handle
    })
    expect(result).not.toBe(handle)
    expect(setCookies[0]).not.toContain(handle)
    expect(await sessions.find(handle)).toBeUndefined()
  })
})

describe('secrets', () => {
  const OLD = 'the older secret, at least thirty-two bytes of it'
  const NEW = 'the newer secret, at least thirty-two bytes of it'

  it('T032 T034 a cookie signed by an older secret works, and is signed anew by the first', async () => {
    const store = memoryStore()
    const before = await setup({ store, secrets: OLD })
    await before.user.request((session) => void (session.views = 1))
    const after = await setup({ store, secrets: [NEW, OLD] })
    const first = await after.request.full(before.user.jar.header(), (session) => session.views)
    expect(first.result).toBe(1)
    expect(first.setCookies).toHaveLength(1)
    const only = await setup({ store, secrets: NEW })
    expect(await only.request(first.setCookies[0]?.split(';')[0], (session) => session.views)).toBe(1)
    // The right one is left alone.
    expect((await after.request.full(first.setCookies[0]?.split(';')[0], (s) => s.views)).setCookies).toEqual([])
  })

  it('T033 a cookie of a secret that is gone is no session and no failure', async () => {
    const store = memoryStore()
    const before = await setup({ store, secrets: OLD })
    await before.user.request((session) => void (session.views = 1))
    const after = await setup({ store, secrets: NEW })
    expect(await after.request(before.user.jar.header(), (session) => session.isNew)).toBe(true)
    expect(after.events('refused')).toMatchObject([{ reason: 'forged' }])
  })

  it('T037 the same bytes as text or as a buffer are the same secret', async () => {
    const store = memoryStore()
    const text = await setup({ store, secrets: OLD })
    const bytes = await setup({ store, secrets: Buffer.from(OLD) })
    await text.user.request((session) => void (session.views = 1))
    expect(await bytes.request(text.user.jar.header(), (session) => session.views)).toBe(1)
  })

  it.each([
    ['short', 'too short'],
    ['one character over and over', 'a'.repeat(64)],
    ['a number', 42],
    ['null', null],
    ['an empty list', []],
    ['a list with a hole', [OLD, undefined]],
  ])('T036 T112 refuses %s at construction', (_, secrets) => {
    expect(() => createSessions({ secrets: secrets as string })).toThrow(
      expect.objectContaining({ code: 'ERR_SESSION_OPTION' }),
    )
  })

  it('T036 production refuses to start without one; elsewhere one is made up and said', () => {
    const before = process.env.NODE_ENV
    try {
      process.env.NODE_ENV = 'production'
      expect(() => createSessions({ secrets: undefined })).toThrow(/"secrets" is missing/)
    } finally {
      process.env.NODE_ENV = before
    }
    const warnings: string[] = []
    createSessions({ sweepEvery: false, logger: { warn: (text) => void warnings.push(text) } })
    expect(warnings).toHaveLength(1)
  })
})
