import { describe, expect, it } from 'vitest'
import { failingStore } from '../support/wrapped-store.ts'
import { type Data, memoryStore, setup } from './setup.ts'

describe('writes', () => {
  it('T298 T300 an untouched or emptied anonymous request costs nothing and sends nothing', async () => {
    const { user, calls } = await setup()
    for (const handler of [
      undefined,
      (s: Data) => s.views,
      (s: Data) => void (s.a = undefined),
      (s: Data) => void delete s.a,
    ]) {
      expect((await user.request(handler as never)).setCookies).toEqual([])
    }
    await user.request((session) => session.destroy())
    expect(calls).toEqual([])
  })

  it('reading writes nothing, and a cookie is sent once', async () => {
    const { user, calls } = await setup()
    expect((await user.request((session) => void (session.views = 1))).setCookies).toHaveLength(1)
    const before = calls.length
    expect((await user.request((session) => session.views)).setCookies).toEqual([])
    expect((await user.request((session) => void (session.views = 2))).setCookies).toEqual([])
    expect(calls.slice(before).map((call) => call.operation)).toEqual(['get', 'get', 'update'])
  })

  it("G2 concurrent requests keep each other's keys; on one key the last commit wins", async () => {
    const { user } = await setup()
    await user.request((session) => Object.assign(session, { gone: 1, same: 0 }))
    const [one, two] = [await user.send(), await user.send()]
    Object.assign(one.session, { a: 1, same: 1 })
    delete one.session.gone
    Object.assign(two.session, { b: 2, same: 2 })
    await one.finish()
    await two.finish()
    expect((await user.request((session) => ({ ...session }))).result).toEqual({ a: 1, b: 2, same: 2 })
  })

  it('T148 save() and then the end of the request write once', async () => {
    const { user, calls } = await setup()
    await user.request(async (session) => {
      session.a = 1
      await session.save()
    })
    expect(calls.map((call) => call.operation)).toEqual(['insert'])
  })

  it("a save() that merged another request's key does not undo it afterwards", async () => {
    const { user } = await setup()
    await user.request((session) => void (session.views = 0))
    const slow = await user.send()
    await user.request((session) => void (session.theirs = 1))
    slow.session.mine = 1
    await slow.session.save()
    slow.session.mine = 2
    await slow.finish()
    expect((await user.request((session) => ({ ...session }))).result).toEqual({ views: 0, theirs: 1, mine: 2 })
  })

  it('verbs that nobody waits for run in their order, and the response waits for them', async () => {
    const { user, calls } = await setup()
    await user.request((session) => {
      session.a = 1
      void session.save()
      session.b = 2
      void session.save()
      void session.regenerate()
      session.c = 3
    })
    expect(calls.filter((call) => call.operation === 'insert')).toHaveLength(1)
    expect((await user.request((session) => ({ ...session }))).result).toEqual({ c: 3 })
  })

  it('update() runs again on the newest value and loses nothing', async () => {
    const { user } = await setup()
    await user.request((session) => void (session.n = 0))
    const add = (session: {
      update: (key: string, change: (n: unknown) => unknown) => Promise<unknown>
    }): Promise<unknown> => session.update('n', (n) => (n as number) + 1)
    await Promise.all(Array.from({ length: 50 }, () => user.request((session) => add(session as never))))
    const open = await Promise.all(Array.from({ length: 10 }, () => user.send()))
    for (const request of open) expect(typeof (await add(request.session as never))).toBe('number')
    await Promise.all(open.map((request) => request.finish()))
    expect((await user.request((session) => session.n)).result).toBe(60)
  })

  it('update() on a new session creates it, shows the value, and refuses what cannot be kept', async () => {
    const { user, calls } = await setup()
    const { result } = await user.request(async (session) => {
      const value = await session.update('n', () => 5)
      await expect(session.update('n', () => new Date() as never)).rejects.toThrow(/session.n is an instance of Date/)
      await expect(session.update('n', (async () => 1) as never)).rejects.toThrow(/await/)
      await expect(session.update('save' as string, () => 1)).rejects.toThrow(/member of every session/)
      return [value, session.n]
    })
    expect(result).toEqual([5, 5])
    expect(calls.map((call) => call.operation)).toEqual(['insert'])
  })

  it('reload() drops what was not committed and shows what others wrote', async () => {
    const { user } = await setup()
    await user.request((session) => void (session.a = 1))
    const slow = await user.send()
    slow.session.mine = 1
    await user.request((session) => void (session.a = 2))
    await slow.session.reload()
    expect({ ...slow.session }).toEqual({ a: 2 })
    await slow.finish()
    expect((await user.request((session) => ({ ...session }))).result).toEqual({ a: 2 })
  })
})

