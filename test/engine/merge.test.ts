import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, it } from 'vitest'
import { type Data, setup } from './setup.ts'

/** Two requests that overlap, then what a third one sees. */
async function merged(start: object, one: (session: Data) => unknown, two: (session: Data) => unknown): Promise<Data> {
  const { user } = await setup()
  await user.request((session) => Object.assign(session, start))
  const [a, b] = [await user.send(), await user.send()]
  one(a.session)
  two(b.session)
  await a.finish()
  await b.finish()
  return (await user.request((session) => ({ ...session }))).result
}

describe('merging two requests', () => {
  it('T068 keys of every name are keys and nothing else', async () => {
    const odd = JSON.parse(
      '{"constructor":{"prototype":{"admin":true}},"toString":1,"hasOwnProperty":2,"__defineGetter__":3}',
    )
    const data = await merged(
      { a: 1 },
      (session) => Object.assign(session, odd),
      (session) => void (session.b = 2),
    )
    expect(Object.entries(data).sort()).toEqual(Object.entries({ a: 1, ...odd, b: 2 }).sort())
    expect(Object.prototype).not.toHaveProperty('admin')
  })

  it('T069 T085 T086 values of every kind that JSON has come through a merge exactly', async () => {
    const values: Data = {
      nothing: null,
      empty: '',
      list: [null, [], {}, [1, [2]]],
      deep: { a: { b: { c: [{ d: 'e' }] } } },
      number: 1.7976931348623157e308,
      small: 5e-324,
      whole: 2 ** 53,
      text: '\ud800 \u0000 \u{1f600} "\\/',
      $set: { $where: 1 },
      'a.b': { 'c.d': 1 },
      '': 'no name',
      ['k'.repeat(10_240)]: 1,
    }
    const data = await merged(
      values,
      (session) => void (session.mine = 1),
      (session) => void (session.yours = 2),
    )
    expect(data).toEqual({ ...values, mine: 1, yours: 2 })
  })

  it('T144 on one key the last commit wins, whole', async () => {
    const data = await merged(
      { x: 0 },
      (session) => void (session.x = { a: 1, b: 1 }),
      (session) => void (session.x = { c: 2 }),
    )
    expect(data).toEqual({ x: { c: 2 } })
  })

  it('a key that one request deletes stays deleted when the other did not touch it', async () => {
    expect(
      await merged(
        { a: 1, b: 1 },
        (session) => void delete session.a,
        (session) => void (session.b = 2),
      ),
    ).toEqual({ b: 2 })
    expect(
      await merged(
        { a: 1, b: 1 },
        (session) => void (session.b = 2),
        (session) => void (session.a = undefined),
      ),
    ).toEqual({ b: 2 })
  })

  it('T081 T080 nesting without end is refused inside an async context too, and the process goes on', async () => {
    const { user } = await setup()
    const endless: unknown[] = []
    let inner = endless
    for (let level = 0; level < 100_000; level++) {
      const next: unknown[] = []
      inner.push(next)
      inner = next
    }
    await new AsyncLocalStorage().run({}, async () => {
      await expect(user.request((session) => void (session.x = endless))).rejects.toMatchObject({
        code: 'ERR_SESSION_DATA',
      })
    })
  })

  it('T149 ten thousand users at once each read their own', async () => {
    const { sessions, request } = await setup()
    const jars = await Promise.all(
      Array.from(
        { length: 10_000 },
        async (_, n) => (await request.full(undefined, (session) => void (session.n = n))).setCookies[0]?.split(';')[0],
      ),
    )
    const seen = await Promise.all(jars.map((cookie) => request(cookie, (session) => session.n)))
    expect(seen).toEqual(jars.map((_, n) => n))
    await sessions.close()
  })
})
