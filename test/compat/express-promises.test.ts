import { describe, expect, it, onTestFinished } from 'vitest'
import { MemoryStore, type SessionOptions } from '../../src/compat/express-session.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { type Act, startApp } from './express-app.ts'

/** What the drop-in keeps whichever store it is given, within one process. */
const STORES: readonly { readonly name: string; readonly store: () => SessionOptions['store'] }[] = [
  { name: "express-session's MemoryStore", store: () => new MemoryStore() },
  { name: 'a Holdfast store', store: () => memoryStore() },
]

const start = async (store: SessionOptions['store'], more: SessionOptions = {}) => {
  const app = await startApp({ store, ...more })
  onTestFinished(() => app.close())
  return app
}

const SLOW: readonly Act[] = ['read', 'write', 'count', 'save', 'reload', 'login', 'logout']
const PAIRS = SLOW.flatMap((slow) =>
  (['login', 'logout'] as const).flatMap((beside) => ['before', 'after'].map((gate) => ({ slow, beside, gate }))),
)

describe.each(STORES)('the drop-in for express-session on $name', ({ store }) => {
  it.each([{}, { rolling: true, cookie: { maxAge: 60_000 } }, { resave: true }] satisfies SessionOptions[])(
    'keeps what 20 requests at once write (%o)',
    async (more) => {
      const app = await start(store(), more)
      const user = app.visitor()
      await user.json('/act/write?key=first')
      await Promise.all(Array.from({ length: 20 }, (_, i) => user.json(`/act/write?key=k${i}`)))
      expect(Object.keys(await user.json('/me')).filter((key) => key !== 'id')).toHaveLength(21)
      expect(app.errors).toEqual([])
    },
  )

  it.each(PAIRS)('a $slow that is slow $gate its act, beside a $beside: what ended stays so', async (pair) => {
    const { slow, beside, gate } = pair
    const app = await start(store(), { rolling: true, resave: true, cookie: { maxAge: 60_000 } })
    const user = app.visitor()
    await user.json('/act/write?key=first')
    const old = user.jar.get('connect.sid') as string
    const late = user.get(`/act/${slow}?key=late&${gate}=slow`)
    await app.reached('slow')
    await user.json(`/act/${beside}?key=x`)
    const winner = user.jar.get('connect.sid')
    app.open('slow')
    await late.then((reply) => reply.text())

    const thief = app.visitor()
    thief.jar.take([`connect.sid=${old}; Path=/`], '/')
    expect(Object.keys(await thief.json('/me'))).toEqual(['id'])
    // A slow request that signs in or out itself has its say about the cookie; no other has.
    if (beside !== 'login' || slow === 'login' || slow === 'logout') return
    expect(user.jar.get('connect.sid')).toBe(winner)
    expect(await user.json('/me')).toMatchObject({ user: 'alice' })
  })
})

describe('a store that cannot touch what is gone', () => {
  const refusing = (error: Error) =>
    Object.assign(new MemoryStore(), {
      touch: (_sid: string, _session: unknown, done: (error: unknown) => void) => done(error),
    })

  it.each([
    Object.assign(new Error('no such file'), { code: 'ENOENT' }),
    new Error('Unable to find the session to touch'),
  ])('is no failure: the response brings no cookie and no error (%s)', async (error) => {
    const app = await start(refusing(error), { rolling: true })
    const user = app.visitor()
    await user.json('/act/write?key=first')
    expect((await user.get('/me')).setCookies).toEqual([])
    expect(app.errors).toEqual([])
  })

  it('and any other error is told after the response, as by express-session', async () => {
    const app = await start(refusing(new Error('disk')))
    const user = app.visitor()
    await user.json('/act/write?key=first')
    expect((await user.get('/me')).status).toBe(200)
    await new Promise((resolve) => setImmediate(resolve))
    expect(app.errors).toEqual([new Error('disk')])
  })
})
