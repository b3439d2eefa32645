import { describe, expect, it } from 'vitest'
import type { Session, Store } from '../../src/index.ts'
import type { Browser } from '../support/browser.ts'
import { failingStore, type Operation, slowStore } from '../support/wrapped-store.ts'
import { limited, live, newBrowser, signedIn, signIn, whoIs } from './owner-setup.ts'
import { type Data, memoryStore } from './setup.ts'

const REFUSED = { name: 'SessionStateError', code: 'ERR_SESSION_LIMIT', status: 409, retryable: false }

describe("ownerLimit with 'refuse'", () => {
  it('T152 lets so many in and no more; the others stay as they are, and one more may come when one has gone', async () => {
    const its = await limited(2, 'refuse')
    const inside = await signedIn(its, 2)
    const before = await live(its)
    const user = newBrowser(its)
    await expect(signIn(user)).rejects.toMatchObject(REFUSED)
    expect([...(await Promise.all(inside.map(whoIs))), await whoIs(user)]).toEqual(['ada', 'ada', undefined])
    expect(await live(its)).toEqual(before)
    expect(await its.sessions.count()).toBe(2)
    expect(user.jar.get('holdfast.sid')).toBeUndefined()
    expect(its.events('destroyed')).toEqual([{ type: 'destroyed', handle: expect.any(String), by: 'limit' }])
    await signIn(user, 'bob')
    expect(await whoIs(user)).toBe('bob')
    await inside[0]?.request((session) => session.destroy())
    await signIn(user)
    expect(await whoIs(user)).toBe('ada')
  })

  it('one that is in may do whatever sessions do', async () => {
    const its = await limited(1, 'refuse')
    const [user] = (await signedIn(its, 1)) as [Browser<Data>]
    await user.request(async (session) => {
      session.views = 1
      await session.save()
    })
    await user.request((session) => session.regenerate({ keep: true }))
    await user.request((session) => session.update('views', () => 2))
    await signIn(user)
    await user.request((session) => void (session.user = 'bob'))
    await user.request((session) => void (session.user = 'ada'))
    expect(await whoIs(user)).toBe('ada')
  })

  it('does not count what has expired', async () => {
    const its = await limited(1, 'refuse', { idleTimeout: '10m' })
    await signedIn(its, 1)
    its.clock.advance(10 * 60_000)
    await signIn(newBrowser(its))
    expect(await its.sessions.count({ owner: 'ada' })).toBe(1)
  })

  it.each<[string, (session: Session<Data>) => Promise<unknown>]>([
    ['save', (session) => session.save()],
    ['update', (session) => session.update('views', () => 1)],
  ])('after %s has told the handler, the session is new and empty, and may be anonymous', async (_, commit) => {
    const its = await limited(1, 'refuse')
    await signedIn(its, 1)
    const user = newBrowser(its)
    await user.request((session) => void (session.cart = 1))
    const { result } = await user.request(async (session) => {
      await session.regenerate({ keep: true })
      session.user = 'ada'
      session.setLifetime({ persistent: true })
      await expect(commit(session)).rejects.toMatchObject(REFUSED)
      const seen = { data: { ...session }, isNew: session.isNew }
      session.message = 'too many'
      return seen
    })
    expect(result).toEqual({ data: {}, isNew: true })
    expect((await user.request((session) => ({ ...session }))).result).toEqual({ message: 'too many' })
    expect(user.jar.get('holdfast.sid')).toBeDefined()
    expect(await its.sessions.count({ owner: 'ada' })).toBe(1)
  })

  it.each([true, false])(
    'the session that was there before has ended, and so has its cookie (keep: %s)',
    async (keep) => {
      const its = await limited(1, 'refuse')
      await signedIn(its, 1)
      const user = newBrowser(its)
      const { result: anonymous } = await user.request((session) => {
        session.cart = 1
        return session.handle
      })
      const cookie = user.jar.header()
      const pending = await user.send()
      await pending.session.regenerate({ keep })
      pending.session.user = 'ada'
      await expect(pending.finish()).rejects.toMatchObject(REFUSED)
      pending.arrive()
      expect(user.jar.get('holdfast.sid')).toBeUndefined()
      expect(await its.sessions.find(anonymous)).toBeUndefined()
      expect(await its.request(cookie, (session) => ({ ...session }))).toEqual({})
      // Another look at the end of the same response finds nothing more to do.
      await its.sessions.finish(pending.visit)
      expect(await its.sessions.count()).toBe(1)
    },
  )

  it('T152 of 50 sign-ins at once exactly so many get in, on a store that answers at once and on a slow one', async () => {
    for (const store of [memoryStore(), slowStore(memoryStore(), 3, 3)]) {
      const its = await limited(3, 'refuse', { store, storeTimeout: '20s' })
      const users = Array.from({ length: 50 }, () => newBrowser(its))
      const outcomes = await Promise.allSettled(users.map((user) => signIn(user)))
      const told = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'in' : outcome.reason.code))
      expect(told.filter((one) => one === 'in')).toHaveLength(3)
      expect(told.filter((one) => one === 'ERR_SESSION_LIMIT')).toHaveLength(47)
      const open = await Promise.all(users.map(whoIs))
      expect(open.map((name) => name === 'ada')).toEqual(told.map((one) => one === 'in'))
      expect(await its.sessions.count()).toBe(3)
    }
  })

  it('a server whose clock is behind does not let anybody in beside those that are', async () => {
    const store = memoryStore()
    const ahead = await limited(2, 'refuse', { store })
    const behind = await limited(2, 'refuse', { store, storeTimeout: 200 })
    ahead.clock.advance(60_000)
    const inside = await signedIn(ahead, 2)
    await expect(signIn(newBrowser(behind))).rejects.toMatchObject(REFUSED)
    await inside[0]?.request((session) => session.destroy())
    const user = newBrowser(behind)
    await signIn(user)
    expect(await whoIs(user)).toBe('ada')
  })

  it('ends with what another request of the same browser wrote to it meanwhile, unless that was a user of its own', async () => {
    for (const [change, name] of [
      [(session: Data) => void (session.views = 1), undefined],
      [(session: Data) => void (session.user = 'bob'), 'bob'],
    ] as const) {
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
      const its = await limited(1, 'refuse', { store })
      await signedIn(its, 1)
      const user = newBrowser(its)
      await user.request((session) => void (session.cart = 1))
      meanwhile = () => user.request(change)
      await expect(user.request((session) => void (session.user = 'ada'))).rejects.toMatchObject(REFUSED)
      expect(await its.sessions.count({ owner: 'ada' })).toBe(1)
      expect(await whoIs(user)).toBe(name)
    }
  })
})

