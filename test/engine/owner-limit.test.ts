import { describe, expect, it } from 'vitest'
import type { SessionOptions, Store } from '../../src/index.ts'
import type { Browser } from '../support/browser.ts'
import { slowStore } from '../support/wrapped-store.ts'
import { countingStore, limited, live, newBrowser, owner, signedIn, signIn, whoIs } from './owner-setup.ts'
import { createSessions, type Data, memoryStore, setup } from './setup.ts'

describe("ownerLimit with 'end-oldest'", () => {
  it('T152 ends the oldest sign-in of the owner, tells of it, and touches nobody else', async () => {
    const its = await limited(2, 'end-oldest')
    await signedIn(its, 2, 'bob')
    const [first, second, third] = (await signedIn(its, 3)) as [Browser<Data>, Browser<Data>, Browser<Data>]
    expect([await whoIs(first), await whoIs(second), await whoIs(third)]).toEqual([undefined, 'ada', 'ada'])
    expect(its.events('destroyed')).toEqual([{ type: 'destroyed', handle: expect.any(String), by: 'limit' }])
    expect(await its.sessions.count({ owner: 'bob' })).toBe(2)
  })

  it('lists once for a sign-in and for nothing else', async () => {
    const counting = countingStore()
    const its = await limited(2, 'end-oldest', { store: counting.store })
    const user = newBrowser(its)
    await user.request((session) => void (session.cart = 1))
    await user.request((session) => session.regenerate())
    expect(counting.lists).toBe(0)
    await signIn(user)
    expect(counting.lists).toBe(1)
    expect(its.calls.filter(({ operation }) => operation === 'delete')).toEqual([])
    await user.request(async (session) => {
      session.views = 1
      await session.save()
      session.views = 2
    })
    await user.request((session) => session.update('views', () => 3))
    await user.request((session) => session.regenerate({ keep: true }))
    its.clock.advance(10 * 60_000)
    await user.request()
    expect(counting.lists).toBe(1)
  })

  it('knows a sign-in by the owner it gives, however the application writes it', async () => {
    const ways: Readonly<Record<string, (user: Browser<Data>) => Promise<unknown>>> = {
      'a new session': (user) => user.request((session) => void (session.user = 'ada')),
      save: (user) =>
        user.request((session) => {
          session.user = 'ada'
          return session.save()
        }),
      update: (user) => user.request((session) => session.update('user', () => 'ada')),
      'an anonymous session': async (user) => {
        await user.request((session) => void (session.cart = 1))
        await user.request((session) => void (session.user = 'ada'))
      },
      'another user before': async (user) => {
        await user.request((session) => void (session.user = 'bob'))
        await user.request((session) => void (session.user = 'ada'))
      },
      'regenerate with keep': (user) => signIn(user, 'ada', true),
      'at once after regenerate': (user) =>
        user.request((session) => {
          void session.regenerate()
          session.user = 'ada'
        }),
    }
    for (const [way, act] of Object.entries(ways)) {
      const its = await limited(1, 'end-oldest')
      const [before] = (await signedIn(its, 1)) as [Browser<Data>]
      const user = newBrowser(its)
      await act(user)
      expect([await whoIs(before), await whoIs(user)], way).toEqual([undefined, 'ada'])
    }
  })

  it('goes by sign-ins, not by how old a session is that was kept', async () => {
    const its = await limited(1, 'end-oldest')
    const kept = newBrowser(its)
    await kept.request((session) => void (session.cart = 1))
    its.clock.advance(60_000)
    await signedIn(its, 1)
    await signIn(kept, 'ada', true)
    expect((await kept.request((session) => ({ ...session }))).result).toEqual({ cart: 1, user: 'ada' })
    expect(await its.sessions.count({ owner: 'ada' })).toBe(1)
  })

  it('does not count what has expired', async () => {
    const its = await limited(2, 'end-oldest', { idleTimeout: '10m' })
    const [first, second] = (await signedIn(its, 2)) as [Browser<Data>, Browser<Data>]
    its.clock.advance(8 * 60_000)
    await second.request((session) => session.touch())
    its.clock.advance(4 * 60_000)
    await signedIn(its, 1)
    expect([await whoIs(first), await whoIs(second)]).toEqual([undefined, 'ada'])
    expect(its.events('destroyed')).toEqual([])
  })

  it('a sign-in at a server whose clock is behind is the newest all the same', async () => {
    const store = memoryStore()
    const ahead = await limited(2, 'end-oldest', { store })
    const behind = await limited(2, 'end-oldest', { store })
    ahead.clock.advance(60_000)
    await signedIn(ahead, 2)
    const user = newBrowser(behind)
    await signIn(user)
    expect(await whoIs(user)).toBe('ada')
    expect(await behind.sessions.count({ owner: 'ada' })).toBe(2)
    await signedIn(behind, 1)
    expect(await whoIs(user)).toBe('ada')
  })

  it('ends what was too much already, more than a page of it', async () => {
    const store = memoryStore()
    const free = await setup({ store, owner })
    for (let n = 0; n < 1200; n += 1) await free.request(undefined, (session) => void (session.user = 'ada'))
    const its = await limited(3, 'end-oldest', { store })
    its.clock.advance(1)
    const user = newBrowser(its)
    const handle = await signIn(user)
    expect(await live(its)).toHaveLength(3)
    expect(await live(its)).toContain(handle)
  })

  it.each<[string, (session: Data) => void, string[]]>([
    ['is used meanwhile is ended all the same', (session) => void (session.views = 1), ['newest']],
    [
      'goes to another user meanwhile is left to that user',
      (session) => void (session.user = 'bob'),
      ['newest', 'oldest'],
    ],
  ])('a session that %s', async (_, change, remaining) => {
    const inner = memoryStore()
    let meanwhile: (() => Promise<unknown>) | undefined
    const store: Store = {
      ...inner,
      async delete(key, call) {
        const act = meanwhile
        meanwhile = undefined
        await act?.()
        return inner.delete(key, call)
      },
    }
    const its = await limited(1, 'end-oldest', { store })
    const [oldest] = (await signedIn(its, 1)) as [Browser<Data>]
    meanwhile = () => oldest.request(change)
    const newest = newBrowser(its)
    await signIn(newest)
    const open = { oldest: await whoIs(oldest), newest: await whoIs(newest) }
    expect(
      Object.entries(open)
        .flatMap(([name, user]) => (user ? [name] : []))
        .sort(),
    ).toEqual(remaining)
    expect(await its.sessions.count({ owner: 'ada' })).toBe(1)
  })

  it('T152 of 50 sign-ins at once so many remain as may, on a store that answers at once and on a slow one', async () => {
    for (const store of [memoryStore(), slowStore(memoryStore(), 3, 3)]) {
      const its = await limited(3, 'end-oldest', { store, storeTimeout: '20s' })
      await signedIn(its, 3)
      const users = Array.from({ length: 50 }, () => newBrowser(its))
      await Promise.all(users.map((user) => signIn(user)))
      const open = await Promise.all(users.map(whoIs))
      expect(open.filter((name) => name === 'ada')).toHaveLength(3)
      expect(await live(its)).toHaveLength(3)
    }
  })
})