describe('ends', () => {
  it('G1 a slow writer, reader or toucher does not bring a session back', async () => {
    const { user, sessions, clock, events } = await setup()
    await user.request((session) => void (session.a = 1))
    const cookie = user.jar.copy()
    const [writer, reader, saver, toucher] = [
      await user.send(),
      await user.send(),
      await user.send(),
      await user.send(),
    ]
    clock.advance(10 * 60_000)
    await user.request((session) => session.destroy())
    writer.session.a = 2
    expect(await writer.finish()).toEqual([])
    expect(await reader.finish()).toEqual([])
    saver.session.a = 3
    await expect(saver.session.save()).rejects.toMatchObject({ code: 'ERR_SESSION_LOST' })
    await expect(toucher.session.touch()).rejects.toMatchObject({ code: 'ERR_SESSION_LOST' })
    expect(await sessions.count()).toBe(0)
    expect(events('lost').map((event) => event.reason)).toEqual(['gone', 'gone', 'gone', 'gone'])
    user.jar.set('holdfast.sid', cookie.get('holdfast.sid') as string)
    expect((await user.request((session) => session.isNew)).result).toBe(true)
  })

  it('onLost: error fails the response instead', async () => {
    const { user } = await setup({ onLost: 'error' })
    await user.request((session) => void (session.a = 1))
    const slow = await user.send()
    await user.request((session) => session.destroy())
    slow.session.a = 2
    await expect(slow.finish()).rejects.toMatchObject({ code: 'ERR_SESSION_LOST' })
  })

  it('after destroy() the request has a new, empty session, and the old object is of no use', async () => {
    const { user } = await setup()
    await user.request((session) => void (session.a = 1))
    const { setCookies } = await user.request(async (session, visit) => {
      const { handle } = session
      await session.destroy()
      await session.destroy()
      expect(visit.session).not.toBe(session)
      expect(visit.session.handle).not.toBe(handle)
      session.a = 9
      await expect(session.save()).rejects.toMatchObject({ code: 'ERR_SESSION_LOST' })
      visit.session.flash = 'signed out'
    })
    expect(setCookies).toHaveLength(1)
    expect((await user.request((session) => ({ ...session }))).result).toEqual({ flash: 'signed out' })
  })

  it('a session that is saved and destroyed in one request without waiting leaves nothing', async () => {
    const { user, sessions } = await setup()
    await user.request((session) => {
      session.a = 1
      void session.save()
      void session.destroy()
    })
    expect(await sessions.count()).toBe(0)
    expect(user.jar.header()).toBeUndefined()
  })

  it('T130 clears the cookie with the attributes it was set with', async () => {
    const { user } = await setup({
      cookie: {
        path: '/app',
        domain: 'example.org',
        secure: true,
        sameSite: 'none',
        partitioned: true,
        priority: 'high',
      },
    })
    const attributes = (line: string | undefined): string[] =>
      (line ?? '')
        .split('; ')
        .slice(1)
        .filter((part) => !part.startsWith('Expires'))
    const { setCookies: set } = await user.request((session) => void (session.a = 1), { path: '/app' })
    const { setCookies: cleared } = await user.request((session) => session.destroy(), { path: '/app' })
    expect(attributes(set[0])).toEqual([
      'Domain=example.org',
      'Path=/app',
      'HttpOnly',
      'Secure',
      'Partitioned',
      'Priority=High',
      'SameSite=None',
    ])
    expect(attributes(cleared[0])).toEqual(attributes(set[0]))
  })

  it('T141 revokeAll ends every session of an owner but those named, while one more signs in', async () => {
    const { user, other, sessions } = await setup({ owner: (data) => data.user as string })
    await user.request((session) => void (session.user = 'ada'))
    await other.request((session) => void (session.user = 'ada'))
    const { result: mine } = await user.request((session) => session.handle)
    expect(await sessions.count({ owner: 'ada' })).toBe(2)
    expect(await sessions.revokeAll({ owner: 'ada', except: mine })).toBe(1)
    expect((await other.request((session) => session.user)).result).toBeUndefined()
    expect((await user.request((session) => session.user)).result).toBe('ada')
    expect(await sessions.revokeAll({ owner: 'ada' })).toBe(1)
    expect(await sessions.count()).toBe(0)
  })
})

