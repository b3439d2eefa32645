/** Two servers, one with the library that is to be replaced and one with its drop-in, and one browser that goes from one to the other. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import Koa from 'koa'

export interface Served {
  readonly url: string
  close(): void
}

type Data = Record<string, unknown>
type Express = (req: never, res: ServerResponse, next: (error?: unknown) => void) => void

const serve = async (listener: RequestListener): Promise<Served> => {
  const http = createServer(listener)
  await once(http.listen(0, '127.0.0.1'), 'listening')
  const { port } = http.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, close: () => http.close().closeAllConnections() }
}

/** What a request does: `/?set={...}` puts something in the session, `/end` ends it, `wait` gives others time to overlap. */
const asked = (req: IncomingMessage) => {
  const url = new URL(req.url as string, 'http://localhost')
  const set = JSON.parse(url.searchParams.get('set') ?? '{}') as Data
  return { set, ends: url.pathname === '/end', wait: Number(url.searchParams.get('wait') ?? 0) }
}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

export const serveExpress = (middleware: Express): Promise<Served> =>
  serve((req, res) => {
    middleware(req as never, res, async (error) => {
      if (error) return void res.writeHead(500).end()
      const { set, ends, wait } = asked(req)
      const { session } = req as unknown as { session: Data & { destroy(done: (error?: unknown) => void): void } }
      if (ends) return session.destroy((failed) => void res.writeHead(failed ? 500 : 200).end('{}'))
      if (wait) await pause(wait)
      Object.assign(session, set)
      const { cookie: _, __lastAccess: __, ...data } = JSON.parse(JSON.stringify(session))
      res.end(JSON.stringify(data))
    })
  })

export const serveKoa = (use: (app: Koa) => Koa.Middleware): Promise<Served> => {
  const app = new Koa()
  app.keys = ['a key']
  app.silent = true
  app.use(use(app))
  app.use(async (ctx) => {
    const { set, ends, wait } = asked(ctx.req)
    if (wait) await pause(wait)
    if (ends) ctx.session = null as never
    else Object.assign(ctx.session as object, set)
    ctx.body = ends ? {} : JSON.parse(JSON.stringify(ctx.session))
  })
  return serve(app.callback())
}

export async function goThrough(old: Served, fresh: Served): Promise<void> {
  let jar = new Map<string, string>()
  const ask = async ({ url }: Served, path: string): Promise<Data> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url + path, { headers: cookie ? { cookie } : {} })
    assert.equal(response.status, 200)
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) as unknown as [string, string, string]
      jar.set(name, value)
    }
    return (await response.json()) as Data
  }
  const setting = (data: object) => `/?set=${encodeURIComponent(JSON.stringify(data))}`
  for (const [first, second] of [
    [old, fresh],
    [fresh, old],
  ] as const) {
    jar = new Map()
    await ask(first, setting({ user: { id: 7 }, name: 'Zoë 🦊' }))
    const cookies = new Map(jar)
    assert.ok(jar.size > 0)
    assert.deepEqual(await ask(second, '/'), { user: { id: 7 }, name: 'Zoë 🦊' })
    await ask(second, setting({ second: [1, {}] }))
    assert.deepEqual(await ask(first, '/'), { user: { id: 7 }, name: 'Zoë 🦊', second: [1, {}] })

    // Overlapping requests to the new one lose nothing.
    await Promise.all(Array.from({ length: 10 }, (_, n) => ask(fresh, `${setting({ [`n${n}`]: n })}&wait=50`)))
    const all = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`n${n}`, n]))
    const left = { user: { id: 7 }, name: 'Zoë 🦊', second: [1, {}], ...all }
    assert.deepEqual(await ask(old, '/'), left)
    assert.deepEqual(await ask(fresh, '/'), left)

    // Ended by one, gone for both, also for a browser that kept its cookie.
    await ask(first, '/end')
    for (const one of [second, first]) {
      jar = new Map(cookies)
      assert.deepEqual(await ask(one, '/'), {})
    }
  }
}
