import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { isSessionError } from '../../index.ts'
import { type AdapterBench, COOKIE, routes, show, signIn } from '../internal/adapter-bench.ts'
import { parseSetCookie } from '../internal/cookie-jar.ts'
import { type Chapter, rule } from '../internal/rule.ts'
import { WAYS } from './ways.ts'

const WRITES = ['insert', 'update', 'touch', 'delete'] as const

export const failureRules: Chapter<AdapterBench> = {
  title: 'failures are answered, and never with success',
  rules: [
    ...WAYS.map((way) =>
      rule<AdapterBench>(
        `a commit that fails is answered 503, and nothing of the answer is sent: ${way.title}`,
        async ({ serve }) => {
          const scene = await serve(
            routes({
              '/': (turn) => {
                turn.session().user = 'ann'
                return way.answer(turn)
              },
              '/read': show,
            }),
            { latency: 2 },
          )
          scene.watched.fault = { operations: WRITES, how: 'fails' }
          const user = scene.browser()
          const reply = await user.get('/')
          assert.equal(reply.status, 503)
          assert.ok(!(await reply.text()).includes('the answer'), 'nothing of the old answer is sent')
          assert.equal(user.jar.get(COOKIE), undefined)
          scene.watched.fault = undefined
          assert.deepEqual(await user.json('/read'), {}, 'the server goes on')
        },
      ),
    ),

    rule('a commit that fails leaves the session as it was', async ({ serve }) => {
      const scene = await serve(
        routes({
          '/in': signIn,
          '/change': (turn) => {
            turn.session().user = 'eve'
            return turn.answer(200, 'changed')
          },
          '/read': show,
        }),
      )
      const user = scene.browser()
      await user.get('/in')
      scene.watched.fault = { operations: WRITES, how: 'fails' }
      assert.equal((await user.get('/change')).status, 503)
      scene.watched.fault = undefined
      assert.deepEqual(await user.json('/read'), { user: 'ann' })
    }),

    rule('a store that cannot be read is answered 503, and the handler is not reached', async ({ serve }) => {
      let reached = 0
      const scene = await serve(
        routes({
          '/in': signIn,
          '/read': (turn) => {
            reached += 1
            return show(turn)
          },
        }),
      )
      const user = scene.browser()
      await user.get('/in')
      scene.watched.fault = { operations: ['get'], how: 'fails' }
      const reply = await user.get('/read')
      await reply.text()
      assert.deepEqual([reply.status, reached], [503, 0])
      scene.watched.fault = undefined
      assert.deepEqual(await user.json('/read'), { user: 'ann' })
    }),

    rule('a store that never answers is answered 503 after its deadline', async ({ serve }) => {
      const scene = await serve(routes({ '/in': signIn, '/read': show }), { options: { storeTimeout: 50 } })
      const user = scene.browser()
      await user.get('/in')
      scene.watched.fault = { operations: ['get'], how: 'hangs' }
      assert.equal((await user.get('/read')).status, 503)
      scene.watched.fault = { operations: WRITES, how: 'hangs' }
      assert.equal((await scene.browser().get('/in')).status, 503)
      assert.equal(scene.watched.calls('insert'), 2, 'the store was asked once more, not again for the error')
    }),

    rule('a handler that throws is answered with its error, and what it changed before is kept', async ({ serve }) => {
      // One object for all requests: nothing of one may stick to it and reach the next.
      const shared = new Error('the handler failed')
      const scene = await serve(
        routes({
          '/throw': () => {
            throw shared
          },
          '/reject': async (turn) => {
            turn.session().user = 'ann'
            await Promise.resolve()
            throw shared
          },
          '/read': show,
        }),
        { latency: 2 },
      )
      const user = scene.browser()
      const reply = await user.get('/reject')
      await reply.text()
      assert.equal(reply.status, 500)
      assert.equal(reply.setCookies.length, 1)
      assert.deepEqual(await user.json('/read'), { user: 'ann' })
      const other = await scene.browser().get('/throw')
      assert.deepEqual([other.status, other.setCookies], [500, []])
    }),

    rule('a handler that throws while the commit fails is answered with an error', async ({ serve }) => {
      const scene = await serve((turn) => {
        turn.session().user = 'ann'
        throw new Error('the handler failed')
      })
      scene.watched.fault = { operations: WRITES, how: 'fails' }
      const reply = await scene.browser().get('/')
      assert.ok(reply.status >= 500, `answered ${reply.status}`)
      assert.equal(reply.setCookies.length, 0)
    }),

    rule('T138 a sign-out that the store did not acknowledge is an error, and clears the cookie', async ({ serve }) => {
      const scene = await serve(
        routes({
          '/in': signIn,
          '/out': (turn) => {
            turn.assign(null)
            return turn.answer(200, 'bye')
          },
        }),
      )
      const user = scene.browser()
      await user.get('/in')
      scene.watched.fault = { operations: WRITES, how: 'fails' }
      assert.equal((await user.get('/out')).status, 503)
      assert.equal(user.jar.get(COOKIE), undefined)
    }),

    rule('of two sessions one cannot be committed: 503, and the other one is kept', async ({ serve }) => {
      const scene = await serve(
        routes({
          '/write': (turn) => {
            turn.session().user = 'ann'
            turn.session('admin').user = 'root'
            return turn.answer(200, 'written')
          },
          '/read': show,
        }),
        { latency: 2, others: ['admin'] },
      )
      scene.other('admin').fault = { operations: WRITES, how: 'fails' }
      const user = scene.browser()
      const reply = await user.get('/write')
      assert.equal(reply.status, 503)
      const names = reply.setCookies.map((line) => parseSetCookie(line).name)
      // Where the framework stops at the first failure, the other session may not have been written either.
      assert.ok(names.length === 0 || names.join() === COOKIE)
      assert.deepEqual(await user.json('/read'), names.length === 0 ? {} : { user: 'ann' })
    }),

    rule('T294 an error page shows neither data nor cookie', async ({ serve }) => {
      const scene = await serve(
        routes({
          '/in': signIn,
          '/': (turn) => {
            turn.session().secret = 'canary-value'
            return turn.answer(200, 'x')
          },
        }),
      )
      const user = scene.browser()
      await user.get('/in')
      scene.watched.fault = { operations: WRITES, how: 'fails' }
      const reply = await user.get('/')
      const text = JSON.stringify([reply.headers, await reply.text()])
      assert.ok(!text.includes('canary-value'))
      assert.ok(!text.includes(user.jar.get(COOKIE) as string))
    }),
  ],
}

export const errorHandlerRules: Chapter<AdapterBench> = {
  title: "the application's own error handler",
  rules: [
    rule('is told of a failed commit and of a failed read, and answers', async ({ serve }) => {
      const scene = await serve(
        routes({
          '/in': signIn,
          '/text': (turn) => {
            turn.session().seen = true
            return turn.answer(200, 'fine')
          },
          '/stream': (turn) => {
            turn.session().seen = true
            return turn.answer(200, Readable.from(['fine']))
          },
        }),
        {
          latency: 2,
          onError: (error) => ({ status: 599, body: isSessionError(error) ? `own page: ${error.code}` : 'unknown' }),
        },
      )
      const user = scene.browser()
      await user.get('/in')
      for (const operations of [WRITES, ['get'] as const]) {
        scene.watched.fault = { operations, how: 'fails' }
        for (const path of ['/text', '/stream']) {
          const reply = await user.get(path)
          assert.deepEqual([reply.status, await reply.text()], [599, 'own page: ERR_SESSION_STORE'])
        }
      }
    }),
  ],
}
