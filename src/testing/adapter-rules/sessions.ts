import assert from 'node:assert/strict'
import { type AdapterBench, COOKIE, routes, show, signIn } from '../internal/adapter-bench.ts'
import { parseSetCookie } from '../internal/cookie-jar.ts'
import { type Chapter, rule } from '../internal/rule.ts'

export const sessionRules: Chapter<AdapterBench> = {
  title: 'the session of a request',
  rules: [
    rule('T298 a visitor whose session nobody writes to gets no cookie and no record', async ({ serve }) => {
      const scene = await serve(routes({ '/': (turn) => turn.answer(200, 'hello'), '/read': show }))
      const user = scene.browser()
      for (const path of ['/', '/read']) {
        const reply = await user.get(path)
        await reply.text()
        assert.equal(reply.headers['set-cookie'], undefined, `${path}: no Set-Cookie is due`)
        assert.equal(reply.headers['cache-control'], undefined, `${path}: caching is the application's matter`)
      }
      assert.equal(await scene.sessions.count(), 0)
    }),

    rule('what one request puts in, the next one finds', async ({ serve }) => {
      const scene = await serve((turn) => {
        const session = turn.session()
        session.views = Number(session.views ?? 0) + 1
        return show(turn)
      })
      const user = scene.browser()
      for (const views of [1, 2, 3]) assert.deepEqual(await user.json('/'), { views })
      assert.deepEqual(await scene.browser().json('/'), { views: 1 }, 'another browser has a session of its own')
    }),

    rule('an object that is assigned replaces the data; T089 anything else is refused', async ({ serve }) => {
      const scene = await serve(
        routes({
          '/in': signIn,
          '/replace': (turn) => {
            turn.assign({ basket: 1 })
            return show(turn)
          },
          '/wrong': (turn) => {
            for (const value of ['text', 1, true, [], undefined]) assert.throws(() => turn.assign(value), `${value}`)
            return show(turn)
          },
        }),
      )
      const user = scene.browser()
      await user.get('/in')
      assert.deepEqual(await user.json('/replace'), { basket: 1 })
      assert.deepEqual(await user.json('/wrong'), { basket: 1 })
    }),

    rule('T130 ending a session takes it out of the store and its cookie out of the browser', async ({ serve }) => {
      const scene = await serve(
        routes({
          '/in': signIn,
          '/destroy': async (turn) => {
            await turn.session().destroy()
            return turn.answer(200, 'bye')
          },
          '/null': (turn) => {
            turn.assign(null)
            return turn.answer(200, 'bye')
          },
          '/read': show,
        }),
      )
      for (const path of ['/destroy', '/null']) {
        const user = scene.browser()
        const [set] = (await user.get('/in')).setCookies
        const stolen = user.jar.header('/') as string
        const [cleared] = (await user.get(path)).setCookies
        assert.equal(user.jar.size, 0, `${path}: the browser has forgotten the cookie`)
        assert.deepEqual(lasting(cleared), lasting(set), `${path}: it is cleared with the attributes it was set with`)
        assert.equal(await scene.sessions.count(), 0)
        const thief = await scene.browser().get('/read', { headers: { cookie: stolen } })
        assert.equal(await thief.text(), '{}', 'T138 the old cookie opens nothing')
      }
    }),

    rule('T132 after regenerate() the browser has a new cookie and the old one gives nothing', async ({ serve }) => {
      const scene = await serve(
        routes({
          '/in': signIn,
          '/rotate': async (turn) => {
            await turn.session().regenerate({ keep: true })
            return turn.answer(200, 'rotated')
          },
          '/read': show,
        }),
      )
      const user = scene.browser()
      await user.get('/in')
      const old = user.jar.header('/') as string
      await user.get('/rotate')
      assert.notEqual(user.jar.header('/'), old)
      assert.deepEqual(await user.json('/read'), { user: 'ann' })
      const thief = await scene.browser().get('/read', { headers: { cookie: old } })
      assert.equal(await thief.text(), '{}')
    }),

    rule('T133 a forged cookie opens nothing, costs no store call and is not adopted', async ({ serve }) => {
      const scene = await serve(routes({ '/in': signIn, '/read': show }))
      const forged = `${COOKIE}=${'A'.repeat(22)}.${'B'.repeat(22)}.0.${'C'.repeat(43)}`
      const reply = await scene.browser().get('/read', { headers: { cookie: forged } })
      assert.equal(await reply.text(), '{}')
      assert.equal(scene.watched.calls('get'), 0)
      const user = await scene.browser().get('/in', { headers: { cookie: forged } })
      assert.ok(!user.setCookies.some((line) => line.includes('A'.repeat(22))))
    }),

    rule('concurrent requests that change different keys all keep their change', async ({ serve }) => {
      const keys = Array.from({ length: 20 }, (_, i) => `k${i}`)
      const scene = await serve(
        routes({
          '/in': signIn,
          '/read': show,
          '/write': async (turn) => {
            const key = turn.target.split('?')[1] as string
            turn.session()[key] = 1
            // All of them have read before any of them writes.
            await new Promise((resolve) => setTimeout(resolve, 20))
            return turn.answer(200, 'written')
          },
        }),
        { latency: 2 },
      )
      const user = scene.browser()
      await user.get('/in')
      await Promise.all(keys.map(async (key) => (await user.get(`/write?${key}`)).text()))
      const data = await user.json('/read')
      assert.deepEqual(Object.keys(data).sort(), ['user', ...keys].sort())
    }),

    rule('T149 of thirty users at once each reads only what is theirs', async ({ serve }) => {
      const scene = await serve(
        routes({
          '/write': (turn) => {
            turn.session().name = turn.target.split('?')[1]
            return turn.answer(200, 'written')
          },
          '/read': show,
        }),
        { latency: 1 },
      )
      const names = Array.from({ length: 30 }, (_, i) => `user${i}`)
      await Promise.all(
        names.map(async (name) => {
          const user = scene.browser()
          await user.get(`/write?${name}`)
          for (let i = 0; i < 2; i++) assert.deepEqual(await user.json('/read'), { name })
        }),
      )
    }),
  ],
}

/** The attributes of a line that do not say until when. */
function lasting(line: string | undefined): Record<string, string> {
  assert.ok(line !== undefined, 'a Set-Cookie line is due')
  const { name, attributes } = parseSetCookie(line)
  const { expires: _, 'max-age': __, ...rest } = Object.fromEntries(attributes)
  return { name, ...rest }
}
