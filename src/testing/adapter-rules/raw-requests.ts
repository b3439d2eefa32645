import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type AdapterBench, COOKIE, routes, show, signIn } from '../internal/adapter-bench.ts'
import { raw } from '../internal/browser.ts'
import { type Chapter, rule } from '../internal/rule.ts'

/** Requests that no client library sends. */
export const rawRules: Chapter<AdapterBench> = {
  title: 'requests byte by byte',
  rules: [
    rule('T024 strange request targets are answered', async ({ serve }) => {
      const scene = await serve((turn) => {
        turn.session().seen = true
        return turn.answer(200, 'fine')
      })
      const targets = [
        'GET //sid',
        'GET http://elsewhere.example/a?b',
        'GET http://elsewhere.example',
        'GET /a?b#c',
        'GET /%',
        'OPTIONS *',
      ]
      for (const target of targets) {
        const answer = await raw(scene.origin, `${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
        assert.match(answer, /^HTTP\/1\.1 (200|204|4\d\d) /, target)
      }
    }),

    rule('T018 two Cookie header lines are one', async ({ serve }) => {
      const scene = await serve(routes({ '/in': signIn, '/read': show }))
      const user = scene.browser()
      await user.get('/in')
      const lines = `Cookie: other=1\r\nCookie: ${user.jar.header('/')}\r\n`
      const answer = await raw(scene.origin, `GET /read HTTP/1.1\r\nHost: a\r\n${lines}Connection: close\r\n\r\n`)
      assert.match(answer, /\{"user":"ann"\}/)
    }),

    rule('T004 a Cookie header of 8 KiB of rubbish is no session and no error', async ({ serve }) => {
      const scene = await serve(show)
      for (const rubbish of [';', ' ', '"', '%25', `${COOKIE}=`, `${COOKIE};`, '=']) {
        const header = rubbish.repeat(Math.floor(8192 / rubbish.length))
        const text = `GET / HTTP/1.1\r\nHost: a\r\nCookie: ${header}\r\nConnection: close\r\n\r\n`
        assert.match(await raw(scene.origin, text), /^HTTP\/1\.1 200 .*\{\}/s)
      }
      assert.equal(scene.watched.calls('get'), 0)
    }),

    rule('two requests on one connection are answered in order', async ({ serve }) => {
      const scene = await serve(
        (turn) => {
          turn.session().user = 'ann'
          return turn.answer(200, `page ${turn.target}`)
        },
        { latency: 5 },
      )
      const request = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`
      const answer = await raw(scene.origin, request('/1') + request('/2') + request('/3', 'Connection: close\r\n'))
      assert.deepEqual(answer.match(/page \/\d/g), ['page /1', 'page /2', 'page /3'])
    }),

    rule('T125 a client that hangs up: the commit is made, and the server goes on', async ({ serve }) => {
      let begun = (): void => {}
      let closed: Promise<unknown> = Promise.resolve()
      const scene = await serve(
        routes({
          '/slow': async (turn) => {
            const res = turn.raw()
            closed = once(res, 'close')
            turn.session().user = 'ann'
            begun()
            await closed
            res.end('nobody hears this')
          },
          '/begun': (turn) => {
            const res = turn.raw()
            closed = once(res, 'close')
            turn.session().user = 'ann'
            res.write('nobody ')
            res.end('hears this')
            begun()
          },
          '/': (turn) => turn.answer(200, 'fine'),
        }),
        { latency: 5 },
      )
      for (const [index, path] of ['/slow', '/begun'].entries()) {
        const started = new Promise<void>((resolve) => {
          begun = resolve
        })
        const socket = connect(Number(new URL(scene.origin).port), '127.0.0.1')
        socket.on('error', () => {})
        socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
        await started
        socket.destroy()
        await closed
        while (scene.watched.acknowledged('insert') <= index) await new Promise((resolve) => setTimeout(resolve, 2))
      }
      assert.equal(await scene.sessions.count(), 2)
      assert.equal(await (await scene.browser().get('/')).text(), 'fine')
    }),
  ],
}
