import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { COOKIE, type Handler, heldForCookie, later, served, withoutSession } from './support/held-server.ts'

/** What applications do with a response. Held or not, the client must get the same bytes. */
const answers: Record<string, Handler> = {
  'res.end(text) with its automatic Content-Length': (_req, res) => res.end('ok'),
  'res.end() without a body': (_req, res) => res.end(),
  'res.end(buffer)': (_req, res) => res.end(Buffer.from('ok')),
  'res.end(text, encoding)': (_req, res) => res.end('6f6b', 'hex'),
  'an explicit Content-Length': (_req, res) => {
    res.setHeader('Content-Length', 2)
    res.end('ok')
  },
  'a status and a message': (_req, res) => {
    res.statusCode = 418
    res.statusMessage = 'Short and stout'
    res.end('tea')
  },
  'a status changed after the answer began': (_req, res) => {
    res.statusCode = 201
    res.write('a')
    res.statusCode = 500
    res.statusMessage = 'Too late'
    res.end('b')
  },
  '204 and 304 have no body': (req, res) => {
    res.statusCode = req.url === '/' ? 204 : 304
    res.end('never sent')
  },
  'a redirect': (_req, res) => res.writeHead(302, { Location: '/next' }).end(),
  'res.write first': (_req, res) => {
    res.write('a')
    res.write(Buffer.from('b'))
    res.end('c')
  },
  'res.write across turns': async (_req, res) => {
    res.write('a')
    await later(1)
    res.write('b')
    await later(20)
    res.write('c')
    res.end()
  },
  'res.flushHeaders first': (_req, res) => {
    res.setHeader('X-One', '1')
    res.flushHeaders()
    res.flushHeaders()
    res.end('flushed')
  },
  'T122 writeHead with an object': (_req, res) =>
    res.writeHead(200, { 'X-One': '1', 'Set-Cookie': 'theirs=1' }).end('x'),
  'T122 writeHead with a message': (_req, res) => res.writeHead(200, 'Fine', { 'Set-Cookie': ['a=1', 'b=2'] }).end('x'),
  'T122 writeHead with a flat array': (_req, res) =>
    res.writeHead(200, ['X-One', '1', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']).end('x'),
  'T122 writeHead over setHeader': (_req, res) => {
    res.setHeader('Set-Cookie', 'old=1')
    res.setHeader('X-One', 'old')
    res.writeHead(200, { 'Set-Cookie': 'new=1', 'X-Two': '2' }).end('x')
  },
  "the application's own cookies": (_req, res) => {
    res.setHeader('Set-Cookie', ['a=1', 'b=2'])
    res.appendHeader('Set-Cookie', 'c=3')
    res.end('x')
  },
  'T122 writeHead with an array of pairs': (_req, res) =>
    res
      .writeHead(200, [
        ['X-One', '1'],
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
      ] as never)
      .end('x'),
  trailers: (req, res) => {
    if (req.method === 'HEAD') return res.end()
    res.writeHead(200, { Trailer: 'X-Sum' })
    res.write('body')
    res.addTrailers({ 'X-Sum': '4' })
    return res.end()
  },
  'pipe()': (_req, res) => Readable.from(['a'.repeat(70_000), 'b'.repeat(70_000), 'c']).pipe(res),
  'pipeline()': async (_req, res) => {
    await pipeline(Readable.from(['a'.repeat(70_000), 'b'.repeat(70_000), 'c']), res)
  },
  'pipeline() from a generator': async (_req, res) => {
    await pipeline(async function* () {
      for (let i = 0; i < 50; i++) yield String(i).repeat(5_000)
    }, res)
  },
  'writing as long as there is room': async (_req, res) => {
    for (let i = 0; i < 20; i++) {
      if (!res.write('x'.repeat(10_000))) await new Promise((resolve) => res.once('drain', resolve))
    }
    res.end()
  },
}

describe('a held response is, byte for byte, the response that Node would send', () => {
  for (const [title, handler] of Object.entries(answers)) {
    for (const method of ['GET', 'HEAD']) {
      it(`${title} (${method})`, async () => {
        const plain = await served(handler)
        const held = await served((req, res) => {
          heldForCookie(res)
          return handler(req, res)
        })
        const expected = await plain.get('/', method)
        const got = await held.get('/', method)
        expect(got).toContain(`Set-Cookie: ${COOKIE}\r\n`)
        expect(withoutSession(got)).toBe(withoutSession(expected))
        await Promise.all([plain.close(), held.close()])
      })
    }
  }

  // How Node cuts corked writes into chunks depends on when they reach it.
  it('cork and uncork: the same text', async () => {
    const server = await served((_req, res) => {
      heldForCookie(res)
      res.cork()
      res.write('a')
      res.write('b')
      process.nextTick(() => res.uncork())
      res.end('c')
    })
    expect(await (await fetch(`http://127.0.0.1:${server.port}/`)).text()).toBe('abc')
    await server.close()
  })
})
