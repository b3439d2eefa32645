import { describe, expect, it, vi } from 'vitest'
import { SessionStoreError } from '../../src/core/errors.ts'
import type { Store } from '../../src/core/store.ts'
import { failingStore, type Operation } from '../support/wrapped-store.ts'
import { memoryStore, setup } from './setup.ts'

/** A setup whose store fails the named operations while `broken` is set. */
async function flaky(operations: readonly Operation[], fate: 'lost' | 'unheard' | 'silent' | 'hung', options = {}) {
  const state = { broken: false }
  const store = failingStore(memoryStore(), ({ operation }) =>
    state.broken && operations.includes(operation) ? fate : 'ok',
  )
  return { state, ...(await setup({ store, storeTimeout: 30, ...options })) }
}

describe('a store that fails', () => {
  it.each([
    ['T174 lost', 'lost', 'ERR_SESSION_STORE'],
    ['T170 silent', 'silent', 'ERR_SESSION_STORE_TIMEOUT'],
  ] as const)('on get, %s: a coded error and no handler', async (_, fate, code) => {
    const { state, user, events } = await flaky(['get'], fate)
    await user.request((session) => void (session.a = 1))
    state.broken = true
    let ran = false
    await expect(user.request(() => void (ran = true))).rejects.toMatchObject({ code, retryable: true, status: 503 })
    expect(ran).toBe(false)
    expect(events('store-failed')).toMatchObject([{ operation: 'get', code }])
    state.broken = false
    expect((await user.request((session) => session.a)).result).toBe(1)
  })

  it.each([
    ['T176 insert lost', 'insert', 'lost'],
    ['T176 insert silent', 'insert', 'silent'],
    ['insert unheard', 'insert', 'unheard'],
  ] as const)('%s: the response fails and the browser gets no cookie', async (_, operation, fate) => {
    const { state, user } = await flaky([operation], fate)
    state.broken = true
    await expect(user.request((session) => void (session.a = 1))).rejects.toMatchObject({ status: 503 })
    expect(user.jar.header()).toBeUndefined()
  })

  it.each(['lost', 'unheard', 'silent', 'hung'] as const)(
    'T176 update %s: an error before the headers, never a success',
    async (fate) => {
      const { state, user } = await flaky(['update'], fate)
      await user.request((session) => void (session.a = 1))
      state.broken = true
      await expect(user.request((session) => void (session.a = 2))).rejects.toMatchObject({ status: 503 })
    },
  )

  it('T178 touch: the request succeeds, with an event', async () => {
    const { state, user, clock, events } = await flaky(['touch'], 'lost')
    await user.request((session) => void (session.a = 1))
    clock.advance(20 * 60_000)
    state.broken = true
    expect((await user.request((session) => session.a)).result).toBe(1)
    expect(events('store-failed')).toMatchObject([{ operation: 'touch' }])
    await expect(user.request((session) => session.touch())).rejects.toMatchObject({ status: 503 })
  })

  it.each(['lost', 'silent'] as const)(
    'T138 T177 destroy %s: an error to the caller and to the response; the cookie goes; later it is done',
    async (fate) => {
      const { state, user, sessions } = await flaky(['delete'], fate)
      await user.request((session) => void (session.a = 1))
      const stolen = user.jar.copy()
      state.broken = true
      const pending = await user.send()
      await expect(pending.session.destroy()).rejects.toMatchObject({ status: 503 })
      await expect(pending.finish()).rejects.toMatchObject({ status: 503 })
      pending.arrive()
      expect(user.jar.header()).toBeUndefined()
      expect(await sessions.count()).toBe(1)
      state.broken = false
      await pending.finish()
      expect(await sessions.count()).toBe(0)
      expect(stolen.header()).toBeDefined()
    },
  )

  it('a destroy that failed and that nobody waited for is tried again by the response', async () => {
    const { state, user, sessions } = await flaky(['delete'], 'lost')
    await user.request((session) => void (session.a = 1))
    const pending = await user.send()
    state.broken = true
    pending.visit.session = null
    await new Promise((resolve) => setImmediate(resolve))
    state.broken = false
    await pending.finish()
    expect(await sessions.count()).toBe(0)
  })

  it('a rotation that failed is tried again by the response, and what was set after it is kept', async () => {
    for (const fate of ['lost', 'unheard'] as const) {
      const { state, user, other } = await flaky(['update'], fate)
      await user.request((session) => void (session.before = 1))
      const old = user.jar.copy()
      const pending = await user.send()
      state.broken = true
      await expect(pending.session.regenerate()).rejects.toMatchObject({ status: 503 })
      state.broken = false
      pending.session.user = 'ada'
      await pending.finish()
      pending.arrive()
      expect((await user.request((session) => ({ ...session }))).result).toEqual({ user: 'ada' })
      for (const [name, value] of [['holdfast.sid', old.get('holdfast.sid') as string]] as const)
        other.jar.set(name, value)
      expect((await other.request((session) => ({ ...session }))).result).toEqual({})
    }
  })

  it('an insert whose answer was lost is recognised as our own', async () => {
    const { state, user, sessions } = await flaky(['insert'], 'unheard')
    const pending = await user.send()
    pending.session.a = 1
    state.broken = true
    await expect(pending.session.save()).rejects.toMatchObject({ status: 503 })
    state.broken = false
    await pending.finish()
    pending.arrive()
    expect(await sessions.count()).toBe(1)
    expect((await user.request((session) => session.a)).result).toBe(1)
  })

  it.each([
    [
      'T173 throws at once',
      () => {
        throw new TypeError('no')
      },
    ],
    ['T173 rejects with nothing', () => Promise.reject(undefined)],
    ['T173 rejects with text', () => Promise.reject('no')],
  ])('%s: one wrapped error', async (_, get) => {
    const { user } = await setup({ store: { ...memoryStore(), get: get as never } })
    user.jar.set('holdfast.sid', (await cookieOf()) as string)
    await expect(user.request(() => 1)).rejects.toMatchObject({ code: 'ERR_SESSION_STORE', name: 'SessionStoreError' })
  })

  it('T172 answers that come after the deadline are ignored', async () => {
    let late: ((entry: undefined) => void) | undefined
    const store = {
      ...memoryStore(),
      get: () =>
        new Promise<undefined>((resolve) => {
          late = resolve
        }),
    }
    const { user } = await setup({ store, storeTimeout: 20 })
    user.jar.set('holdfast.sid', (await cookieOf()) as string)
    await expect(user.request(() => 1)).rejects.toMatchObject({ code: 'ERR_SESSION_STORE_TIMEOUT' })
    late?.(undefined)
  })

  it('T181 T180 a store that cannot get ready fails the request, and is asked again by the next', async () => {
    let attempts = 0
    const store = {
      ...memoryStore(),
      async ready() {
        if (++attempts === 1) throw new Error('no such table')
      },
    }
    const { user } = await setup({ store })
    await expect(user.request((session) => void (session.a = 1))).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
    await user.request((session) => void (session.a = 1))
    await user.request((session) => void (session.a = 2))
    expect(attempts).toBe(2)
  })

  it('calls ready again when a call says that what it makes is not there any more, and only then', async () => {
    let made = 0
    let there = false
    const memory = memoryStore()
    const failing = (notReady: boolean) => {
      throw new SessionStoreError('ERR_SESSION_STORE', 'The table is missing.', { notReady })
    }
    let failure: boolean | undefined
    const store: Store = {
      ...memory,
      ready() {
        made++
        there = true
      },
      get: (key, call) => (failure !== undefined ? failing(failure) : there ? memory.get(key, call) : failing(true)),
    }
    const { user } = await setup({ store })
    await user.request((session) => void (session.a = 1))
    expect(made).toBe(1)
    failure = false
    await expect(user.request((session) => session.a)).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
    failure = undefined
    expect((await user.request((session) => session.a)).result).toBe(1)
    expect(made).toBe(1)
    there = false
    await expect(user.request((session) => session.a)).rejects.toMatchObject({ notReady: true })
    expect((await user.request((session) => session.a)).result).toBe(1)
    expect(made).toBe(2)
  })

  it('a commit behind a hung one in the same process ends within its own deadline', async () => {
    const { state, user } = await flaky(['update'], 'silent', { storeTimeout: 60 })
    await user.request((session) => void (session.a = 1))
    state.broken = true
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    try {
      const all = Promise.allSettled(
        Array.from({ length: 10 }, (_, i) => user.request((session) => void (session[`k${i}`] = 1))),
      )
      // Ten deadlines one after the other would need ten times this.
      await vi.advanceTimersByTimeAsync(2 * 60)
      expect((await all).map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 'rejected'))
    } finally {
      vi.useRealTimers()
    }
    state.broken = false
    await user.request((session) => void (session.z = 1))
    expect((await user.request((session) => ({ ...session }))).result).toEqual({ a: 1, z: 1 })
  })

  it('T038 a random source that fails is an error, never another source', async () => {
    // The pool hides single failures, so the check is on the source: nothing else is imported.
    const { readFileSync } = await import('node:fs')
    for (const file of ['random', 'token', 'revise', 'next-record']) {
      const source = readFileSync(new URL(`../../src/core/${file}.ts`, import.meta.url), 'utf8')
      if (file !== 'revise') expect(source).not.toContain('Math.random')
    }
  })
})

/** A well-signed cookie of a session that some other store may know. */
async function cookieOf(): Promise<string | undefined> {
  const { user } = await setup()
  await user.request((session) => void (session.a = 1))
  return user.jar.get('holdfast.sid')
}