describe('rotation', () => {
  it('T132 T134 regenerate() clears, gives a new id under the same handle, and the old cookie opens nothing', async () => {
    const { user, other, sessions } = await setup()
    await user.request((session) => void (session.planted = 1))
    const before = (await user.request((session) => [session.handle, session.id])).result as string[]
    other.jar.set('holdfast.sid', user.jar.get('holdfast.sid') as string)
    const { setCookies } = await user.request(async (session) => {
      await session.regenerate()
      session.user = 'ada'
    })
    expect(setCookies).toHaveLength(1)
    const after = (await user.request((session) => [session.handle, session.id, { ...session }])).result
    expect(after).toEqual([before[0], expect.not.stringMatching(before[1] as string), { user: 'ada' }])
    expect((await other.request((session) => ({ ...session }))).result).toEqual({})
    expect(await sessions.count()).toBe(1)
  })

  it('keep: true keeps the data, uncommitted ones included', async () => {
    const { user } = await setup()
    await user.request((session) => void (session.cart = [1]))
    await user.request(async (session) => {
      session.more = 1
      await session.regenerate({ keep: true })
    })
    expect((await user.request((session) => ({ ...session }))).result).toEqual({ cart: [1], more: 1 })
  })

  it('G3 a slow request cannot undo it, sends no cookie, and its writes are dropped', async () => {
    const { user, events } = await setup()
    await user.request((session) => void (session.a = 1))
    const slow = await user.send()
    await user.request(async (session) => {
      await session.regenerate()
      session.user = 'ada'
    })
    slow.session.a = 2
    expect(await slow.finish()).toEqual([])
    slow.arrive()
    expect((await user.request((session) => ({ ...session }))).result).toEqual({ user: 'ada' })
    expect(events('lost')).toMatchObject([{ reason: 'superseded' }])
  })

  it('a request with the superseded cookie creates nothing by writing, for a minute; regenerate() in it does', async () => {
    const { user, other, sessions, clock, events } = await setup()
    await user.request((session) => void (session.a = 1))
    const old = user.jar.get('holdfast.sid') as string
    await user.request((session) => session.regenerate())
    const withOld = async (handler: (session: Data) => unknown) => {
      other.jar.set('holdfast.sid', old)
      return other.request(handler as never)
    }
    expect((await withOld((session) => void (session.b = 1))).setCookies).toEqual([])
    expect(events('not-created')).toMatchObject([{ reason: 'superseded' }])
    await expect(withOld((session) => (session as { save(): unknown }).save())).rejects.toMatchObject({
      code: 'ERR_SESSION_SUPERSEDED',
    })
    const login = await withOld(async (session) => {
      await (session as { regenerate(): Promise<void> }).regenerate()
      session.user = 'ada'
    })
    expect(login.setCookies).toHaveLength(1)
    expect(await sessions.count()).toBe(2)
    clock.advance(60_000)
    expect((await withOld((session) => void (session.b = 1))).setCookies).toHaveLength(1)
  })

  it('T146 signing out with the superseded cookie ends the session: dead wins', async () => {
    const { user, other, sessions } = await setup()
    await user.request((session) => void (session.a = 1))
    other.jar.set('holdfast.sid', user.jar.get('holdfast.sid') as string)
    await user.request((session) => session.regenerate({ keep: true }))
    await other.request((session) => session.destroy())
    expect(await sessions.count()).toBe(0)
  })

  it('T145 two rotations at once: one wins; the loser that clears has a session of its own; the one that keeps is told', async () => {
    const { user, sessions } = await setup()
    await user.request((session) => void (session.secret = 1))
    const [first, clearing, keeping] = [await user.send(), await user.send(), await user.send()]
    await first.session.regenerate()
    first.session.user = 'first'
    await clearing.session.regenerate()
    clearing.session.user = 'second'
    await expect(keeping.session.regenerate({ keep: true })).rejects.toMatchObject({ code: 'ERR_SESSION_SUPERSEDED' })
    const cookies = [await first.finish(), await clearing.finish(), await keeping.finish()]
    expect(cookies.map((lines) => lines.length)).toEqual([1, 1, 0])
    expect(first.session.handle).not.toBe(clearing.session.handle)
    const all = await Promise.all((await sessions.list()).sessions.map(({ handle }) => sessions.find(handle)))
    expect(all.map((one) => one?.data).sort()).toEqual([{ user: 'first' }, { user: 'second' }].sort())
  })

  it('T121 a cookie that cannot be sent is an error, and no orphan is left', async () => {
    const { user, sessions, events } = await setup()
    const pending = await user.send()
    pending.exchange.sendHeaders()
    pending.session.a = 1
    await expect(pending.session.save()).rejects.toMatchObject({ code: 'ERR_SESSION_HEADERS_SENT' })
    await pending.finish()
    expect(events('not-created')).toMatchObject([{ reason: 'headers-sent' }])
    expect(await sessions.count()).toBe(0)
    await user.request((session) => void (session.a = 1))
    const stored = await user.send()
    stored.exchange.sendHeaders()
    await expect(stored.session.regenerate()).rejects.toMatchObject({ code: 'ERR_SESSION_HEADERS_SENT' })
    stored.session.late = 1
    await stored.finish()
    expect((await user.request((session) => ({ ...session }))).result).toEqual({ a: 1, late: 1 })
  })
})

