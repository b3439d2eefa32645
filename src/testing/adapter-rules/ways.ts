import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Turn } from '../adapter-suite.ts'

/** One way in which applications answer, and what the client must get. */
export interface Way {
  readonly title: string
  readonly status: number
  /** Undefined where it is the framework's matter. */
  readonly body: string | undefined
  answer(turn: Turn): unknown
}

const TEXT = 'the answer of the handler'
const PIECES = ['the answer ', 'of the ', 'handler'] as const

const way = (title: string, answer: Way['answer'], status = 200): Way => ({
  title,
  status,
  body: status === 200 ? TEXT : status === 303 ? undefined : '',
  answer,
})

/** Each way of answering that could let the headers leave before the session is committed. */
export const WAYS: readonly Way[] = [
  way('a text', (turn) => turn.answer(200, TEXT)),
  way('a stream', (turn) => turn.answer(200, Readable.from(PIECES))),
  way('a redirect', (turn) => turn.answer(303, '', { Location: '/session' }), 303),
  way('204 without a body', (turn) => turn.answer(204), 204),
  way('304 without a body', (turn) => turn.answer(304), 304),
  way('res.end(text)', (turn) => turn.raw().end(TEXT)),
  way('res.write first', (turn) => {
    const res = turn.raw()
    for (const piece of PIECES) res.write(piece)
    res.end()
  }),
  way('res.flushHeaders first', (turn) => {
    const res = turn.raw()
    res.flushHeaders()
    res.end(TEXT)
  }),
  way('T122 res.writeHead with an object', (turn) => {
    turn.raw().writeHead(200, { 'X-Own': 'yes', 'Set-Cookie': 'own=1; Path=/' }).end(TEXT)
  }),
  way('T122 res.writeHead with an array', (turn) => {
    turn
      .raw()
      .writeHead(200, ['X-Own', 'yes', 'Set-Cookie', 'own=1; Path=/'] as never)
      .end(TEXT)
  }),
  way('pipe()', (turn) => {
    Readable.from(PIECES).pipe(turn.raw())
  }),
  way('pipeline()', (turn) => pipeline(Readable.from(PIECES), turn.raw())),
]
