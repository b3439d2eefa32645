import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { finished } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { addCookie, hasBegun, headersGone, hold } from '../../src/adapters/internal/hold.ts'
import { bodyOf, COOKIE, diary, gate, heldForCookie, later, servers, storeFailed } from './support/held-server.ts'

const serve = servers()

describe('a response with nothing to commit', () => {
  it('goes out in the same tick, and asks again when it ends', async () => {
    const holder = diary(
      () => undefined,
      () => undefined,
    )
    const sent: boolean[] = []
    const server = await serve((_req, res) => {
      hold(res, holder)
      sent.push(res.headersSent)
      res.write('a')
      sent.push(res.headersSent)
      res.end('b')
    })
    expect(bodyOf(await server.get())).toBe('1\r\na\r\n1\r\nb\r\n0\r\n\r\n')
    expect(sent).toEqual([false, true])
    expect(holder.entries).toEqual(['finish', 'finish'])
  })

  it('asks once if it begins with its end', async () => {
    const holder = diary(
      () => undefined,
      () => undefined,
    )
    const server = await serve((_req, res) => {
      hold(res, holder)
      res.end('b')
    })
    await server.get()
    expect(holder.entries).toEqual(['finish'])
  })

  it('sends the cookie of a commit that was there at once', async () => {
    const server = await serve((_req, res) => {
      hold(
        res,
        diary(() => addCookie(res, COOKIE)),
      )
      res.writeHead(200, { 'Set-Cookie': 'theirs=1' }).end('x')
    })
    const answer = await server.get()
    expect(answer).toContain('Set-Cookie: theirs=1\r\n')
    expect(answer).toContain(`Set-Cookie: ${COOKIE}\r\n`)
  })
})

