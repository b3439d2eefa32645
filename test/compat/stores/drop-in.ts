import assert from 'node:assert/strict'
import { describe, it, onTestFinished } from 'vitest'
import session from '../../../src/compat/express-session.ts'
import { startApp, visitor } from './app.ts'
import { type OpenStore, published, type Untyped } from './open.ts'

const OPTIONS = { secret: 'keyboard cat', resave: false, saveUninitialized: false, cookie: { maxAge: 600_000 } }
const KEYS = Array.from({ length: 20 }, (_, index) => `key${index}`)

/** What `holdfast/express-session` keeps over real HTTP with a published store, in one process. */
export function dropInRules(name: string, open: OpenStore): void {
  const start = async (middleware: Untyped, store: Untyped) => {
    const app = await startApp(middleware({ ...OPTIONS, store }))
    onTestFinished(() => app.close())
    return app
  }
  const openStore = async (): Promise<Untyped> => {
    const { store, close } = await open()
    onTestFinished(close)
    return store
  }

  describe(`holdfast/express-session with ${name}`, () => {
    it('signs in and out', async () => {
      const { origin, errors } = await start(session, await openStore())
      const alice = visitor()
      await alice.get(origin, '/write/before')
      await alice.get(origin, '/login')
      assert.deepEqual(await alice.get(origin, '/me'), { user: 'alice' })
      await alice.get(origin, '/logout')
      assert.deepEqual(await alice.get(origin, '/me'), {})
      assert.deepEqual(errors, [])
    })

    it('20 requests at once, each with a key of its own: all 20 are kept', async () => {
      const { origin, errors, waiting, open: letGo } = await start(session, await openStore())
      const alice = visitor()
      await alice.get(origin, '/login')
      const answers = KEYS.map((key) => alice.get(origin, `/slow/${key}`))
      await waiting(KEYS.length)
      letGo()
      await Promise.all(answers)
      const me = await alice.get(origin, '/me')
      assert.deepEqual(Object.keys(me).sort(), [...KEYS, 'user'].sort())
      assert.deepEqual(errors, [])
    })

    it('a request that is slower than a logout does not bring the session back', async () => {
      const store = await openStore()
      const { origin, waiting, open: letGo } = await start(session, store)
      const alice = visitor()
      await alice.get(origin, '/login')
      const slow = alice.get(origin, '/slow/late')
      await waiting(1)
      await alice.get(origin, '/logout')
      letGo()
      await slow
      assert.deepEqual(await alice.get(origin, '/me'), {})
      if (!store.length) return
      assert.equal(await new Promise((resolve) => store.length((_: unknown, count: number) => resolve(count))), 0)
    })

    it('what express-session has written, it reads and goes on with; and the other way round', async () => {
      const store = await openStore()
      const ours = await start(session, store)
      const theirs = await start(published, store)
      for (const [first, second] of [
        [theirs, ours],
        [ours, theirs],
      ] as const) {
        const alice = visitor()
        await alice.get(first.origin, '/login')
        await alice.get(second.origin, '/write/second')
        assert.deepEqual(await alice.get(first.origin, '/me'), { user: 'alice', second: 1 })
        await alice.get(first.origin, '/write/first')
        assert.deepEqual(await alice.get(second.origin, '/me'), { user: 'alice', second: 1, first: 1 })
        await alice.get(second.origin, '/logout')
        assert.deepEqual(await alice.get(first.origin, '/me'), {})
      }
      assert.deepEqual([...ours.errors, ...theirs.errors], [])
    })
  })
}

/** That the same program loses writes on the published middleware, so that the rules above say something. */
export function control(name: string, open: OpenStore): void {
  it(`express-session itself loses writes with ${name}, and a session comes back after a logout`, async () => {
    const { store, close } = await open()
    onTestFinished(close)
    const app = await startApp(published({ ...OPTIONS, store }))
    onTestFinished(() => app.close())
    const alice = visitor()
    await alice.get(app.origin, '/login')
    const answers = KEYS.map((key) => alice.get(app.origin, `/slow/${key}`))
    await app.waiting(KEYS.length)
    app.open()
    await Promise.all(answers)
    assert.ok(Object.keys(await alice.get(app.origin, '/me')).length < KEYS.length)
    const slow = alice.get(app.origin, '/slow/late')
    await app.waiting(1)
    await alice.get(app.origin, '/logout')
    app.open()
    await slow
    assert.equal((await alice.get(app.origin, '/me')).user, 'alice')
  })
}
