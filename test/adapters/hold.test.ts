import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { finished, PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { addCookie, hasBegun, headersGone, hold } from '../../src/adapters/internal/hold.ts'
import { SessionStoreError } from '../../src/index.ts'
import { COOKIE, diary, type Handler, heldForCookie, later, type Served, served } from './support/held-server.ts'

const open: Served[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})
const serve = async (handler: Handler): Promise<Served> => {
  const server = await served(handler)
  open.push(server)
  return server
}

const body = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4)
const storeFailed = () => new SessionStoreError('ERR_SESSION_STORE', 'The store failed.')

/** A commit that ends when the test says so. */
function gate() {
  let open = (): void => {}
  let refuse = (_error: unknown): void => {}
  const passed = new Promise<void>((resolve, reject) => {
    open = resolve
    refuse = reject
  })
  return { passed, open, refuse }
}

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
    expect(body(await server.get())).toBe('1\r\na\r\n1\r\nb\r\n0\r\n\r\n')
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
    expect(body(await server.get())).toBe('1\r\na\r\n1\r\nb\r\n0\r\n\r\n')
    expect(order).toEqual(['first', 'writing', 'ended: true', 'second', 'ended'])
  })

  it('are committed too if the end was called while the response was held', async () => {
    const holder = diary(later, later)
    const server = await serve((_req, res) => {
      hold(res, holder)
      res.write('a')
      res.end('b')
    })
    expect(body(await server.get())).toBe('1\r\na\r\n1\r\nb\r\n0\r\n\r\n')
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
    expect(body(answer)).toBe('1\r\na\r\n1\r\nb\r\n0\r\n\r\n')
    expect(holder.entries).toEqual(['finish', 'finish', 'late'])
  })
})

describe('after a failed commit', () => {
  const failing = (res: ServerResponse, answer: (res: ServerResponse) => unknown, error: unknown = storeFailed()) => {
    const holder = diary(async () => {
      await later()
      throw error
    })
    const { fail } = holder
    holder.fail = (error) => {
      fail(error)
      answer(res)
    }
    hold(res, holder)
    return holder
  }

  it('nothing of the old answer is sent, and no 200 even if the handler forgets to set a status', async () => {
    const server = await serve((_req, res) => {
      failing(res, () => res.end('sorry'))
      res.writeHead(200, 'Fine', {
        'Content-Type': 'application/json',
        'Content-Length': 6,
        ETag: 'x',
        'Last-Modified': 'now',
        'Cache-Control': 'public',
        Location: '/in',
        'X-Kept': '1',
      })
      res.write('sec')
      res.end('ret')
    })
    const answer = await server.get()
    expect(answer).toMatch(/^HTTP\/1.1 503 Service Unavailable\r\nX-Kept: 1\r\nDate/)
    expect(answer).not.toMatch(/json|ETag|Last-Modified|public|Location/)
    expect(answer).toContain('sorry')
    expect(answer).not.toContain('sec')
  })

  it('a response answers the same if finish throws instead of rejecting', async () => {
    const holder = diary(() => {
      throw storeFailed()
    })
    const server = await serve((_req, res) => {
      const { fail } = holder
      holder.fail = (error) => {
        fail(error)
        res.end('sorry')
      }
      hold(res, holder)
      res.end('fine')
    })
    expect(body(await server.get())).toBe('sorry')
    expect(holder.entries).toEqual(['finish', 'fail'])
  })

  it('callbacks of the old answer hear of it, once', async () => {
    const heard: unknown[] = []
    const server = await serve((_req, res) => {
      failing(res, () => res.end('sorry'))
      res.write('a', (error) => heard.push((error as SessionStoreError | null | undefined)?.code))
      res.end(((error?: SessionStoreError) => heard.push(error?.code)) as () => void)
    })
    await server.get()
    expect(heard).toEqual(['ERR_SESSION_STORE', 'ERR_SESSION_STORE'])
  })

  it('whatever the old handler still does is swallowed', async () => {
    const after: unknown[] = []
    const done = gate()
    const server = await serve(async (_req, res) => {
      failing(res, () => {
        res.end('sorry')
        res.write('a')
        res.end('b')
      })
      res.write('a')
      await once(res, 'finish')
      after.push(res.write('b', (error) => after.push((error as NodeJS.ErrnoException).code)))
      res.flushHeaders()
      after.push(res.end('c') === res)
      await later(5)
      done.open()
    })
    expect(body(await server.get())).toContain('sorry')
    await done.passed
    expect(after).toEqual([false, true, 'ERR_STREAM_DESTROYED'])
  })

  it('a piped source is taken off the response and destroyed', async () => {
    const source = new PassThrough()
    const server = await serve((_req, res) => {
      failing(res, async () => {
        // Room is announced to all who wait for it, and the old source must not be among them.
        res.write('s'.repeat(1_000_000))
        await once(res, 'drain')
        await later()
        res.end('orry')
      })
      source.pipe(res)
      source.write('secret')
      source.write('secret again')
    })
    expect(body(await server.get())).not.toContain('secret')
    if (!source.closed) await once(source, 'close')
    expect(source.destroyed).toBe(true)
  })

  it('a source that somebody else reads too is left alone', async () => {
    const source = new PassThrough()
    const copy = new PassThrough()
    source.pipe(copy)
    const server = await serve((_req, res) => {
      failing(res, () => res.end('sorry'))
      source.pipe(res)
      source.write('a')
    })
    await server.get()
    source.end('b')
    const chunks = await copy.toArray()
    expect(Buffer.concat(chunks).toString()).toBe('ab')
  })

  it('pipeline() rejects instead of waiting for ever, and the error is sent', async () => {
    const endless = new Readable({ read() {} })
    endless.push('x')
    let outcome: Promise<unknown> = Promise.resolve()
    const server = await serve((_req, res) => {
      failing(res, () => res.end('sorry'))
      outcome = pipeline(endless, res).then(
        () => 'fine',
        (error) => error.code,
      )
    })
    expect(body(await server.get())).toBe('sorry')
    expect(await outcome).toBe('ERR_STREAM_PREMATURE_CLOSE')
  })

  it('cookies of a session that was committed, or ended, go out with the error', async () => {
    const server = await serve((_req, res) => {
      failing(res, () => {
        for (const name of res.getHeaderNames()) res.removeHeader(name)
        res.end('sorry')
      })
      hold(
        res,
        diary(async () => addCookie(res, COOKIE)),
      )
      res.end('fine')
    })
    const answer = await server.get()
    expect(answer).toMatch(/^HTTP\/1.1 503/)
    expect(answer).toContain(`Set-Cookie: ${COOKIE}\r\n`)
  })

  it('a second failure is told to its own holder', async () => {
    const second = diary(async () => {
      throw new Error('second')
    })
    const server = await serve((_req, res) => {
      failing(res, () => res.end('sorry'))
      hold(res, second)
      res.end('fine')
    })
    await server.get()
    expect(second.entries).toEqual(['finish', 'late'])
  })

  it('an error handler that throws does not end the process: the answer is the code', async () => {
    const server = await serve((_req, res) => {
      failing(res, () => {
        res.statusCode = 'ERR_SESSION_STORE' as unknown as number
        res.end('sorry')
      })
      res.end('fine')
    })
    const answer = await server.get()
    expect(answer).toMatch(/^HTTP\/1.1 503 /)
    expect(body(answer)).toBe('ERR_SESSION_STORE\n')
  })

  it('an answer that Node refuses after the commit fails like a commit, and the cookie goes out with the error', async () => {
    const errors: unknown[] = []
    const server = await serve((_req, res) => {
      const holder = heldForCookie(res)
      holder.fail = (error) => {
        errors.push((error as NodeJS.ErrnoException).code)
        for (const name of res.getHeaderNames()) res.removeHeader(name)
        res.end('sorry')
      }
      res.statusMessage = 'bad\r\nmessage'
      res.end('fine')
    })
    const answer = await server.get()
    expect(answer).toMatch(/^HTTP\/1.1 500 /)
    expect(answer.match(/Set-Cookie/g)).toHaveLength(1)
    expect(body(answer)).toBe('sorry')
    expect(errors).toEqual(['ERR_INVALID_CHAR'])
  })

  it('a call that Node refuses sends nothing: what follows is held as if it had not been made', async () => {
    const server = await serve((req, res) => {
      const wrong: Record<string, () => unknown> = {
        '/head': () => res.writeHead(200, { 'X-One': 'a\nb' }),
        '/write': () => {
          res.statusCode = 99
          res.write('a')
        },
        '/end': () => {
          res.statusMessage = 'bad\r\nmessage'
          res.end('a')
        },
      }
      let due: Promise<void> | undefined
      hold(
        res,
        diary(
          () => due,
          () => due,
        ),
      )
      expect(() => wrong[req.url as string]?.()).toThrow()
      // The application's error handling writes to the session.
      due = later().then(() => addCookie(res, COOKIE))
      res.statusCode = 400
      res.statusMessage = ''
      res.end('sorry')
    })
    for (const path of ['/head', '/write', '/end']) {
      const answer = await server.get(path)
      expect(answer, path).toMatch(/^HTTP\/1.1 400 /)
      expect(answer, path).toContain(`Set-Cookie: ${COOKIE}\r\n`)
    }
  })
})

