import Koa from 'koa'
import { expect, it, onTestFinished } from 'vitest'
import session, { type CreateSessionOptions } from '../../src/compat/koa-session.ts'
import { type Browser, browser } from '../../src/testing/internal/browser.ts'
import { type OtherStore, otherStore } from './koa-store.ts'

// biome-ignore lint/suspicious/noExplicitAny: koa-session gives the session no type
type Ctx = any

interface App {
  readonly store: OtherStore
  readonly user: Browser
}

/** A program with a handler for each path, and one that has its turn again when the session's middleware is through. */
async function start(
  routes: Record<string, (ctx: Ctx) => unknown>,
  { after = () => {}, ...options }: CreateSessionOptions & { after?: (ctx: Ctx) => unknown } = {},
): Promise<App> {
  const store = otherStore()
  const app = new Koa()
  app.keys = ['keyboard cat']
  app.silent = true
  app.use(async (ctx, next) => {
    await next()
    await after(ctx)
  })
  app.use(session({ store, ...options }, app))
  app.use(async (ctx: Ctx) => {
    ctx.body = {}
    await routes[ctx.path]?.(ctx)
  })
  const server = app.listen(0)
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { store, user: browser(`http://127.0.0.1:${(server.address() as { port: number }).port}`, 'http') }
}

const write = (ctx: Ctx): void => {
  ctx.session.n = (ctx.session.n ?? 0) + 1
}

it('gives a session one new id if nobody waits for that, and the old one is gone', async () => {
  const { store, user } = await start({
    '/write': write,
    '/renew'(ctx) {
      write(ctx)
      ctx.session.regenerate()
    },
  })
  await user.json('/write')
  const [old] = store.entries.keys()
  await user.json('/renew')
  expect([...store.entries.keys()]).toEqual([user.jar.get('koa.sess')])
  expect(store.entries.has(old as string)).toBe(false)
})

it('puts what comes after a removal under an id of its own', async () => {
  const { store, user } = await start(
    {
      '/write': write,
      '/logout'(ctx) {
        ctx.session = null
      },
    },
    {
      async after(ctx) {
        if (ctx.path !== '/logout') return
        ctx.session = { farewell: true }
        await ctx.session.save()
      },
    },
  )
  await user.json('/write')
  const [old] = store.entries.keys()
  await user.json('/logout')
  expect(store.entries.size).toBe(1)
  expect(store.entries.has(old as string)).toBe(false)
  expect(store.entries.has(user.jar.get('koa.sess') as string)).toBe(true)
})

it('does not hand the id of what ended to an externalKey', async () => {
  const given: string[] = []
  const externalKey = {
    get: (ctx: Ctx) => ctx.get('x-id'),
    set: (_ctx: Ctx, id: string) => void given.push(id),
  }
  let pass = (): void => {}
  let reached = (): void => {}
  const waits = new Promise<void>((resolve) => {
    reached = resolve
  })
  const { store, user } = await start(
    {
      '/write': write,
      async '/slow'(ctx) {
        reached()
        await new Promise<void>((resolve) => {
          pass = resolve
        })
        write(ctx)
      },
      '/logout'(ctx) {
        ctx.session = null
      },
    },
    { externalKey },
  )
  await user.json('/write')
  const [id] = given
  const headers = { 'x-id': id as string }
  const slow = user.get('/slow', { headers })
  await waits
  await user.get('/logout', { headers }).then((reply) => reply.text())
  pass()
  await slow.then((reply) => reply.text())
  expect(given).toEqual([id])
  expect(store.entries.size).toBe(0)
})

it("takes another library's store for what it is, whatever methods it has beside", async () => {
  const own = otherStore()
  const never = (): never => {
    throw new Error('not for a session')
  }
  const { user } = await start(
    { '/write': write },
    { store: { ...own, insert: never, update: never, delete: never, touch: never } as OtherStore },
  )
  await user.json('/write')
  expect([...own.entries.keys()]).toEqual([user.jar.get('koa.sess')])
})
