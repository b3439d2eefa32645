import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import Koa from 'koa'
import { afterAll, afterEach, beforeAll, it } from 'vitest'
import { type RedisFormat, redisFormat } from '../../../src/formats/redis.ts'
import { at, HOUR } from '../../../src/testing/internal/bench.ts'
import { describeWith } from '../../servers/found.ts'
import { type RedisServer, redisServer } from '../../servers/redis.ts'
import { type Connected, SINGLE } from '../../stores/redis/open.ts'
import { entryOf, keepAll, now, SHAPES } from '../rules.ts'

const require = createRequire(import.meta.url)
// None of these has types.
const koaRedis = require('koa-redis')
const koaSession = require('koa-session').default
const generic = require('koa-generic-session')
const minimal = require('koa-session-minimal')

const DAY = 24 * HOUR

describeWith('redis', 'sessions of the Koa middlewares over koa-redis', () => {
  let server: RedisServer
  let connected: Connected
  let second: Connected
  // biome-ignore lint/suspicious/noExplicitAny: koa-redis has no types.
  let theirs: any
  const https: Server[] = []
  beforeAll(async () => {
    server = await redisServer()
    await server.start()
    connected = await SINGLE['node-redis']!([server.url])
    second = await SINGLE.ioredis!([server.url])
    theirs = koaRedis({ url: server.url })
  })
  afterEach(() => {
    for (const http of https.splice(0)) http.close().closeAllConnections()
  })
  afterAll(async () => {
    await theirs?.quit()
    await connected?.end()
    await second?.end()
    await server?.close()
  })

  /** An application that answers with what is in its session, after it has put there what the request says. */
  const serve = async (use: (app: Koa) => void) => {
    const app = new Koa()
    app.keys = ['a key']
    app.silent = true
    use(app)
    app.use(async (ctx) => {
      const session = ctx.session as unknown as Record<string, unknown>
      if (ctx.path === '/end') ctx.session = null as never
      if (ctx.query.set) Object.assign(session, JSON.parse(String(ctx.query.set)))
      const { cookie: _, ...data } = JSON.parse(JSON.stringify(session))
      ctx.body = data
    })
    const http = createServer(app.callback())
    https.push(http)
    await once(http.listen(0, '127.0.0.1'), 'listening')
    const jar = new Map<string, string>()
    return {
      jar,
      async ask(path: string): Promise<Record<string, unknown>> {
        const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
        const response = await fetch(`http://127.0.0.1:${(http.address() as AddressInfo).port}${path}`, {
          headers: { cookie },
        })
        for (const line of response.headers.getSetCookie()) {
          const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) as unknown as [string, string, string]
          jar.set(name, value)
        }
        assert.equal(response.status, 200)
        return (await response.json()) as Record<string, unknown>
      },
    }
  }
  const setting = (data: object) => `/?set=${encodeURIComponent(JSON.stringify(data))}`
  const merged = (value: string, data: object) => JSON.stringify({ ...JSON.parse(value), ...data })
  const isNear = (instant: number | undefined, expected: number) =>
    assert.ok(Math.abs(Number(instant) - expected) < HOUR, `${instant} is not near ${expected}`)
  const change = async (store: RedisFormat, id: string, data: object) => {
    const found = await store.get(id, at(Date.now()))
    assert.ok(found)
    const next = entryOf(store, merged(found.value, data), Date.now() + 5 * HOUR)
    const outcome = await store.update(id, next, at(Date.now(), { ifRevision: found.revision }))
    assert.deepEqual(outcome, { outcome: 'updated' })
    return found
  }

  it('koa-redis itself: what it wrote is read here, and the other way round', async () => {
    const ours = redisFormat({ client: connected.client, prefix: '' })
    for (const data of Object.values(SHAPES)) {
      const id = randomUUID()
      await theirs.set(id, { ...data, _expire: now + HOUR, _maxAge: HOUR }, HOUR + 10_000)
      const found = await change(ours, id, { added: [1] })
      assert.deepEqual(JSON.parse(found.value), { ...data, _expire: now + HOUR, _maxAge: HOUR })
      isNear(found.expiresAt, now + HOUR)
      assert.deepEqual(await theirs.get(id), { ...data, _expire: now + HOUR, _maxAge: HOUR, added: [1] })
      isNear(Number(await server.cli('PEXPIRETIME', id)), now + 5 * HOUR)
      await theirs.destroy(id)
      assert.equal(await ours.get(id, at(now)), undefined)
    }
  })

  it('koa-redis without a TTL: the key never expires here, either', async () => {
    const ours = redisFormat({ client: connected.client, prefix: '' })
    const id = randomUUID()
    await theirs.set(id, { _session: true })
    assert.equal((await ours.get(id, at(now)))?.expiresAt, 8.64e15)
  })

  it('30 writers and the blind `set` of koa-redis between their reading and their writing: all are kept', async () => {
    const parts = { prefix: 'koa:sess:' }
    const store = redisFormat({ client: connected.client, ...parts })
    const other = redisFormat({ client: second.client, ...parts })
    const data = await keepAll({ store, other }, 'race', () => theirs.set('koa:sess:race', { blind: 'kept' }, HOUR))
    assert.equal(data.blind, 'kept')
    assert.deepEqual(await theirs.get('koa:sess:race'), data)
  })

  it('koa-session 7 over HTTP: the key is the id in the cookie, `_expire` is in the text, the TTL 10 s more', async () => {
    const ours = redisFormat({ client: connected.client, prefix: '' })
    const { ask, jar } = await serve((app) => app.use(koaSession({ store: theirs, maxAge: HOUR }, app)))
    await ask(setting({ user: { id: 7 }, name: 'Zoë 🦊' }))
    const id = jar.get('koa.sess') as string
    const found = await change(ours, id, { ours: true })
    const { _expire, _maxAge, ...data } = JSON.parse(found.value)
    assert.deepEqual(data, { user: { id: 7 }, name: 'Zoë 🦊' })
    assert.equal(_maxAge, HOUR)
    assert.ok(found.expiresAt > _expire + 9000 && found.expiresAt <= _expire + 12_000)
    assert.deepEqual(await ask('/'), { user: { id: 7 }, name: 'Zoë 🦊', ours: true })
    await ask('/end')
    assert.equal(await ours.get(id, at(Date.now())), undefined)
  })

  it('koa-session 7 with its `prefix`: it is part of the id, so the store needs none', async () => {
    const ours = redisFormat({ client: connected.client, prefix: '' })
    const { ask, jar } = await serve((app) => app.use(koaSession({ store: theirs, prefix: 'app:' }, app)))
    await ask(setting({ n: 1 }))
    const id = jar.get('koa.sess') as string
    assert.match(id, /^app:/)
    await change(ours, id, { ours: true })
    assert.deepEqual(await ask('/'), { n: 1, ours: true })
  })

  it('koa-generic-session over HTTP: prefix "koa:sess:", a cookie within the text, its maxAge as TTL', async () => {
    const ours = redisFormat({ client: connected.client, prefix: 'koa:sess:' })
    const { ask, jar } = await serve((app) => app.use(generic({ store: theirs })))
    await ask(setting({ user: { id: 7 }, name: 'Zoë 🦊' }))
    const id = jar.get('koa.sid') as string
    const found = await change(ours, id, { ours: true })
    const { cookie, ...data } = JSON.parse(found.value)
    assert.deepEqual(data, { user: { id: 7 }, name: 'Zoë 🦊' })
    assert.deepEqual(cookie, { httpOnly: true, path: '/', overwrite: true, signed: true, maxAge: DAY })
    isNear(found.expiresAt, Date.now() + DAY)
    assert.deepEqual(await ask('/'), { user: { id: 7 }, name: 'Zoë 🦊', ours: true })

    // A session that was made here is taken for its own, under the same cookie's name.
    await ours.delete(id, at(Date.now()))
    await ours.insert(id, entryOf(ours, JSON.stringify({ cookie, made: 'here' }), Date.now() + HOUR), at(Date.now()))
    assert.deepEqual(await ask('/'), { made: 'here' })
    await ask('/end')
    assert.equal(await ours.get(id, at(Date.now())), undefined)
  })

  it('koa-generic-session without a TTL (a browser session): the key never expires', async () => {
    const ours = redisFormat({ client: connected.client, prefix: 'browser:' })
    const cookie = { maxAge: null }
    const { ask, jar } = await serve((app) => app.use(generic({ store: theirs, prefix: 'browser:', cookie })))
    await ask(setting({ n: 1 }))
    const found = await ours.get(jar.get('koa.sid') as string, at(Date.now()))
    assert.equal(found?.expiresAt, 8.64e15)
  })

  it("koa-session-minimal over HTTP: prefix is the cookie's name and a colon, the text is the data alone", async () => {
    const ours = redisFormat({ client: connected.client, prefix: 'koa:sess:' })
    const { ask, jar } = await serve((app) => app.use(minimal({ store: theirs, cookie: { maxAge: HOUR } })))
    await ask(setting({ user: { id: 7 }, name: 'Zoë 🦊' }))
    const id = jar.get('koa:sess') as string
    // It does not wait for its own writes.
    while ((await server.cli('EXISTS', `koa:sess:${id}`)) !== '1');
    const found = await change(ours, id, { ours: true })
    assert.equal(found.value, JSON.stringify({ user: { id: 7 }, name: 'Zoë 🦊' }))
    isNear(found.expiresAt, Date.now() + HOUR)
    assert.deepEqual(await ask('/'), { user: { id: 7 }, name: 'Zoë 🦊', ours: true })

    const made = entryOf(ours, JSON.stringify({ made: 'here' }), Date.now() + HOUR)
    await ours.delete(id, at(Date.now()))
    assert.equal(await ours.insert(id, made, at(Date.now())), 'inserted')
    assert.deepEqual(await ask('/'), { made: 'here' })
  })
})
