import assert from 'node:assert/strict'
import { type AdapterBench, COOKIE, routes, show, signIn } from '../internal/adapter-bench.ts'
import { type Chapter, rule } from '../internal/rule.ts'
import { WAYS } from './ways.ts'

export const headerRules: Chapter<AdapterBench> = {
  title: 'when the headers arrive, the store has acknowledged the write',
  rules: [
    rule('a redirect after the sign-in, followed at once on a store of 50 ms, finds the session', async ({ serve }) => {
      const scene = await serve(
        routes({
          '/in': (turn) => {
            turn.session().user = 'ann'
            return turn.answer(303, '', { Location: '/read' })
          },
          '/read': show,
        }),
        { latency: 50 },
      )
      const user = scene.browser()
      const reply = await user.get('/in')
      assert.equal(reply.status, 303)
      assert.deepEqual(await user.json(String(reply.headers.location)), { user: 'ann' })
    }),

    ...WAYS.map((way) =>
      rule<AdapterBench>(way.title, async ({ serve }) => {
        const scene = await serve(
          routes({
            '/': (turn) => {
              turn.session().user = 'ann'
              return way.answer(turn)
            },
            '/read': show,
          }),
          { latency: 10 },
        )
        const user = scene.browser()
        const reply = await user.get('/')
        assert.equal(scene.watched.acknowledged('insert'), 1, 'the store has acknowledged when the headers are there')
        assert.equal(reply.status, way.status)
        const text = await reply.text()
        if (way.body !== undefined) assert.equal(text, way.body)
        assert.equal(reply.setCookies.filter((line) => line.startsWith(`${COOKIE}=`)).length, 1)
        if (way.title.includes('T122')) {
          assert.ok(reply.setCookies.includes('own=1; Path=/'), "the application's own cookie is there too")
          assert.equal(reply.headers['x-own'], 'yes')
        }
        assert.deepEqual(await user.json('/read'), { user: 'ann' })
      }),
    ),

    ...WAYS.map((way) =>
      rule<AdapterBench>(`${way.title}, asked for by HEAD`, async ({ serve }) => {
        const scene = await serve((turn) => {
          turn.session().user = 'ann'
          return way.answer(turn)
        })
        const reply = await scene.browser().get('/', { method: 'HEAD' })
        assert.equal(reply.status, way.status)
        assert.equal(reply.setCookies.filter((line) => line.startsWith(`${COOKIE}=`)).length, 1)
        assert.equal(await reply.text(), '')
      }),
    ),

    rule('T124 a stream of events that never ends: the session is there with the first event', async ({ serve }) => {
      const scene = await serve(
        routes({
          '/events': (turn) => {
            turn.session().user = 'ann'
            const res = turn.raw()
            res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' })
            res.write('data: 1\n\n')
          },
          '/read': show,
        }),
        { latency: 10 },
      )
      const user = scene.browser()
      const events = await user.get('/events')
      assert.equal(await events.piece(), 'data: 1\n\n')
      assert.deepEqual(await user.json('/read'), { user: 'ann' })
      assert.equal(events.headers['cache-control'], 'no-cache', "T126 the application's word on caching stays")
      events.abort()
    }),

    rule('T124 what changes after the headers have left is committed before the response ends', async ({ serve }) => {
      const scene = await serve(
        routes({
          '/in': signIn,
          '/late': (turn) => {
            const res = turn.raw()
            res.write('early ')
            turn.session().late = true
            res.end('late')
          },
          '/read': show,
        }),
        { latency: 10 },
      )
      const user = scene.browser()
      await user.get('/in')
      const reply = await user.get('/late')
      assert.equal(await reply.text(), 'early late')
      assert.equal(scene.watched.acknowledged('update'), 1)
      assert.deepEqual(await user.json('/read'), { user: 'ann', late: true })
    }),

    rule(
      'T121 a session first written to after the headers have left becomes no orphan in the store',
      async ({ serve }) => {
        const scene = await serve((turn) => {
          const res = turn.raw()
          res.write('early ')
          turn.session().user = 'ann'
          res.end('late')
        })
        const told: string[] = []
        scene.sessions.on('not-created', ({ reason }) => told.push(reason))
        const reply = await scene.browser().get('/')
        assert.equal(await reply.text(), 'early late')
        assert.deepEqual([reply.setCookies, await scene.sessions.count(), told], [[], 0, ['headers-sent']])
      },
    ),
  ],
}
