import { createServer, type RequestListener } from 'node:http'
import express from 'express'
import Koa from 'koa'
import { afterEach, describe, expect, it } from 'vitest'
import { session as expressSession } from '../../src/adapters/express.ts'
import { session as koaSession } from '../../src/adapters/koa.ts'
import { createSessions, type Sessions } from '../../src/index.ts'
import type { ServedAdapter } from '../../src/testing/adapter-suite.ts'
import { listening } from './bindings/listening.ts'

type Data = { user?: string; cart?: number }

const open: ServedAdapter[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

/** Applications with one place to sign in, that know nothing of the limit. */
const APPLICATIONS: Readonly<Record<string, (sessions: Sessions<Data>) => RequestListener>> = {
  express(sessions) {
    const app = express()
    app.use(expressSession(sessions))
    app.get('/cart', (req, res) => {
      ;(req.session as Data).cart = 1
      res.send('cart')
    })
    app.get('/sign-in', async (req, res) => {
      await (req.session as unknown as { regenerate(): Promise<void> }).regenerate()
      ;(req.session as Data).user = 'ada'
      res.send('welcome')
    })
    // As the framework's own, without its printing.
    app.use(((error, _req, res, _next) => {
      res.status(error.status).send('sorry')
    }) as express.ErrorRequestHandler)
    return app
  },
  koa(sessions) {
    const app = new Koa()
    app.silent = true
    app.use(koaSession(sessions))
    app.use(async (ctx) => {
      const session = ctx.session as Data & { regenerate(): Promise<void> }
      if (ctx.path === '/cart') session.cart = 1
      else {
        await session.regenerate()
        session.user = 'ada'
      }
      ctx.body = 'welcome'
    })
    return app.callback() as RequestListener
  },
}

const cookieOf = (response: Response): string | undefined => response.headers.getSetCookie()[0]?.split(';')[0]

describe.each(Object.entries(APPLICATIONS))("ownerLimit 'refuse' on %s", (_, application) => {
  it('T152 a sign-in that is not let in is answered 409, with no session, and takes the cookie from before away', async () => {
    const sessions = createSessions<Data>({
      secrets: 'a secret for tests that is long enough for it',
      logger: {},
      owner: ({ user }) => user,
      ownerLimit: { sessions: 1, policy: 'refuse' },
    })
    const server = await listening(createServer(application(sessions)))
    open.push(server)
    const get = (path: string, cookie?: string) =>
      fetch(`${server.origin}${path}`, { headers: cookie ? { cookie } : {} })

    const first = await get('/sign-in')
    expect([first.status, cookieOf(first)]).toEqual([200, expect.stringMatching(/^holdfast\.sid=.{80}/)])
    const second = await get('/sign-in')
    expect([second.status, second.headers.getSetCookie()]).toEqual([409, []])
    expect(await second.text()).not.toContain('welcome')
    const before = cookieOf(await get('/cart'))
    const third = await get('/sign-in', before)
    expect([third.status, cookieOf(third)]).toEqual([409, 'holdfast.sid='])
    expect(await sessions.count()).toBe(1)
    await sessions.close()
  })
})
