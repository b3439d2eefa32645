import { request } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { type Any, listen, load, type Running, type Side, sides } from './programs.ts'

const helmet = load('helmet')
const compression = load('compression')

/** More than a socket takes at once, and hard to compress: then "wait" and "go on" are real. */
const BIG = Array.from({ length: 60_000 }, (_, n) => Math.imul(n, 2_654_435_761).toString(36)).join('-')
const PIECES = BIG.match(/.{1,4000}/g) as string[]

type Place = 'before' | 'after'

async function site({ express, session }: Side, place: Place): Promise<Running> {
  const around = [helmet(), compression({ threshold: 0 })]
  const app: Any = express()
  for (const each of place === 'before' ? [...around, session()] : [session(), ...around]) app.use(each)
  const count = (req: Any): void => {
    req.session.n = (req.session.n ?? 0) + 1
  }
  app.get('/n', (req: Any, res: Any) => res.json({ n: req.session.n ?? 0 }))
  app.get('/text', (req: Any, res: Any) => {
    count(req)
    res.type('text').send('compress me '.repeat(100))
  })
  app.get('/pipe', (req: Any, res: Any) => {
    count(req)
    Readable.from(PIECES).pipe(res.type('text'))
  })
  app.get('/pipeline', async (req: Any, res: Any) => {
    count(req)
    await pipeline(Readable.from(PIECES), res.type('text'))
  })
  app.get('/drain', (req: Any, res: Any) => {
    count(req)
    res.type('text')
    let next = 0
    let over = false
    const go = (): void => {
      while (next < PIECES.length) if (!res.write(PIECES[next++])) return
      if (!over) res.end()
      over = true
    }
    // Not `once`, which compression does not take back.
    res.on('drain', go)
    go()
  })
  app.get('/events', (req: Any, res: Any) => {
    count(req)
    res.type('text/event-stream').set('Cache-Control', 'no-cache')
    res.write('data: one\n\n')
    res.flush()
    app.locals.finish = () => res.end('data: two\n\n')
  })
  app.get('/none', (req: Any, res: Any) => {
    count(req)
    res.status(204).end()
  })
  app.get('/finish', (_req: Any, res: Any) => {
    app.locals.finish()
    res.json({})
  })
  app.get('/go', (req: Any, res: Any) => {
    count(req)
    res.redirect('/n')
  })
  return listen(app)
}

/** As a browser that takes gzip: the whole body, unpacked. */
function zipped({ origin }: Running, path: string, cookie: string | undefined, more: object = {}) {
  return new Promise<Any>((resolve, reject) => {
    const headers = { 'accept-encoding': 'gzip', ...(cookie ? { cookie } : {}), ...more }
    const sent = request(origin + path, { headers, agent: false }, (response) => {
      response.toArray().then((chunks) => {
        const body = Buffer.concat(chunks as Buffer[])
        const isZipped = response.headers['content-encoding'] === 'gzip'
        const text = (isZipped && body.length > 0 ? gunzipSync(body) : body).toString()
        resolve({ status: response.statusCode, headers: response.headers, isZipped, text })
      }, reject)
    })
    sent.on('error', reject).end()
  })
}

const cases = sides.flatMap((side) => (['before', 'after'] as const).map((place) => ({ side, place, name: side.name })))

describe.each(cases)('helmet and compression $place $name', ({ side, place }) => {
  it.each(['/text', '/pipe', '/pipeline', '/drain'])(
    '%s: all of the body, packed, and the session is saved',
    async (path) => {
      const program = await site(side, place)
      const user = program.visitor()
      const first = await zipped(program, path, undefined)
      user.jar.take(first.headers['set-cookie'], '/')
      const second = await zipped(program, path, user.jar.header('/'))
      for (const reply of [first, second]) {
        expect(reply.isZipped).toBe(true)
        expect(reply.text).toBe(path === '/text' ? 'compress me '.repeat(100) : BIG)
        expect(reply.headers['x-content-type-options']).toBe('nosniff')
        expect(reply.headers['content-security-policy']).toContain("default-src 'self'")
      }
      expect(await user.json('/n')).toEqual({ n: 2 })
    },
  )

  it('an event stream: the first event and the cookie come while it is open', async () => {
    const program = await site(side, place)
    const user = program.visitor()
    const events = await user.get('/events')
    expect(await events.piece()).toBe('data: one\n\n')
    expect(await user.json('/n')).toEqual({ n: 1 })
    await user.json('/finish')
    expect(await events.text()).toBe('data: two\n\n')
  })

  it('a response without a body, a redirect, and one that has not changed', async () => {
    const program = await site(side, place)
    const user = program.visitor()
    expect((await user.get('/none')).status).toBe(204)
    expect((await user.get('/go')).status).toBe(302)
    expect(await user.json('/n')).toEqual({ n: 2 })
    const cookie = user.jar.header('/')
    const { headers } = await zipped(program, '/n', cookie)
    const same = await zipped(program, '/n', cookie, { 'if-none-match': headers.etag })
    expect([same.status, same.text]).toEqual([304, ''])
  })
})