describe('T125 a client that goes away', () => {
  /** Sends a request, hangs up once the handler has begun, and waits until the server has noticed. */
  const abort = async (handler: Handler): Promise<void> => {
    const begun = gate()
    const closed = gate()
    const server = await serve((req, res) => {
      res.on('close', closed.open)
      handler(req, res)
      begun.open()
    })
    const socket = connect(server.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await begun.passed
    socket.destroy()
    await closed.passed
  }

  for (const fate of ['succeeds', 'fails'] as const) {
    it(`while the response is held: the commit still ${fate}, and nothing is left behind`, async () => {
      const commit = gate()
      const holder = diary(() => commit.passed)
      await abort((_req, res) => {
        hold(res, holder)
        res.write('a', () => {})
        res.end('b')
      })
      if (fate === 'succeeds') commit.open()
      else commit.refuse(storeFailed())
      await later()
      expect(holder.entries).toEqual(fate === 'succeeds' ? ['finish'] : ['finish', 'fail'])
    })
  }

  it('before the handler answers: the commit is made', async () => {
    const commit = gate()
    const holder = diary(() => commit.passed)
    const ended = gate()
    await abort((_req, res) => {
      hold(res, holder)
      res.on('close', () => {
        res.end('b')
        commit.open()
        ended.open()
      })
    })
    await ended.passed
    await later()
    expect(holder.entries).toEqual(['finish'])
  })

  it('during a stream: the pipeline fails as without us', async () => {
    let outcome: Promise<unknown> = Promise.resolve()
    await abort((_req, res) => {
      heldForCookie(res)
      outcome = pipeline(async function* () {
        for (;;) {
          await later(1)
          yield 'x'
        }
      }, res).catch((error) => error.code)
    })
    expect(await outcome).toBe('ERR_STREAM_PREMATURE_CLOSE')
  })
})
