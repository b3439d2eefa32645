import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import fastifyCookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import fastify from 'fastify'
import { describe, it, onTestFinished } from 'vitest'
import { toExpressStore } from '../../../src/compat/bridges/index.ts'
import dropIn from '../../../src/compat/express-session.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { startApp, visitor } from '../stores/app.ts'
import { published, type Untyped } from '../stores/open.ts'

const SECRET = 'a secret of at least thirty-two characters'
const OPTIONS = { secret: SECRET, resave: false, saveUninitialized: false, cookie: { maxAge: 600_000 } }

const start = async (middleware: Untyped) => {
  const app = await startApp(middleware)
  onTestFinished(() => app.close())
  return app
}

describe('the published express-session on a Holdfast store', () => {
  it('signs in and out, and a request that is slower than the logout does not bring the session back', async () => {
    const app = await start(published({ ...OPTIONS, store: toExpressStore(memoryStore()) }))
    const alice = visitor()
    await alice.get(app.origin, '/login')
    await alice.get(app.origin, '/write/n')
    assert.deepEqual(await alice.get(app.origin, '/me'), { user: 'alice', n: 1 })
    const slow = alice.get(app.origin, '/slow/late')
    await app.waiting(1)
    await alice.get(app.origin, '/logout')
    app.open()
    await slow
    assert.deepEqual(await alice.get(app.origin, '/me'), {})
    assert.deepEqual(app.errors, [])
  })

  it('in two processes, too', async () => {
    // What two processes share is the data; a bridge, and what it remembers, each has for itself.
    const store = memoryStore()
    const one = await start(published({ ...OPTIONS, store: toExpressStore({ ...store }) }))
    const two = await start(published({ ...OPTIONS, store: toExpressStore({ ...store }) }))
    const alice = visitor()
    await alice.get(one.origin, '/login')
    const slow = alice.get(one.origin, '/slow/late')
    await one.waiting(1)
    await alice.get(two.origin, '/logout')
    one.open()
    await slow
    assert.deepEqual(await alice.get(one.origin, '/me'), {})
    assert.deepEqual(await alice.get(two.origin, '/me'), {})
  })

  it('of writes at once the last one wins: this is what only the drop-in mends', async () => {
    const store = memoryStore()
    const count = async (middleware: Untyped) => {
      const app = await start(middleware)
      const alice = visitor()
      await alice.get(app.origin, '/login')
      const answers = ['a', 'b', 'c'].map((key) => alice.get(app.origin, `/slow/${key}`))
      await app.waiting(3)
      app.open()
      await Promise.all(answers)
      return Object.keys(await alice.get(app.origin, '/me')).length
    }
    assert.equal(await count(published({ ...OPTIONS, store: toExpressStore(store) })), 2)
    assert.equal(await count(dropIn({ ...OPTIONS, store })), 4)
  })

  it('everybody stays signed in when the drop-in takes over, beside it, and when it goes again', async () => {
    const store = memoryStore()
    const before = await start(published({ ...OPTIONS, store: toExpressStore(store) }))
    const after = await start(dropIn({ ...OPTIONS, store }))
    const alice = visitor()
    await alice.get(before.origin, '/login')
    await alice.get(after.origin, '/write/after')
    assert.deepEqual(await alice.get(before.origin, '/me'), { user: 'alice', after: 1 })
    await alice.get(before.origin, '/write/before')
    assert.deepEqual(await alice.get(after.origin, '/me'), { user: 'alice', after: 1, before: 1 })
    const slow = alice.get(before.origin, '/slow/late')
    await before.waiting(1)
    await alice.get(after.origin, '/logout')
    before.open()
    await slow
    for (const { origin, errors } of [before, after]) {
      assert.deepEqual(await alice.get(origin, '/me'), {})
      assert.deepEqual(errors, [])
    }
  })
})

describe('@fastify/session on a Holdfast store', () => {
  const startFastify = async (store: Untyped, cookie: object = {}) => {
    const app = fastify()
    await app.register(fastifyCookie)
    await app.register(fastifySession as Untyped, { ...OPTIONS, cookie: { secure: false, ...cookie }, store })
    let letGo = (): void => undefined
    let arrived = (): void => undefined
    app.get('/me', async ({ session }: Untyped) => ({ user: session.get('user') ?? null, late: session.get('late') }))
    app.get('/login', async (request: Untyped) => {
      await request.session.regenerate()
      request.session.set('user', 'alice')
      return {}
    })
    app.get('/logout', async ({ session }: Untyped) => {
      await session.destroy()
      return {}
    })
    app.get('/slow', async (request: Untyped) => {
      await new Promise<void>((resolve) => {
        letGo = resolve
        arrived()
      })
      request.session.set('late', 1)
      return {}
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    onTestFinished(() => app.close())
    return {
      origin: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
      waiting: () =>
        new Promise<void>((resolve) => {
          arrived = resolve
        }),
      open: () => letGo(),
    }
  }

  for (const cookie of [{}, { maxAge: 600_000 }]) {
    it(`signs in and out with ${JSON.stringify(cookie)}, and nothing brings the session back`, async () => {
      const { origin, waiting, open } = await startFastify(toExpressStore(memoryStore()), cookie)
      const alice = visitor()
      await alice.get(origin, '/login')
      assert.deepEqual(await alice.get(origin, '/me'), { user: 'alice' })
      const arrived = waiting()
      const slow = alice.get(origin, '/slow')
      await arrived
      const old = alice.fork()
      await alice.get(origin, '/logout')
      open()
      await slow
      for (const one of [alice, old]) assert.deepEqual(await one.get(origin, '/me'), { user: null })
    })
  }

  it('a new process on the same data knows the sessions', async () => {
    const store = memoryStore()
    const alice = visitor()
    await alice.get((await startFastify(toExpressStore({ ...store }))).origin, '/login')
    const { origin } = await startFastify(toExpressStore({ ...store }))
    assert.deepEqual(await alice.get(origin, '/me'), { user: 'alice' })
  })
})
