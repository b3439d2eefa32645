import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Koa from 'koa'
import { afterEach, describe, it, onTestFinished, vi } from 'vitest'
import { toKoaStore } from '../../../src/compat/bridges/index.ts'
import dropIn from '../../../src/compat/koa-session.ts'
import { fileStore } from '../../../src/stores/file.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { visitor } from '../stores/app.ts'
import { load, type Untyped } from '../stores/open.ts'

const koaSession = load('koa-session')
const genericSession = load('koa-generic-session')
const minimalSession = load('koa-session-minimal')

const DAY = 86_400_000
const NOW = 1_800_000_000_000

/** How each of the middlewares is mounted on a store, and how its application signs out. */
const KINDS: Record<
  string,
  { readonly on: (app: Koa, store: Untyped) => Untyped; readonly out: (ctx: Untyped) => void }
> = {
  'koa-session': {
    on: (app, store) => (koaSession.createSession ?? koaSession.default ?? koaSession)({ store }, app),
    out: (ctx) => {
      ctx.session = null
    },
  },
  "koa-session, 'session'": {
    on: (app, store) => (koaSession.createSession ?? koaSession)({ store, maxAge: 'session' }, app),
    out: (ctx) => {
      ctx.session = null
    },
  },
  'koa-generic-session': {
    on: (_app, store) => genericSession({ store, allowEmpty: false }),
    out: (ctx) => {
      ctx.session = null
    },
  },
  'koa-session-minimal': {
    on: (_app, store) => minimalSession({ store }),
    out: (ctx) => {
      ctx.session = {}
    },
  },
  'holdfast/koa-session': {
    on: (app, store) => dropIn({ store }, app),
    out: (ctx) => {
      ctx.session = null
    },
  },
}

async function start(kind: string, store: Untyped) {
  const { on, out } = KINDS[kind]!
  const app = new Koa()
  const errors: unknown[] = []
  app.keys = ['keyboard cat']
  app.on('error', (error) => errors.push(error))
  app.use(on(app, store))
  let letGo = (): void => undefined
  let arrived = (): void => undefined
  app.use(async (ctx: Untyped) => {
    if (ctx.path === '/login') ctx.session.user = 'alice'
    if (ctx.path === '/logout') out(ctx)
    if (ctx.path === '/slow') {
      // Looked at before, so that this request has the session.
      void ctx.session.user
      await new Promise<void>((resolve) => {
        letGo = resolve
        arrived()
      })
    }
    const [, write, key] = ctx.path.split('/')
    if (write === 'write') ctx.session[key] = 1
    if (ctx.path === '/slow') ctx.session.late = 1
    const { user = null, n, late } = ctx.session ?? {}
    ctx.body = { user, n, late }
  })
  const server = createServer(app.callback()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    errors,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    waiting: () =>
      new Promise<void>((resolve) => {
        arrived = resolve
      }),
    open: () => letGo(),
  }
}

const PUBLISHED = Object.keys(KINDS).slice(0, -1)