describe('callbacks', () => {
  it('every verb takes one, calls it once, outside of promise chains', async () => {
    const { user } = await setup()
    await user.request(async (session) => {
      session.a = 1
      for (const verb of ['save', 'touch', 'reload', 'regenerate', 'destroy'] as const) {
        const got = await new Promise<unknown[]>((resolve) => {
          expect(session[verb]((...args: unknown[]) => resolve(args))).toBeUndefined()
        })
        expect(got[0]).toBeUndefined()
      }
      const error = await new Promise((resolve) => session.save((e) => resolve(e)))
      expect(error).toMatchObject({ code: 'ERR_SESSION_LOST' })
    })
  })
})

describe('nothing leaks', () => {
  it('G7 T292 T293 T294 no cookie, secret or data in errors, events, logs, lists, or the store beside the data', async () => {
    const out: string[] = []
    const seen = (...args: unknown[]): void =>
      void out.push(
        JSON.stringify(args, (_, value) =>
          value instanceof Error ? { ...value, message: value.message, stack: value.stack } : value,
        ),
      )
    const store = failingStore(memoryStore(), ({ operation }) => (operation === 'update' ? 'lost' : 'ok'))
    const { user, sessions, secret } = await setup({
      store,
      warnBytes: 10,
      maxBytes: 200,
      logger: { debug: seen, info: seen, warn: seen, error: seen },
    })
    await user.request((session) => void (session.key = 'canary-value'))
    const cookie = user.jar.get('holdfast.sid') as string
    const attempts: ((session: Data) => unknown)[] = [
      (s) => void (s.key = 'canary-value-2'),
      (s) => void (s.key = 'canary-value'.repeat(100)),
      (s) => void (s.key = { 'canary-value': new Date() }),
    ]
    for (const attempt of attempts) await user.request(attempt as never).catch(seen)
    await user.request((session) => seen(session.id, session.handle))
    seen(await sessions.list(), sessions)
    const text = out.join('\n').replaceAll('["canary-value"]', '')
    const [, nonce, , mac] = cookie.split('.') as [string, string, string, string]
    for (const canary of [cookie, nonce, mac, secret]) expect(text).not.toContain(canary)
    expect(text.replaceAll(/key\.?canary-value|\["canary-value[^\]]*\]/g, '')).not.toContain('canary-value-2')
    expect(text).not.toContain('canary-valuecanary-value')
    const entry = await store.get(cookie.split('.')[0] as string, { now: 0 })
    for (const canary of [nonce, mac, secret]) expect(JSON.stringify(entry)).not.toContain(canary)
  })
})
