import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { hold } from '../../src/adapters/internal/hold.ts'
import { SessionStoreError } from '../../src/index.ts'
import { COOKIE, diary, type Handler, heldForCookie, later, served } from './support/held-server.ts'

type Middleware = (req: IncomingMessage, res: ServerResponse, next: () => void) => void
const compression = createRequire(import.meta.url)('compression') as (options?: object) => Middleware

// More than the streams' buffers hold, and hard to compress, so that back-pressure is real.
const noise = (size: number): string => {
  let seed = 1
  let text = ''
  while (text.length < size) {
    seed = (seed * 48_271) % 2_147_483_647
    text += seed.toString(36)
  }
  return text
}
const BIG = noise(400_000)
// Small pieces find room in compression's own buffers, so that nobody but us can say "go on".
const pieces = (): string[] => BIG.match(/.{1,2000}/g) as string[]

const orders: Record<string, (handler: Handler) => Handler> = {
  'compression before the session': (handler) => (req, res) => {
    compression()(req, res, () => {
      heldForCookie(res)
      handler(req, res)
    })
  },
  'compression after the session': (handler) => (req, res) => {
    heldForCookie(res)
    compression()(req, res, () => handler(req, res))
  },
  'compression before and after': (handler) => (req, res) => {
    compression({ filter: () => false })(req, res, () => {
      heldForCookie(res)
      compression()(req, res, () => handler(req, res))
    })
  },
}

const ways: Record<string, Handler> = {
  'res.end(text)': (_req, res) => res.end(BIG),
  'res.write and res.end': (_req, res) => {
    for (const piece of pieces()) res.write(piece)
    res.end()
  },
  'writeHead first': (_req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/plain' })
    for (const piece of pieces()) res.write(piece)
    res.end()
  },
  'pipe()': (_req, res) => Readable.from(pieces()).pipe(res),
  'pipeline()': (_req, res) => pipeline(Readable.from(pieces()), res),
  'pipeline() from a generator': (_req, res) =>
    pipeline(async function* () {
      await later(0)
      yield* pieces()
    }, res),
}

describe('with compression', () => {
  for (const [order, wrap] of Object.entries(orders)) {
    for (const [way, handler] of Object.entries(ways)) {
      for (const encoding of ['gzip', 'identity']) {
        it(`${order}: ${way}, ${encoding}`, async () => {
          const server = await served(
            wrap((req, res) => {
              res.setHeader('Content-Type', 'text/plain')
              return handler(req, res)
            }),
          )
          const answer = await fetch(`http://127.0.0.1:${server.port}/`, { headers: { 'Accept-Encoding': encoding } })
          expect(answer.headers.get('set-cookie')).toBe(COOKIE)
          expect(answer.headers.get('content-encoding')).toBe(encoding === 'gzip' ? 'gzip' : null)
          expect((await answer.text()) === BIG).toBe(true)
          await server.close()
        })
      }
    }
  }

  for (const [order, isAfter] of [
    ['before', false],
    ['after', true],
  ] as const) {
    for (const [way, handler] of Object.entries(ways)) {
      it(`a failed commit is answered with the error, compression ${order} the session: ${way}`, async () => {
        const fail = (res: ServerResponse): void => {
          const holder = diary(async () => {
            await later()
            throw new SessionStoreError('ERR_SESSION_STORE', 'The store failed.')
          })
          holder.fail = () => res.end('sorry')
          hold(res, holder)
        }
        const server = await served((req, res) => {
          res.setHeader('Content-Type', 'text/plain')
          const answer = async (): Promise<void> => {
            try {
              await handler(req, res)
            } catch {
              // A pipeline whose response was dropped rejects.
            }
          }
          if (isAfter) fail(res)
          compression()(req, res, () => {
            if (!isAfter) fail(res)
            void answer()
          })
        })
        const answer = await fetch(`http://127.0.0.1:${server.port}/`, { headers: { 'Accept-Encoding': 'gzip' } })
        expect(answer.status).toBe(503)
        expect(await answer.text()).toBe('sorry')
        await server.close()
      })
    }
  }
})
