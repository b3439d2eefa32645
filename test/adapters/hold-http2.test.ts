import { once } from 'node:events'
import { connect, createServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { addCookie, hold } from '../../src/adapters/internal/hold.ts'
import { SessionStoreError } from '../../src/index.ts'
import { COOKIE, diary, later } from './support/held-server.ts'

type Handler2 = (req: Http2ServerRequest, res: Http2ServerResponse) => unknown
type Reply = { readonly headers: Record<string, unknown>; readonly body: string }

async function ask(handler: Handler2, method = 'GET'): Promise<Reply> {
  const server = createServer(handler)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const stream = client.request({ ':path': '/', ':method': method })
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
  const body = (await stream.toArray()).join('')
  client.close()
  server.close()
  const { date: _, ...rest } = headers
  return { headers: rest, body }
}

const held =
  (handler: Handler2): Handler2 =>
  (req, res) => {
    hold(
      res,
      diary(async () => {
        await later()
        addCookie(res, COOKIE)
      }),
    )
    return handler(req, res)
  }

const answers: Record<string, Handler2> = {
  'res.end(text)': (_req, res) => res.end('ok'),
  'res.end()': (_req, res) => res.end(),
  'res.write first': (_req, res) => {
    res.write('a')
    res.statusCode = 500
    res.end('b')
  },
  'res.flushHeaders first': (_req, res) => {
    // Node has it; its types do not.
    ;(res as unknown as { flushHeaders(): void }).flushHeaders()
    res.end('b')
  },
  'T122 writeHead with an object': (_req, res) =>
    res.writeHead(201, { 'x-one': '1', 'set-cookie': ['a=1', 'b=2'] }).end('x'),
  'T122 writeHead with a flat array': (_req, res) =>
    res.writeHead(201, ['set-cookie', 'a=1', 'set-cookie', 'b=2'] as never).end('x'),
  '204 has no body': (_req, res) => {
    res.statusCode = 204
    res.end()
  },
  'pipeline()': (_req, res) => pipeline(Readable.from(['a'.repeat(100_000), 'b'.repeat(100_000)]), res),
  'pipe()': (_req, res) => Readable.from(['a'.repeat(100_000), 'b'.repeat(100_000)]).pipe(res),
}

describe('a held HTTP/2 response is the response that Node would send', () => {
  for (const [title, handler] of Object.entries(answers)) {
    for (const method of ['GET', 'HEAD']) {
      it(`${title} (${method})`, async () => {
        const expected = await ask(handler, method)
        const { headers, body } = await ask(held(handler), method)
        const cookies = (headers['set-cookie'] as string[]).filter((line) => line !== COOKIE)
        expect(headers['set-cookie']).toContain(COOKIE)
        const { 'cache-control': cache, 'set-cookie': _, ...rest } = headers
        expect(cache).toBe('private')
        expect(cookies.length > 0 ? { ...rest, 'set-cookie': cookies } : rest).toEqual({ ...expected.headers })
        expect(body === expected.body).toBe(true)
      })
    }
  }

  it('looks begun and ended while it is held, and refuses changes of its headers', async () => {
    const seen: unknown[] = []
    await ask((_req, res) => {
      hold(res, diary(later))
      res.write('a')
      seen.push(res.headersSent, res.writableEnded, res.finished)
      for (const attempt of [
        () => res.setHeader('a', 'b'),
        () => res.appendHeader('a', 'b'),
        () => res.removeHeader('a'),
        () => res.writeHead(200),
      ]) {
        try {
          attempt()
        } catch (error) {
          seen.push((error as NodeJS.ErrnoException).code)
        }
      }
      res.end('b', () => seen.push('ended'))
      seen.push(res.headersSent, res.writableEnded, res.finished)
    })
    expect(seen).toEqual([true, false, false, ...Array(4).fill('ERR_HTTP_HEADERS_SENT'), true, true, true, 'ended'])
  })

  it('commits what changed after the headers left before it ends', async () => {
    const order: string[] = []
    const { body } = await ask(async (_req, res) => {
      hold(
        res,
        diary(later, async () => {
          await later()
          order.push('second')
        }),
      )
      res.write('a')
      await once(res, 'drain')
      res.end('b', () => order.push('ended'))
    })
    expect(body).toBe('ab')
    expect(order).toEqual(['second', 'ended'])
  })

  it('answers with the error after a failed commit', async () => {
    const { headers, body } = await ask((_req, res) => {
      const holder = diary(async () => {
        await later()
        throw new SessionStoreError('ERR_SESSION_STORE', 'The store failed.')
      })
      holder.fail = () => res.end('sorry')
      hold(res, holder)
      res.writeHead(200, { etag: 'x' })
      res.write('a')
      res.end('b')
    })
    expect([headers[':status'], headers.etag, body]).toEqual([503, undefined, 'sorry'])
  })
})
