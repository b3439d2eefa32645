import assert from 'node:assert/strict'
import { type AdapterBench, COOKIE, routes, show } from '../internal/adapter-bench.ts'
import { parseSetCookie } from '../internal/cookie-jar.ts'
import { type Chapter, rule } from '../internal/rule.ts'

export const cookieRules: Chapter<AdapterBench> = {
  title: 'cookies',
  rules: [
    rule("the application's own cookies are sent beside ours, in whichever way it sets them", async ({ serve }) => {
      // Used for every response: one user's cookie must not get into it.
      const shared = ['a=1; Path=/', 'b=2; Path=/']
      const scene = await serve(
        routes({
          '/own': (turn) => {
            turn.session().user = 'ann'
            return turn.answer(200, 'x', { 'Set-Cookie': 'a=1; Path=/' })
          },
          '/shared': (turn) => {
            turn.session().user = 'ann'
            const res = turn.raw()
            res.setHeader('Set-Cookie', shared)
            res.end('x')
          },
        }),
      )
      const names = async (path: string) =>
        (await scene.browser().get(path)).setCookies.map((line) => parseSetCookie(line).name).sort()
      assert.deepEqual(await names('/own'), ['a', COOKIE])
      assert.deepEqual(await names('/shared'), ['a', 'b', COOKIE])
      assert.deepEqual(await names('/shared'), ['a', 'b', COOKIE])
      assert.equal(shared.length, 2)
    }),

    rule('T126 a response that sets our cookie is not kept by shared caches', async ({ serve }) => {
      const scene = await serve((turn) => {
        turn.session().user = 'ann'
        return turn.answer(200, 'x')
      })
      assert.equal((await scene.browser().get('/')).headers['cache-control'], 'private')
    }),

    rule('T128 a client that says it came over TLS is not believed', async ({ serve }) => {
      const scene = await serve((turn) => {
        turn.session().user = 'ann'
        return turn.answer(200, 'x')
      })
      const reply = await scene.browser().get('/', { headers: { 'x-forwarded-proto': 'https' } })
      const [line = ''] = reply.setCookies
      const { name, attributes } = parseSetCookie(line)
      assert.deepEqual([name, attributes.has('secure'), attributes.get('path')], [COOKIE, false, '/'])
    }),

    rule('T024 a cookie of one path opens nothing outside it', async ({ serve }) => {
      const scene = await serve(
        routes({
          '/app/in': (turn) => {
            turn.session().user = 'ann'
            return turn.answer(200, 'x')
          },
          '/app/read': show,
          '/apple': show,
        }),
        { options: { cookie: { path: '/app' } } },
      )
      const user = scene.browser()
      await user.get('/app/in')
      assert.deepEqual(await user.json('/app/read'), { user: 'ann' })
      const cookie = user.jar.header('/app') as string
      assert.equal(await (await scene.browser().get('/apple', { headers: { cookie } })).text(), '{}')
    }),

    rule('two sessions on one request are both committed, and both cookies sent', async ({ serve }) => {
      const scene = await serve(
        routes({
          '/write': (turn) => {
            turn.session().user = 'ann'
            turn.session('admin').user = 'root'
            return turn.answer(200, 'x')
          },
          '/raw': (turn) => {
            turn.session().seen = true
            turn.session('admin').seen = true
            turn.raw().end('x')
          },
          '/read': show,
          '/admin': (turn) => show(turn, 'admin'),
        }),
        { latency: 5, others: ['admin'] },
      )
      const user = scene.browser()
      const reply = await user.get('/write')
      const names = reply.setCookies.map((line) => parseSetCookie(line).name)
      assert.deepEqual(names.sort(), ['admin', COOKIE])
      assert.deepEqual(await user.json('/read'), { user: 'ann' })
      assert.deepEqual(await user.json('/admin'), { user: 'root' })
      await (await user.get('/raw')).text()
      assert.deepEqual(await user.json('/read'), { user: 'ann', seen: true })
      assert.deepEqual(await user.json('/admin'), { user: 'root', seen: true })
    }),
  ],
}
