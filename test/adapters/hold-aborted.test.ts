import { connect } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { hold } from '../../src/adapters/internal/hold.ts'
import { diary, gate, type Handler, heldForCookie, later, servers, storeFailed } from './support/held-server.ts'

const serve = servers()

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
