import { once } from 'node:events'
import { createServer } from 'node:http'
import Koa from 'koa'
import { afterEach, describe, expect, it } from 'vitest'
import { session } from '../../src/adapters/koa.ts'
import { createSessions, isSessionError, type Store } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import type { ServedAdapter } from '../../src/testing/adapter-suite.ts'
import { listening } from './bindings/listening.ts'

const quiet = { secrets: 'a secret for tests that is long enough for it', logger: {} }

const open: ServedAdapter[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})
const serve = async (app: Koa): Promise<string> => {
  app.silent = true
  const server = await listening(createServer(app.callback()))
  open.push(server)
  return server.origin
}

const broken = (): Store => ({
  ...memoryStore(),
  async insert() {
    throw new Error('The connection is lost.')
  },
})

describe('holdfast/koa', () => {
  it('takes an engine, and defines its accessor once per application', async () => {
    const sessions = createSessions(quiet)
    const app = new Koa()
    app.use(session(sessions))
    app.use((ctx) => {
      ctx.body = { own: Object.hasOwn(ctx, 'session'), app: Object.hasOwn(app.context, 'session') }
    })
    expect(await (await fetch(await serve(app))).json()).toEqual({ own: false, app: true })
    expect('session' in new Koa().context).toBe(false)
    await sessions.close()
  })

  it('says so when another middleware has the property', async () => {
    const app = new Koa()
    Object.defineProperty(app.context, 'session', { get: () => ({}), configurable: true })
    app.use(session(quiet))
    const origin = await serve(app)
    const error = once(app, 'error')
    expect((await fetch(origin)).status).toBe(500)
    expect((await error)[0]).toMatchObject({ code: 'ERR_SESSION_OPTION', option: 'property' })
  })

  it('is no second session when it is used twice, and refuses two engines under one name', async () => {
    const app = new Koa()
    const twice = session(quiet)
    app.use(twice).use(twice)
    app.use(async (ctx, next) => (ctx.path === '/other' ? next() : void (ctx.body = 'fine')))
    app.use(session(quiet))
    const origin = await serve(app)
    expect((await fetch(origin)).status).toBe(200)
    expect((await fetch(`${origin}/other`)).status).toBe(500)
  })

  it('a failed commit is an error that middleware before it can catch, told once', async () => {
    const app = new Koa()
    const caught: unknown[] = []
    const told: unknown[] = []
    app.on('error', (error) => told.push(error))
    app.use(async (ctx, next) => {
      try {
        await next()
      } catch (error) {
        caught.push(isSessionError(error) && error.code)
        ctx.status = 503
        ctx.body = 'own page'
      }
    })
    app.use(session({ ...quiet, store: broken() }))
    app.use((ctx) => {
      Object.assign(ctx.session, { user: 'ann' })
      ctx.body = 'fine'
    })
    const answer = await fetch(await serve(app))
    expect([answer.status, await answer.text()]).toEqual([503, 'own page'])
    expect([caught, told]).toEqual([['ERR_SESSION_STORE'], []])
  })

  it('what middleware before it changes after the handler is committed too', async () => {
    const app = new Koa()
    app.use(async (ctx, next) => {
      await next()
      Object.assign(ctx.session, { after: true })
    })
    app.use(session(quiet))
    app.use((ctx) => {
      if (ctx.path === '/') Object.assign(ctx.session, { user: 'ann' })
      ctx.body = ctx.session
    })
    const origin = await serve(app)
    const first = await fetch(origin)
    const cookie = first.headers.get('set-cookie')?.split(';')[0] as string
    const second = await fetch(`${origin}/read`, { headers: { cookie } })
    expect(await second.json()).toMatchObject({ user: 'ann', after: true })
  })

  it('a handler that throws is answered with its own error, and the failed commit is told to the application', async () => {
    const app = new Koa()
    const told: string[] = []
    app.on('error', (error) => told.push(error.message))
    app.use(session({ ...quiet, store: broken() }))
    app.use((ctx) => {
      Object.assign(ctx.session, { user: 'ann' })
      ctx.throw(418, 'teapot')
    })
    const answer = await fetch(await serve(app))
    expect([answer.status, await answer.text()]).toEqual([418, 'teapot'])
    expect(told).toHaveLength(2)
    expect(told[1]).toBe('teapot')
  })

  it('an error that is thrown for every request carries nothing from one to the next', async () => {
    const shared = Object.freeze(Object.assign(new Error('closed'), { status: 500, expose: false }))
    const app = new Koa()
    app.use(async (_ctx, next) => {
      try {
        await next()
      } catch (error) {
        expect(Reflect.ownKeys(error as object)).not.toContain('headers')
        // Koa writes on the error that it answers with.
        throw new Error('a copy')
      }
    })
    app.use(session(quiet))
    app.use((ctx) => {
      if (ctx.path === '/in') Object.assign(ctx.session, { user: 'ann' })
      throw shared
    })
    const origin = await serve(app)
    expect((await fetch(`${origin}/in`)).headers.get('set-cookie')).toContain('holdfast.sid=')
    expect((await fetch(origin)).headers.get('set-cookie')).toBe(null)
  })

  it("Koa's error page drops the handler's headers and keeps the session's cookie", async () => {
    const app = new Koa()
    app.use(session(quiet))
    app.use((ctx) => {
      ctx.set('X-Own', '1')
      Object.assign(ctx.session, { user: 'ann' })
      ctx.throw(400, 'wrong')
    })
    const answer = await fetch(await serve(app))
    expect([answer.status, answer.headers.get('x-own')]).toEqual([400, null])
    expect(answer.headers.get('set-cookie')).toContain('holdfast.sid=')
  })
})
