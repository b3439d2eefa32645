import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { describeWith } from '../../servers/found.ts'
import { type RedisServer, redisServer } from '../../servers/redis.ts'
import { start, visitor } from '../drop-in-program.ts'

describeWith('redis', 'the examples on Redis', () => {
  let server: RedisServer
  let env: NodeJS.ProcessEnv
  const keys = async (): Promise<string[]> => (await server.cli('KEYS', '*')).split('\n').filter(Boolean)

  beforeAll(async () => {
    server = await redisServer()
    await server.start()
    env = { REDIS_URL: server.url, REDIS_HOST: '127.0.0.1', REDIS_PORT: String(server.port) }
  })
  afterAll(() => server?.close())
  beforeEach(() => server.cli('FLUSHALL'))

  it('koa-redis: counts in two processes, signs in with a new id, removes', async () => {
    const [one, two] = [await start('koa-redis.cjs', env), await start('koa-redis.cjs', env)]
    const user = visitor()
    expect((await user.get(one)).body).toEqual({ user: null, count: 1 })
    expect((await user.get(two)).body).toEqual({ user: null, count: 2 })
    const before = await keys()
    expect(before).toEqual([expect.stringMatching(/^koa:sess:[0-9a-f-]{36}$/)])
    expect((await user.get(`${one}/sign-in?name=bob`)).status).toBe(302)
    expect((await user.get(two)).body).toEqual({ user: 'bob', count: 3 })
    expect(await keys()).toHaveLength(1)
    expect(await keys()).not.toEqual(before)
    const old = user.jar.copy()
    expect((await user.get(`${two}/remove`)).body).toBe('removed')
    expect(await keys()).toEqual([])
    expect((await visitor(old).get(one)).body).toEqual({ user: null, count: 1 })
  })

  it.each(['koa-holdfast-store.mjs', 'express-holdfast-store.mjs'])('%s: loses nothing, signs out', async (name) => {
    const [one, two] = [await start(name, env), await start(name, env)]
    const user = visitor()
    const thief = visitor()
    await user.get(`${one}/put/first`)
    thief.jar.take([...user.jar.header()!.split('; ')])
    expect((await thief.get(two)).body).toEqual({ user: null, items: 1 })
    await Promise.all(Array.from({ length: 20 }, (_, n) => user.get(`${n % 2 ? one : two}/put/${n}`)))
    expect((await user.get(one)).body).toEqual({ user: null, items: 21 })
    await user.get(`${one}/sign-in?name=bob`)
    expect((await user.get(two)).body).toMatchObject({ user: 'bob' })
    expect((await thief.get(two)).body).toEqual({ user: null, items: 0 })
    const old = user.jar.copy()
    await user.get(`${two}/sign-out`)
    expect((await visitor(old).get(one)).body).toEqual({ user: null, items: 0 })
    expect((await keys()).filter((key) => key !== 'holdfast:v:layout')).toEqual([])
  })

  it('express-connect-redis: signs in and out', async () => {
    const url = await start('express-connect-redis.mjs', env)
    const user = visitor()
    expect((await user.get(url)).status).toBe(401)
    expect(await keys()).toEqual([])
    expect((await user.get(`${url}/login`, { user: 'bob' })).status).toBe(302)
    expect(await keys()).toEqual([expect.stringMatching(/^myapp:[\w-]{32}$/)])
    expect((await user.get(url)).body).toBe('hello, bob')
    expect((await user.get(`${url}/logout`, {})).status).toBe(302)
    expect((await user.get(url)).status).toBe(401)
    expect(await keys()).toEqual([])
  })

  it('express-move-from: whoever signed in to express-connect-redis is signed in, and signs out for good', async () => {
    const before = await start('express-connect-redis.mjs', env)
    const after = await start('express-move-from.mjs', env)
    const user = visitor()
    await user.get(`${before}/login`, { user: 'bob' })
    const old = user.jar.copy()
    expect((await user.get(after)).body).toBe('hello, bob')
    expect(user.jar.header()).toMatch(/^holdfast\.sid=[^;]+$/)
    expect((await keys()).filter((key) => key.startsWith('myapp:'))).toEqual([])
    expect((await user.get(after)).body).toBe('hello, bob')
    expect((await user.get(`${after}/logout`, {})).status).toBe(302)
    expect((await visitor(old).get(after)).status).toBe(401)
    expect((await visitor(old).get(before)).status).toBe(401)
  })
})