describe('while it is held', () => {
  it('a response looks begun and ended to the application, and is not', async () => {
    const commit = gate()
    const seen: unknown[] = []
    const server = await serve(async (_req, res) => {
      hold(
        res,
        diary(() => commit.passed),
      )
      const look = () => [
        res.headersSent,
        res.writableEnded,
        res.finished,
        res.writableFinished,
        headersGone(res),
        hasBegun(res),
      ]
      seen.push(look())
      seen.push(res.write('a'), look())
      res.end('b')
      seen.push(look())
      commit.open()
      await once(res, 'finish')
      seen.push(look())
    })
    await server.get()
    expect(seen).toEqual([
      [false, false, false, false, false, false],
      false,
      [true, false, false, false, false, true],
      [true, true, true, false, false, true],
      [true, true, true, true, true, true],
    ])
  })

  it('changing headers throws ERR_HTTP_HEADERS_SENT', async () => {
    const refused: unknown[] = []
    const server = await serve((_req, res) => {
      heldForCookie(res)
      res.setHeader('X-One', '1')
      res.write('a')
      const attempts = [
        () => res.setHeader('X-One', '2'),
        () => res.appendHeader('X-One', '2'),
        () => res.removeHeader('X-One'),
        () => res.writeHead(500),
      ]
      for (const attempt of attempts) {
        try {
          attempt()
        } catch (error) {
          refused.push((error as NodeJS.ErrnoException).code)
        }
      }
      res.end()
    })
    expect(await server.get()).toMatch(/^HTTP\/1.1 200 OK\r\nX-One: 1\r\n/)
    expect(refused).toEqual(Array(4).fill('ERR_HTTP_HEADERS_SENT'))
  })

  it('wrong calls throw at once, as Node would', async () => {
    const thrown: unknown[] = []
    const server = await serve((_req, res) => {
      const holder = heldForCookie(res)
      const attempts: (() => unknown)[] = [
        () => res.writeHead(99),
        () => res.writeHead(1000),
        () => res.writeHead(200, { 'X-One': 'a\nb' }),
        () => res.writeHead(200, ['X-One'] as never),
      ]
      for (const attempt of attempts) {
        try {
          attempt()
        } catch (error) {
          thrown.push((error as NodeJS.ErrnoException).code, error instanceof RangeError, res.headersSent)
        }
      }
      res.write('x')
      for (const wrong of [null, 1, {}]) {
        try {
          res.write(wrong)
        } catch (error) {
          thrown.push((error as NodeJS.ErrnoException).code)
        }
      }
      res.end()
      thrown.push(holder.entries.length)
    })
    const answer = await server.get()
    expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n/)
    expect(answer.match(/Set-Cookie/g)).toHaveLength(1)
    expect(thrown).toEqual([
      ...['ERR_HTTP_INVALID_STATUS_CODE', true, false],
      ...['ERR_HTTP_INVALID_STATUS_CODE', true, false],
      ...['ERR_INVALID_CHAR', false, false],
      ...['ERR_INVALID_ARG_VALUE', false, false],
      ...['ERR_STREAM_NULL_VALUES', 'ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_TYPE'],
      1,
    ])
  })

  it('callbacks of write and end run exactly once', async () => {
    const called: string[] = []
    const done = (name: string) => () => called.push(name)
    const server = await serve((_req, res) => {
      heldForCookie(res)
      res.write('a', done('write'))
      res.write('b', 'utf8', done('write with encoding'))
      res.end('c', 'utf8', done('end'))
      res.end(done('second end'))
    })
    const onlyCallback = await serve((_req, res) => {
      heldForCookie(res)
      res.end(done('only callback'))
    })
    await Promise.all([server.get(), onlyCallback.get()])
    expect(called.sort()).toEqual(['end', 'only callback', 'second end', 'write', 'write with encoding'])
  })

  it('end-of-stream is reported after the bytes went out, and not before', async () => {
    const commit = gate()
    const order: string[] = []
    const server = await serve((_req, res) => {
      hold(
        res,
        diary(() => commit.passed.then(() => void order.push('committed'))),
      )
      res.end('x')
      finished(res, (error) => order.push(error ? 'failed' : 'finished'))
      setImmediate(commit.open)
    })
    await server.get()
    expect(order).toEqual(['committed', 'finished'])
  })

  it('a second request on the same connection waits its turn', async () => {
    const server = await serve(async (req, res) => {
      heldForCookie(res)
      if (req.url === '/slow') await later(20)
      res.end(req.url)
    })
    const request = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`
    const answer = await server.raw(`${request('/slow')}${request('/b')}${request('/c', 'Connection: close\r\n')}`)
    expect(answer.match(/(?<=\r\n\r\n)\/[a-z]+/g)).toEqual(['/slow', '/b', '/c'])
    expect(answer.match(/Content-Length: \d/g)).toHaveLength(3)
  })
})

describe('cookies', () => {
  it('are added when the headers leave, so removing all headers meanwhile removes none', async () => {
    const server = await serve((_req, res) => {
      hold(res, diary())
      addCookie(res, COOKIE)
      for (const name of res.getHeaderNames()) res.removeHeader(name)
      res.end('x')
    })
    expect(await server.get()).toContain(`Set-Cookie: ${COOKIE}\r\n`)
  })

  it('T149 never end up in an array that the application uses for every response', async () => {
    const shared = ['a=1', 'b=2']
    const server = await serve((req, res) => {
      heldForCookie(res)
      if (req.url === '/raw') res.writeHead(200, ['Set-Cookie', shared] as never)
      else res.setHeader('Set-Cookie', shared)
      res.end('x')
    })
    for (const path of ['/', '/raw', '/']) expect((await server.get(path)).match(/Set-Cookie/g)).toHaveLength(3)
    expect(shared).toEqual(['a=1', 'b=2'])
  })

  it('T126 make a response private to the browser, unless the application said what caches may do', async () => {
    const server = await serve((req, res) => {
      if (req.url !== '/none') heldForCookie(res)
      if (req.url === '/own') res.setHeader('Cache-Control', 'no-store')
      if (req.url === '/head') res.writeHead(200, { 'cache-control': 'no-cache' })
      res.end('x')
    })
    expect(await server.get('/')).toContain('Cache-Control: private\r\n')
    expect(await server.get('/own')).toContain('Cache-Control: no-store\r\n')
    expect(await server.get('/own')).not.toContain('private')
    expect(await server.get('/head')).not.toContain('private')
    expect(await server.get('/none')).not.toContain('Cache-Control')
  })

  it('of two holders are both sent, after both have committed', async () => {
    const order: string[] = []
    const committing = (res: ServerResponse, name: string, ms: number) => async () => {
      await later(ms)
      order.push(name)
      addCookie(res, `${name}=1`)
    }
    const server = await serve((_req, res) => {
      hold(res, diary(committing(res, 'one', 20)))
      hold(res, diary(committing(res, 'two', 1)))
      res.on('finish', () => order.push('sent'))
      res.end('x')
    })
    const answer = await server.get()
    expect(answer.match(/Set-Cookie: \w+=1/g)?.sort()).toEqual(['Set-Cookie: one=1', 'Set-Cookie: two=1'])
    expect(order).toEqual(['two', 'one', 'sent'])
  })
})

describe('changes made after the headers have left', () => {
  it('are committed before the response ends', async () => {
    const order: string[] = []
    const step = (name: string) => async () => {
      await later()
      order.push(name)
    }
    const server = await serve(async (_req, res) => {
      hold(res, diary(step('first'), step('second')))
      res.write('a')
      await once(res, 'drain')
      order.push('writing')
      res.end('b', () => order.push('ended'))
      order.push(`ended: ${res.writableEnded}`)
    })
    expect(bodyOf(await server.get())).toBe('1\r\na\r\n1\r\nb\r\n0\r\n\r\n')
    expect(order).toEqual(['first', 'writing', 'ended: true', 'second', 'ended'])
  })

  it('are committed too if the end was called while the response was held', async () => {
    const holder = diary(later, later)
    const server = await serve((_req, res) => {
      hold(res, holder)
      res.write('a')
      res.end('b')
    })
    expect(bodyOf(await server.get())).toBe('1\r\na\r\n1\r\nb\r\n0\r\n\r\n')
    expect(holder.entries).toEqual(['finish', 'finish'])
  })

  it('cannot change a response when they fail: it ends as it is, and the failure is told', async () => {
    const holder = diary(later, async () => {
      await later()
      throw storeFailed()
    })
    const server = await serve(async (_req, res) => {
      hold(res, holder)
      res.write('a')
      await once(res, 'drain')
      res.end('b')
    })
    const answer = await server.get()
    expect(answer).toMatch(/^HTTP\/1.1 200 OK/)
    expect(bodyOf(answer)).toBe('1\r\na\r\n1\r\nb\r\n0\r\n\r\n')
    expect(holder.entries).toEqual(['finish', 'finish', 'late'])
  })
})
