import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/index.ts'
import { memoryStore, type Setup, setup } from './setup.ts'

/** Stores that can end an owner's sessions in one call, and stores that can only list them. */
const STORES: Readonly<Record<string, () => Store>> = {
  'a store with deleteOwned': memoryStore,
  'a store without': () => ({ ...memoryStore(), deleteOwned: undefined as never }),
}

const owner = (data: { user?: unknown }) => data.user as string

async function signIn({ sessions, request }: Setup, user: string, times: number): Promise<string[]> {
  const handles: string[] = []
  for (let n = 0; n < times; n += 1) {
    await request(undefined, (session) => {
      session.user = user
      handles.push(session.handle)
    })
  }
  expect(await sessions.count({ owner: user })).toBe(times)
  return handles
}

describe.each(Object.entries(STORES))('revokeAll on %s', (_, open) => {
  it('T141 ends every session of the owner but those named, tells of each, and touches nobody else', async () => {
    const its = await setup({ store: open(), owner })
    const [kept, ...ended] = await signIn(its, 'ada', 12)
    await signIn(its, 'bob', 2)
    expect(await its.sessions.revokeAll({ owner: 'ada', except: kept as string })).toBe(11)
    expect(
      its
        .events('destroyed')
        .map(({ handle }) => handle)
        .sort(),
    ).toEqual(ended.sort())
    expect(its.events('destroyed').every(({ by }) => by === 'revocation')).toBe(true)
    expect(await its.sessions.find(kept as string)).toBeDefined()
    expect(await its.sessions.count({ owner: 'bob' })).toBe(2)
    expect(await its.sessions.revokeAll({ owner: 'ada', except: [] })).toBe(1)
    expect(await its.sessions.revokeAll({ owner: 'ada' })).toBe(0)
  })

  it('T141 finds a sign-in that comes while a pass is under way', async () => {
    const store = open()
    let late: (() => void) | undefined
    const method = store.deleteOwned ? 'deleteOwned' : 'list'
    const inner = store[method] as (...args: unknown[]) => unknown
    const racing = {
      ...store,
      [method](...args: unknown[]) {
        const answer = inner(...args)
        late?.()
        late = undefined
        return answer
      },
    }
    const its = await setup({ store: racing, owner })
    await signIn(its, 'ada', 3)
    late = () => {
      const entry = { value: '{}', expiresAt: its.clock.now() + 1000, revision: 'late', owner: 'ada' }
      store.insert('late', entry, { now: its.clock.now() })
    }
    expect(await its.sessions.revokeAll({ owner: 'ada' })).toBe(4)
    expect(await its.sessions.count()).toBe(0)
  })

  it('T142 an owner whose sessions have expired or moved to another user has none to end', async () => {
    const its = await setup({ store: open(), owner })
    await its.user.request((session) => void (session.user = 'ada'))
    await its.user.request((session) => void (session.user = 'bob'))
    expect(await its.sessions.revokeAll({ owner: 'ada' })).toBe(0)
    expect((await its.user.request((session) => session.user)).result).toBe('bob')
    its.clock.advance(10 * 365 * 86_400_000)
    expect(await its.sessions.revokeAll({ owner: 'bob' })).toBe(0)
    expect(its.events('destroyed')).toEqual([])
  })
})

describe('revokeAll', () => {
  it('T141 asks once for all of the sessions and once more, where the store can', async () => {
    const store = memoryStore()
    let asked = 0
    const counting: Store = {
      ...store,
      deleteOwned(query, call) {
        asked += 1
        return store.deleteOwned(query, call)
      },
      list: () => expect.unreachable('it walks'),
    }
    const its = await setup({ store: counting, owner })
    await signIn(its, 'ada', 200)
    expect(await its.sessions.revokeAll({ owner: 'ada' })).toBe(200)
    expect(asked).toBe(2)
    expect(its.calls.filter(({ operation }) => operation === 'delete')).toEqual([])
  })

  it('T142 rows of an index that is out of date are harmless: what they name is not there, and is not counted', async () => {
    const store = memoryStore()
    const stale: Store = {
      ...store,
      deleteOwned: undefined as never,
      list: (query, call) => {
        const { entries } = store.list(query, call)
        const orphans = ['orphan-1', 'orphan-2'].map((key) => ({ key, owner: 'ada', expiresAt: call.now + 1000 }))
        return { entries: [...orphans, ...entries] }
      },
    }
    const its = await setup({ store: stale, owner })
    await its.user.request((session) => void (session.user = 'ada'))
    expect(await its.sessions.revokeAll({ owner: 'ada' })).toBe(1)
    expect(await its.sessions.find('orphan-1')).toBeUndefined()
    expect(its.events('destroyed')).toHaveLength(1)
  })
})