describe('ownerLimit and what else may happen to a sign-in', () => {
  it('one that comes after the headers is looked after all the same, and its failure is an event', async () => {
    const its = await limited(1, 'refuse')
    await signedIn(its, 1)
    const user = newBrowser(its)
    await user.request((session) => void (session.cart = 1))
    const pending = await user.send()
    await pending.finish()
    pending.session.user = 'ada'
    await expect(pending.finish()).rejects.toMatchObject(REFUSED)
    expect(its.events('late-failure')).toMatchObject([{ code: 'ERR_SESSION_LIMIT' }])
    expect(await whoIs(user)).toBeUndefined()
    expect(await its.sessions.count()).toBe(1)
  })

  it('one that others write to all the time ends as well', async () => {
    const inner = memoryStore()
    let isBusy = false
    const store: Store = {
      ...inner,
      delete(key, call) {
        const entry = isBusy ? inner.get(key, call) : undefined
        if (entry)
          inner.update(key, { ...entry, revision: `${entry.revision}+` }, { now: call.now, ifRevision: entry.revision })
        return inner.delete(key, call)
      },
    }
    const its = await limited(1, 'refuse', { store })
    await signedIn(its, 1)
    isBusy = true
    await expect(signIn(newBrowser(its))).rejects.toMatchObject(REFUSED)
    expect(await its.sessions.count()).toBe(1)
  })

  it('one that newer ones have ended before its response is told that it was lost, and sends no cookie', async () => {
    const inner = memoryStore()
    let meanwhile: (() => Promise<unknown>) | undefined
    const store: Store = {
      ...inner,
      async list(query, call) {
        const act = meanwhile
        meanwhile = undefined
        await act?.()
        return inner.list(query, call)
      },
    }
    const its = await limited(1, 'end-oldest', { store })
    const newest = newBrowser(its)
    meanwhile = async () => {
      its.clock.advance(1000)
      await signIn(newest)
    }
    const user = newBrowser(its)
    const pending = await user.send()
    pending.session.user = 'ada'
    await expect(pending.session.save()).rejects.toMatchObject({ code: 'ERR_SESSION_LOST' })
    expect(await pending.finish()).toEqual([])
    expect(await whoIs(newest)).toBe('ada')
    expect(await its.sessions.count()).toBe(1)
  })
})

