import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { addCookie, hold } from '../../src/adapters/internal/hold.ts'
import type { SessionStoreError } from '../../src/index.ts'
import { bodyOf, COOKIE, diary, gate, heldForCookie, later, servers, storeFailed } from './support/held-server.ts'

const serve = servers()

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
    expect(bodyOf(await server.get())).toBe('sorry')
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
    expect(bodyOf(await server.get())).toContain('sorry')
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
    expect(bodyOf(await server.get())).not.toContain('secret')
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
    expect(bodyOf(await server.get())).toBe('sorry')
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
    expect(bodyOf(answer)).toBe('ERR_SESSION_STORE\n')
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
    expect(bodyOf(answer)).toBe('sorry')
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