describe('toKoaStore', () => {
  afterEach(() => vi.useRealTimers())

  for (const kind of PUBLISHED) {
    describe(`under the published ${kind}`, () => {
      it('signs in and out, and a request that is slower than the logout does not bring the session back', async () => {
        const app = await start(kind, toKoaStore(memoryStore()))
        const alice = visitor()
        await alice.get(app.origin, '/login')
        await alice.get(app.origin, '/write/n')
        assert.deepEqual(await alice.get(app.origin, '/me'), { user: 'alice', n: 1 })
        const old = alice.fork()
        const arrived = app.waiting()
        const slow = alice.get(app.origin, '/slow')
        await arrived
        await alice.get(app.origin, '/logout')
        app.open()
        await slow
        for (const one of [alice, old]) assert.deepEqual(await one.get(app.origin, '/me'), { user: null })
        assert.deepEqual(app.errors, [])
      })

      it('a new process on the same data knows the sessions', async () => {
        const store = memoryStore()
        const alice = visitor()
        await alice.get((await start(kind, toKoaStore({ ...store }))).origin, '/login')
        const { origin } = await start(kind, toKoaStore({ ...store }))
        assert.equal((await alice.get(origin, '/me')).user, 'alice')
      })
    })
  }

  it('everybody stays signed in when the drop-in for koa-session takes over, beside it, and when it goes again', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-bridges-'))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    const store = fileStore({ directory })
    const before = await start('koa-session', toKoaStore(store))
    const after = await start('holdfast/koa-session', store)
    const alice = visitor()
    await alice.get(before.origin, '/login')
    await alice.get(after.origin, '/write/n')
    assert.deepEqual(await alice.get(before.origin, '/me'), { user: 'alice', n: 1 })
    const arrived = before.waiting()
    const slow = alice.get(before.origin, '/slow')
    await arrived
    const old = alice.fork()
    await alice.get(after.origin, '/logout')
    before.open()
    await slow
    for (const { origin } of [before, after]) assert.deepEqual(await old.get(origin, '/me'), { user: null })
    const bob = visitor()
    await bob.get(after.origin, '/login')
    assert.equal((await bob.get(before.origin, '/me')).user, 'alice')
  })

  it('ends what it is given when it is told to, exactly; else when the cookie says; else in a day', async () => {
    for (const [session, maxAge, end] of [
      [{}, 1000, 1000],
      [{}, 0.5, 1],
      [{}, 'session', DAY],
      [{}, undefined, DAY],
      [{}, Number.NaN, DAY],
      [{ cookie: { maxAge: 5000 } }, undefined, 5000],
      [{ cookie: { expires: new Date(NOW + 7000) } }, undefined, 7000],
      [{ cookie: { expires: new Date(NOW + 7000) } }, 1000, 1000],
    ] as const) {
      vi.useFakeTimers({ toFake: ['Date'], now: NOW })
      const store = toKoaStore(memoryStore())
      await store.set('a', session, maxAge)
      vi.setSystemTime(NOW + end - 1)
      assert.notEqual(await store.get('a'), undefined, `${maxAge}`)
      vi.setSystemTime(NOW + end)
      assert.equal(await store.get('a'), undefined, `${maxAge}`)
    }
  })

  it('of several writes at once the last call wins, and a destroy among them ends it', async () => {
    const store = toKoaStore(memoryStore())
    await Promise.all([1, 2, 3].map((n) => store.set('a', { n }, DAY)))
    assert.deepEqual(await store.get('a'), { n: 3 })
    await Promise.all([store.set('a', { n: 4 }, DAY), store.destroy('a'), store.set('a', { n: 5 }, DAY)])
    assert.equal(await store.get('a'), undefined)
  })

  it('takes a number for an id as koa-session does, and nothing else but text', async () => {
    const store = toKoaStore(memoryStore()) as Untyped
    await store.set(1, { n: 1 }, DAY)
    assert.deepEqual(await store.get('1'), { n: 1 })
    for (const key of [undefined, null, {}, ['1'], { toString: () => '1' }]) {
      assert.equal(await store.get(key), undefined)
      await store.destroy(key)
      await assert.rejects(store.set(key, {}, DAY), { code: 'ERR_SESSION_KEY' })
    }
    assert.deepEqual(await store.get(1), { n: 1 })
  })

  it('a failure of the store is a coded error, and no missing session', async () => {
    const broken = () => {
      throw new Error('down')
    }
    const store = toKoaStore({ ...memoryStore(), get: broken, delete: broken })
    for (const call of [() => store.get('a'), () => store.set('a', {}, DAY), () => store.destroy('a')]) {
      await assert.rejects(call, { code: 'ERR_SESSION_STORE' })
    }
    assert.throws(() => toKoaStore({} as never), { code: 'ERR_SESSION_OPTION' })
  })
})