describe('options of ownerLimit', () => {
  it.each<[string, object, string, RegExp]>([
    ['none at all', { ownerLimit: 3 }, 'ownerLimit', /not an object/],
    ['an unknown one', { ownerLimit: { session: 3 } }, 'ownerLimit.session', /Did you mean "ownerLimit.sessions"/],
    ['no number', { ownerLimit: {} }, 'ownerLimit.sessions', /from 1 to 1000/],
    ['nobody may sign in', { ownerLimit: { sessions: 0 } }, 'ownerLimit.sessions', /from 1 to 1000/],
    ['a fraction', { ownerLimit: { sessions: 1.5 } }, 'ownerLimit.sessions', /from 1 to 1000/],
    ['text', { ownerLimit: { sessions: '3' } }, 'ownerLimit.sessions', /from 1 to 1000/],
    ['too many', { ownerLimit: { sessions: 1001 } }, 'ownerLimit.sessions', /from 1 to 1000/],
    ['no such policy', { ownerLimit: { sessions: 3, policy: 'ask' } }, 'ownerLimit.policy', /end-oldest, refuse/],
    [
      'nobody owns anything',
      { ownerLimit: { sessions: 3 }, owner: undefined },
      'ownerLimit',
      /needs the option "owner"/,
    ],
    [
      'a store that cannot list',
      { ownerLimit: { sessions: 3 }, store: { ...memoryStore(), list: undefined } },
      'ownerLimit',
      /needs a store that can list an owner's sessions, and memory cannot/,
    ],
  ])('%s', (_, options, option, message) => {
    const build = () => createSessions({ sweepEvery: false, logger: {}, owner, ...options } as SessionOptions<Data>)
    expect(build).toThrow(
      expect.objectContaining({ code: 'ERR_SESSION_OPTION', option, message: expect.stringMatching(message) }),
    )
  })
})
