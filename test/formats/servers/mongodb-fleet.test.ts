import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { createWebCryptoAdapter } from 'connect-mongo'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import ours from '../../../src/compat/express-session.ts'
import type { MongodbFormatOptions } from '../../../src/formats/mongodb.ts'
import { describeWith } from '../../servers/found.ts'
import { type MongodbServer, mongodbProduct, mongodbServer } from '../../servers/mongodb.ts'
import { sideBySide, type TheirOptions } from './mongodb-open.ts'

type Request = IncomingMessage & { session: Record<string, unknown> & { destroy(done: () => void): void } }
type Middleware = (req: Request, res: ServerResponse, next: (error?: unknown) => void) => void
const theirs = createRequire(import.meta.url)('express-session') as (options: object) => Middleware

const WEB = { secret: 'a secret', iterations: 1000 }
const FORMATS: Readonly<Record<string, readonly [Omit<MongodbFormatOptions, 'collection'>, TheirOptions]>> = {
  text: [{}, {}],
  'sub-document': [{ stringify: false }, { stringify: false }],
  'touchAfter of a sub-document': [
    { stringify: false, touchAfter: 60 },
    { stringify: false, touchAfter: 60 },
  ],
  'legacy crypto': [{ crypto: { secret: 'a secret' } }, { crypto: { secret: 'a secret' } }],
  WebCrypto: [{ webCrypto: WEB }, { cryptoAdapter: createWebCryptoAdapter(WEB) }],
}

const SETTINGS = { secret: 'keyboard cat', resave: false, saveUninitialized: false, cookie: { maxAge: 60_000 } }

/** `/set/name/value`, `/out`, anything else shows the data. */
const application = (middleware: Middleware) => (req: IncomingMessage, res: ServerResponse) => {
  middleware(req as Request, res, (error) => {
    const { session } = req as Request
    const [, act, name, value] = (req.url ?? '').split('/')
    if (error) res.writeHead(500).end(String(error))
    else if (act === 'out') session.destroy(() => res.end('{}'))
    else {
      if (act === 'set') session[String(name)] = value
      const { cookie: _, lastModified: __, ...data } = session
      res.end(JSON.stringify(data))
    }
  })
}

const listening = async (middleware: Middleware) => {
  const server = createServer(application(middleware)).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close().closeAllConnections())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describeWith('mongodb', `processes with connect-mongo and with the format, on ${mongodbProduct()}`, () => {
  let server: MongodbServer
  beforeAll(async () => {
    server = await mongodbServer()
    await server.start()
  })
  afterAll(() => server.close())

  it.each(Object.entries(FORMATS))('share their sessions: %s', async (_, [ourOptions, theirOptions]) => {
    const places = sideBySide(server)
    const before = await listening(theirs({ ...SETTINGS, store: places.theirs(theirOptions).store }))
    const after = await listening(
      ours({ ...SETTINGS, store: places.ours(ourOptions) } as never) as unknown as Middleware,
    )
    const browser = () => {
      let cookie = ''
      return async (base: string, path: string) => {
        const response = await fetch(`${base}${path}`, { headers: { cookie } })
        cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie
        return response.json()
      }
    }

    const old = browser()
    expect(await old(before, '/set/user/ada')).toEqual({ user: 'ada' })
    expect(await old(after, '/')).toEqual({ user: 'ada' })
    expect(await old(after, '/set/colour/blue')).toEqual({ user: 'ada', colour: 'blue' })
    expect(await old(before, '/')).toEqual({ user: 'ada', colour: 'blue' })
    expect(await old(before, '/set/size/9')).toEqual({ user: 'ada', colour: 'blue', size: '9' })
    expect(await old(after, '/')).toEqual({ user: 'ada', colour: 'blue', size: '9' })
    await Promise.all(Array.from({ length: 12 }, (_, n) => old(after, `/set/n${n}/${n}`)))
    expect(Object.keys((await old(before, '/')) as object)).toHaveLength(15)
    await old(after, '/out')
    expect(await old(before, '/')).toEqual({})

    const fresh = browser()
    expect(await fresh(after, '/set/user/grace')).toEqual({ user: 'grace' })
    expect(await fresh(before, '/')).toEqual({ user: 'grace' })
    await fresh(before, '/out')
    expect(await fresh(after, '/')).toEqual({})
    expect(await places.collection.countDocuments()).toBe(0)
  })
})