describe('ownerLimit and a store that fails', () => {
  /** Whether the session is let in or not, a response whose limit was not looked after has no cookie. */
  it.each(['end-oldest', 'refuse'] as const)(
    '%s: a sign-in that cannot be looked after is taken back',
    async (policy) => {
      const inner = memoryStore()
      let broken = false
      const store: Store = {
        ...inner,
        list: (query, call) => (broken ? Promise.reject(new Error('the connection is lost')) : inner.list(query, call)),
      }
      const its = await limited(1, policy, { store })
      const user = newBrowser(its)
      await user.request((session) => void (session.cart = 1))
      broken = true
      await expect(signIn(user)).rejects.toMatchObject({ code: 'ERR_SESSION_STORE', retryable: true })
      expect(inner.count({}, { now: its.clock.now() })).toBe(0)
      broken = false
      expect(await whoIs(user)).toBeUndefined()
      await signIn(user)
      expect(await whoIs(user)).toBe('ada')
    },
  )

  it('a refusal that the store did not hear is told again by the end of the request', async () => {
    const inner = memoryStore()
    let losses = 0
    const store = failingStore(inner, ({ operation }) => (operation === 'delete' && losses-- > 0 ? 'lost' : 'ok'))
    const its = await limited(1, 'refuse', { store })
    await signedIn(its, 1)
    losses = 1
    const user = newBrowser(its)
    await user.request(async (session) => {
      session.user = 'ada'
      await expect(session.save()).rejects.toMatchObject(REFUSED)
    })
    expect(await its.sessions.count()).toBe(1)
    expect(user.jar.get('holdfast.sid')).toBeUndefined()
  })

  it.each<Operation>(['insert', 'update'])(
    'an %s whose answer was lost is looked after when it is tried again',
    async (operation) => {
      let unheard = false
      const store = failingStore(memoryStore(), (request) => {
        const lose = unheard && request.operation === operation
        if (lose) unheard = false
        return lose ? 'unheard' : 'ok'
      })
      const its = await limited(1, 'refuse', { store })
      await signedIn(its, 1)
      const user = newBrowser(its)
      if (operation === 'update') await user.request((session) => void (session.cart = 1))
      const pending = await user.send()
      pending.session.user = 'ada'
      unheard = true
      await expect(pending.session.save()).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
      await expect(pending.finish()).rejects.toMatchObject(REFUSED)
      pending.arrive()
      expect(await whoIs(user)).toBeUndefined()
      expect(await its.sessions.count()).toBe(1)
    },
  )

  it('a process that ends between the write and the look leaves a session that counts and that nobody can open', async () => {
    const inner = memoryStore()
    let crashed = false
    const store: Store = {
      ...inner,
      list: (query, call) => (crashed ? new Promise(() => {}) : inner.list(query, call)),
    }
    const its = await limited(1, 'refuse', { store })
    const user = newBrowser(its)
    await user.request((session) => void (session.cart = 1))
    crashed = true
    void signIn(user).catch(() => {})
    await new Promise((resolve) => setImmediate(resolve))
    crashed = false
    expect(await whoIs(user)).toBeUndefined()
    await expect(signIn(newBrowser(its))).rejects.toMatchObject(REFUSED)
    its.clock.advance(30 * 60_000)
    await signIn(newBrowser(its))
  })
})
