import { Readable } from 'node:stream'
import Koa3 from 'koa'
import { describe, expect, it } from 'vitest'
import { csrfToken, isCsrfToken } from './csrf.ts'
import { KOA_SESSIONS } from './koa-sessions.ts'
import { type Any, listen, load } from './programs.ts'

const mount = load('koa-mount')
const bodyParser = load('koa-bodyparser')
const { Router } = load('@koa/router')

const KOAS: Readonly<Record<string, Any>> = { 'Koa 3': Koa3, 'Koa 2': load('koa2') }
const sides = Object.entries(KOAS).flatMap(([koa, Koa]) =>
  Object.entries(KOA_SESSIONS).map(([name, make]) => ({ name: `${name}, ${koa}`, Koa, make })),
)

/** A site with a part for its administrators, which is an application of its own, and one with routers in routers. */
async function site({ Koa, make }: { Koa: Any; make: (app: Any) => Any }) {
  const app = new Koa()
  app.keys = ['keyboard cat']
  app.silent = true
  app.use(make(app))
  app.use(bodyParser())

  const admin = new Koa()
  admin.use((ctx: Any, next: Any) => (ctx.session.user === 'ann' ? next() : ctx.throw(403)))
  admin.use((ctx: Any) => {
    ctx.session.seen = (ctx.session.seen ?? 0) + 1
    ctx.body = { at: ctx.path, user: ctx.session.user, seen: ctx.session.seen }
  })
  app.use(mount('/admin', admin))

  const items = new Router()
  items.get('/:item', (ctx: Any) => {
    ctx.session[`item:${ctx.params.item}`] = true
    ctx.body = {}
  })
  const router = new Router()
  router.use('/items', items.routes())
  router.get('/in', async (ctx: Any) => {
    await ctx.session.regenerate?.()
    ctx.session.user = ctx.query.user
    ctx.redirect('/me')
  })
  router.get('/out', (ctx: Any) => {
    ctx.session = null
    ctx.body = {}
  })
  router.get('/me', (ctx: Any) => {
    const data = ctx.session.toJSON?.() ?? ctx.session
    ctx.body = { user: data.user ?? null, items: Object.keys(data).filter((key) => key.startsWith('item:')).length }
  })
  router.get('/form', (ctx: Any) => {
    ctx.body = { token: csrfToken(ctx.session) }
  })
  router.get('/send', (ctx: Any) => {
    if (!isCsrfToken(ctx.session, ctx.query.token)) ctx.throw(403)
    ctx.body = {}
  })
  router.get('/stream', (ctx: Any) => {
    ctx.session.streamed = true
    ctx.type = 'text'
    ctx.body = Readable.from(['a', 'b', 'c'])
  })
  app.use(router.routes()).use(router.allowedMethods())
  return listen(app.callback())
}

describe.each(sides)('$name', (side) => {
  it('is the session of an application that koa-mount has mounted, too', async () => {
    const user = (await site(side)).visitor()
    expect((await user.get('/admin/a')).status).toBe(403)
    await user.get('/in?user=ann')
    expect(await user.json('/admin/a')).toEqual({ at: '/a', user: 'ann', seen: 1 })
    expect(await user.json('/admin')).toEqual({ at: '/', user: 'ann', seen: 2 })
    await user.get('/out')
    expect((await user.get('/admin/a')).status).toBe(403)
  })

  it('is there in routers of @koa/router, and in the routers that those use', async () => {
    const user = (await site(side)).visitor()
    for (const item of ['tea', 'cake', 'tea']) await user.json(`/items/${item}`)
    expect(await user.json('/me')).toEqual({ user: null, items: 2 })
    expect((await user.get('/items')).status).toBe(404)
    expect((await user.get('/me', { method: 'DELETE' })).status).toBe(405)
    expect(await user.json('/me')).toEqual({ user: null, items: 2 })
  })

  it('keeps the secret of tokens in forms', async () => {
    const program = await site(side)
    const [user, other] = [program.visitor(), program.visitor()]
    const { token } = await user.json('/form')
    await other.json('/form')
    expect(await user.json(`/send?token=${token}`)).toEqual({})
    expect((await other.get(`/send?token=${token}`)).status).toBe(403)
    expect((await user.get('/send')).status).toBe(403)
  })

  it('is saved beside a stream', async () => {
    const user = (await site(side)).visitor()
    const reply = await user.get('/stream')
    expect(reply.setCookies.length).toBeGreaterThan(0)
    expect(await reply.text()).toBe('abc')
  })
})

describe.each(sides.filter(({ name }) => !name.includes('cookies')))('$name', (side) => {
  it('loses nothing of requests at the same time, over its router', async () => {
    const user = (await site(side)).visitor()
    await user.json('/items/first')
    await Promise.all(Array.from({ length: 20 }, (_, n) => user.json(`/items/${n}`)))
    expect(await user.json('/me')).toEqual({ user: null, items: 21 })
  })
})
