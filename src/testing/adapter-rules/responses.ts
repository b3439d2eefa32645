import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { type AdapterBench, routes } from '../internal/adapter-bench.ts'
import { type Chapter, rule } from '../internal/rule.ts'

export const responseRules: Chapter<AdapterBench> = {
  title: 'a response that waited is the response that the handler gave',
  rules: [
    rule('Content-Length is what it is without a session', async ({ serve, transport }) => {
      const scene = await serve(
        routes({
          '/own': (turn) => turn.answer(200, 'hello'),
          '/own-touched': (turn) => {
            turn.session().user = 'ann'
            return turn.answer(200, 'hello')
          },
          '/raw-touched': (turn) => {
            turn.session().user = 'ann'
            return turn.raw().end('hello')
          },
        }),
        { latency: 2 },
      )
      const user = scene.browser()
      const framing = async (path: string) => {
        const { headers, text } = await user.get(path)
        assert.equal(await text(), 'hello')
        return [headers['content-length'], headers['transfer-encoding']]
      }
      assert.deepEqual(await framing('/own-touched'), await framing('/own'))
      // HTTP/2 needs no length, and Node adds none.
      assert.deepEqual(await framing('/raw-touched'), [transport === 'http' ? '5' : undefined, undefined])
    }),

    rule('callbacks of res.write and res.end run exactly once', async ({ serve }) => {
      let calls = 0
      let ended = (): void => {}
      const over = new Promise<void>((resolve) => {
        ended = resolve
      })
      const scene = await serve(
        (turn) => {
          turn.session().user = 'ann'
          const res = turn.raw()
          res.write('a', () => {
            calls += 1
          })
          res.end('b', () => {
            calls += 10
            setImmediate(ended)
          })
        },
        { latency: 2 },
      )
      assert.equal(await (await scene.browser().get('/')).text(), 'ab')
      await over
      assert.equal(calls, 11)
    }),

    rule('the status and the headers of the handler arrive, also if it set them by hand', async ({ serve }) => {
      const scene = await serve(
        (turn) => {
          turn.session().user = 'ann'
          const res = turn.raw()
          res.statusCode = 202
          res.setHeader('X-One', '1')
          res.write('a')
          res.statusCode = 500
          res.end('b')
        },
        { latency: 2 },
      )
      const reply = await scene.browser().get('/')
      assert.equal(await reply.text(), 'ab')
      assert.deepEqual([reply.status, reply.headers['x-one']], [202, '1'])
    }),

    rule("a long body arrives whole, in the framework's way and by hand, with back-pressure", async ({ serve }) => {
      const pieces = Array.from({ length: 60 }, (_, i) => String(i % 10).repeat(10_000))
      const scene = await serve(
        routes({
          '/own': (turn) => {
            turn.session().user = 'ann'
            return turn.answer(200, Readable.from(pieces))
          },
          '/raw': async (turn) => {
            turn.session().user = 'ann'
            const res = turn.raw()
            for (const piece of pieces) if (!res.write(piece)) await once(res, 'drain')
            res.end()
          },
        }),
        { latency: 2 },
      )
      for (const path of ['/own', '/raw']) {
        const text = await (await scene.browser().get(path)).text()
        assert.ok(text === pieces.join(''), `${path}: ${text.length} characters arrived`)
      }
    }),
  ],
}
