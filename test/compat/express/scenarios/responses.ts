import { Readable } from 'node:stream'
import type { Step } from '../../harness/scenario.ts'
import { attempt, connect, count, ended, type Handler, storeOf } from '../support/serve.ts'
import type { Done, ExpressScenario } from '../support/types.ts'

const steps: readonly Step[] = ['/', '/', { path: '/read' }]

/** Each request changes the session, except `/read`; then the handler answers. */
const response = (
  name: string,
  handler: Handler,
  more: Partial<ExpressScenario> = {},
  given: object = {},
): ExpressScenario => ({
  name: `response: ${name}`,
  app: connect({ cookie: { maxAge: 60_000 }, ...given }, (req, res, context) => {
    if (req.url !== '/read') count(req.session)
    return handler(req, res, context)
  }),
  steps,
  ...more,
})

/** The same with its framing in the transcript. */
const framed = (name: string, handler: Handler, more: Partial<ExpressScenario> = {}): ExpressScenario =>
  response(`framing, ${name}`, handler, { framing: true, ...more })

/** The store answers when told, or after some turns. */
const slow =
  (turns: number): Step =>
  (world) => {
    const { set } = storeOf(world)
    Object.assign(storeOf(world), {
      set(this: unknown, ...values: unknown[]) {
        let left = turns
        const wait = (): unknown =>
          left-- > 0 ? setImmediate(wait) : set.apply(storeOf(world), values as Parameters<typeof set>)
        wait()
      },
    })
  }

const long = 'x'.repeat(100_000)

export const responses: readonly ExpressScenario[] = [
  response('end', (_req, res) => res.end()),
  response('end with text', (_req, res) => res.end('text')),
  response('end with bytes', (_req, res) => res.end(Buffer.from('bytes'))),
  response('end with a Uint8Array', (_req, res) => res.end(new Uint8Array([104, 105]))),
  response('end with an encoding', (_req, res) => res.end('aGk=', 'base64')),
  response('end with null', (_req, res) => res.end(null)),
  response('end with an empty text', (_req, res) => res.end('')),
  response('end with text of many bytes', (_req, res) => res.end('äöü€'.repeat(1000))),
  response(
    'end with what cannot be sent',
    (_req, res, { recorder }) => {
      attempt(recorder, 'a number', () => typeof res.end(5 as unknown as string))
      if (!res.writableEnded) attempt(recorder, 'again', () => typeof res.end('ok'))
    },
    { steps: ['/', '/', '/read'].map((path) => ({ path, patience: 400 })) },
  ),
  response('end with a callback', (_req, res, { recorder }) => {
    attempt(recorder, 'answers', () => typeof res.end('text', () => recorder.note('ended')))
  }),
  response('end with an encoding and a callback', (_req, res, { recorder }) => {
    res.end('text', 'utf8', () => recorder.note('ended'))
  }),
  response('end with nothing but a callback', (_req, res, { recorder }) => {
    attempt(recorder, 'answers', () => typeof res.end(() => recorder.note('ended')))
    if (!res.writableEnded) attempt(recorder, 'again', () => typeof res.end('ok'))
  }),
  response('what end answers', (req, res, { recorder }) => {
    if (req.url === '/read') res.setHeader('Content-Length', '2')
    recorder.note('end', typeof res.end('ok'))
  }),
  response('end twice', (_req, res, { recorder }) => {
    res.end('one')
    attempt(recorder, 'second', () => typeof res.end('two'))
    attempt(recorder, 'third', () => typeof res.end())
  }),
  response('headers and an end after the end', (_req, res, { recorder }) => {
    res.end()
    attempt(recorder, 'header', () => res.setHeader('Content-Length', '3') === res)
    attempt(recorder, 'end', () => typeof res.end('foo'))
  }),
  response('state after the end', (_req, res, { recorder }) => {
    res.end('ok')
    recorder.note('state', res.headersSent, res.writableEnded, res.statusCode)
  }),
  response('write and end', (_req, res) => {
    res.write('one ')
    res.write(Buffer.from('two '))
    res.end('three')
  }),
  response('write, later end', (_req, res) => {
    res.write('one ')
    setImmediate(() => setImmediate(() => res.end('two')))
  }),
  response('what write answers', (_req, res, { recorder }) => {
    recorder.note('write', res.write('a'), typeof res.write('b', 'utf8', () => recorder.note('written')))
    res.end()
  }),
  response('write after the end', (_req, res, { recorder }) => {
    res.on('error', (error) => recorder.error(error))
    res.end('one')
    attempt(recorder, 'write', () => res.write('two'))
  }),
  response('a change after the first byte', (req, res) => {
    res.write('one ')
    req.session.late = true
    res.end('two')
  }),
  response(
    'a new session that is changed after the first byte',
    (req, res) => {
      res.write('one ')
      count(req.session)
      res.end('two')
    },
    { steps: ['/read', '/read'] },
  ),
  response('a change after the end', (req, res) => {
    res.end('one')
    req.session.late = true
  }),
  response('writeHead', (_req, res) => res.writeHead(201).end('made')),
  response('writeHead with headers', (_req, res) =>
    res.writeHead(201, { 'X-One': '1', 'Content-Type': 'text/plain' }).end('made'),
  ),
  response('writeHead with a message and headers', (_req, res) =>
    res.writeHead(202, 'Fine', { 'X-One': '1' }).end('fine'),
  ),
  response('writeHead with a flat list', (_req, res) => res.writeHead(200, ['X-One', '1', 'X-Two', '2']).end('flat')),
  response('writeHead with pairs', (_req, res) => res.writeHead(200, [['X-One', '1']] as never).end('pairs')),
  response('writeHead with a length', (_req, res) => res.writeHead(200, { 'Content-Length': 4 }).end('four')),
  response('writeHead with Set-Cookie', (_req, res) => res.writeHead(200, { 'Set-Cookie': 'a=1' }).end('ok')),
  response('writeHead with two Set-Cookie', (_req, res) =>
    res.writeHead(200, { 'Set-Cookie': ['a=1', 'b=2'] }).end('ok'),
  ),
  response('writeHead with Set-Cookie in a flat list', (_req, res) =>
    res.writeHead(200, ['Set-Cookie', 'a=1', 'X-One', '1']).end('ok'),
  ),
  response('writeHead with Set-Cookie over one that was set', (_req, res) => {
    res.setHeader('Set-Cookie', 'old=1')
    res.writeHead(200, { 'set-cookie': 'new=1' }).end('ok')
  }),
  response('writeHead twice', (_req, res, { recorder }) => {
    res.writeHead(200)
    attempt(recorder, 'second', () => typeof res.writeHead(201))
    res.end('ok')
  }),
  response('a change after writeHead', (req, res) => {
    res.writeHead(200)
    req.session.late = true
    res.end('ok')
  }),
  response(
    'a new session that is changed after writeHead',
    (req, res) => {
      res.writeHead(200)
      count(req.session)
      res.end('ok')
    },
    { steps: ['/read', '/read'] },
  ),
  response('setHeader after writeHead', (_req, res, { recorder }) => {
    res.writeHead(200)
    attempt(recorder, 'header', () => res.setHeader('X-Late', '1') === res)
    res.end('ok')
  }),
  response('flushHeaders', (_req, res, { recorder }) => {
    res.flushHeaders()
    recorder.note('sent', res.headersSent)
    res.end('ok')
  }),
  response(
    'a new session that is changed after flushHeaders',
    (req, res) => {
      res.flushHeaders()
      count(req.session)
      res.end('ok')
    },
    { steps: ['/read', '/read'] },
  ),
  response(
    'flushHeaders of a new session that is untouched',
    (_req, res) => {
      res.flushHeaders()
      res.end('ok')
    },
    { steps: ['/read', '/read'] },
  ),
  response('a cookie that is there as text', (_req, res) => res.setHeader('Set-Cookie', 'a=1').end('ok')),
  response('cookies that are there as a list', (_req, res) => res.setHeader('Set-Cookie', ['a=1', 'b=2']).end('ok')),
  response('a cookie of our name that is there', (_req, res) =>
    res.setHeader('Set-Cookie', 'connect.sid=other; Path=/').end('ok'),
  ),
  response('appendHeader', (_req, res) =>
    res.appendHeader('Set-Cookie', 'a=1').appendHeader('Set-Cookie', 'b=2').end('ok'),
  ),
  response('headers that were removed', (_req, res) => {
    res.setHeader('X-One', '1')
    res.removeHeader('X-One')
    res.end('ok')
  }),
  ...[204, 205, 304, 302, 400, 500].map((status) =>
    response(`status ${status}`, (_req, res) => {
      res.statusCode = status
      if (status === 302) res.setHeader('Location', '/read')
      res.end()
    }),
  ),
  response('HEAD', (_req, res) => res.end('not sent'), {
    steps: steps.map((step) => ({ ...(step as object), method: 'HEAD' })),
  }),
  response(
    'POST with a body',
    (req, res) => {
      let body = ''
      req.on('data', (chunk) => {
        body += chunk
      })
      req.on('end', () => res.end(`got ${body}`))
    },
    {
      steps: [
        { path: '/', method: 'POST', body: 'hello' },
        { path: '/', method: 'POST', body: long },
      ],
    },
  ),
  response('a stream', (_req, res) => Readable.from(['one ', 'two ', 'three']).pipe(res)),
  response('a long stream', (_req, res) =>
    Readable.from(Array.from({ length: 20 }, () => long.slice(0, 50_000))).pipe(res),
  ),
  response('a long text', (_req, res) => res.end(long)),
  response('a length that is right', (_req, res) => res.setHeader('Content-Length', '5').end('right')),
  response('a length, in two pieces', (_req, res) => {
    res.setHeader('Content-Length', '12')
    res.write('hello, ')
    res.end('world')
  }),
  response('a length of nothing', (_req, res) => res.setHeader('Content-Length', '0').end()),
  response('trailers', (_req, res) => {
    res.writeHead(200, { Trailer: 'X-End' })
    res.write('body')
    res.addTrailers({ 'X-End': '1' })
    res.end()
  }),
  response('no Date', (_req, res) => {
    res.sendDate = false
    res.end('ok')
  }),
  response('1xx before', (_req, res) => {
    res.writeContinue()
    res.end('ok')
  }),
  response('the handler answers later', (_req, res) => setTimeout(() => res.end('later'), 5)),
  response('methods of the response that were patched before', (_req, res) => res.end('ok'), {
    app: connect(
      {},
      (req, res) => {
        count(req.session)
        res.write('hello, ')
        res.end('world')
      },
      (_req, res, { recorder }) => {
        let ended = false
        const { write, end } = res
        res.end = ((...values: unknown[]) => {
          ended = true
          return end.apply(res, values as never)
        }) as typeof end
        res.write = ((...values: unknown[]) => {
          if (ended) recorder.note('write after end')
          return write.apply(res, values as never)
        }) as typeof write
      },
    ),
  }),
  response('methods of the response that are patched afterwards', (_req, res, { recorder }) => {
    let ended = false
    const { write, end } = res
    res.end = ((...values: unknown[]) => {
      ended = true
      return end.apply(res, values as never)
    }) as typeof end
    res.write = ((...values: unknown[]) => {
      if (ended) recorder.note('write after end')
      return write.apply(res, values as never)
    }) as typeof write
    res.write('hello, ')
    res.end('world')
  }),
  response(
    'the browser goes away',
    (req, res, { recorder }) => {
      if (req.url !== '/away') return res.end('ok')
      res.once('close', () => recorder.note('closed', res.writableEnded))
      return undefined
    },
    { steps: ['/', { path: '/away', patience: 300 }, '/'] },
  ),
  response(
    'data that JSON cannot say',
    (req, res, { recorder }) => {
      const data: Record<string, unknown> = { '/big': 1n, '/circle': req.session, '/': 1 }
      req.session.bad = data[req.url ?? '/']
      ended(recorder, res, 'ok')
    },
    { steps: ['/', '/big', '/circle', '/'] },
  ),

  framed('end with text', (_req, res) => res.end('text')),
  framed('end', (_req, res) => res.end()),
  framed('write and end', (_req, res) => {
    res.write('one ')
    res.end('two')
  }),
  framed('a length', (_req, res) => res.setHeader('Content-Length', '4').end('four')),
  framed('HEAD', (_req, res) => res.setHeader('Content-Length', '4').end(), { steps: [{ path: '/', method: 'HEAD' }] }),
  framed('204', (_req, res) => res.writeHead(204).end()),
  framed('304', (_req, res) => res.writeHead(304).end()),
  framed('a slow store', (_req, res) => res.end('text'), { steps: [slow(20), '/', '/'] }),
  framed('a store that is slow, a length', (_req, res) => res.setHeader('Content-Length', '4').end('four'), {
    steps: [slow(20), '/', '/'],
  }),
  {
    name: 'response: headers leave when the session is saved, not before',
    app: connect({}, (req, res, { recorder }) => {
      count(req.session)
      recorder.shared.sent = () => (res.socket?.bytesWritten ?? 0) > 0
      res.writeHead(302, { Location: '/' }).end('moved')
    }),
    steps: [
      (world) => {
        const { set } = storeOf(world)
        Object.assign(storeOf(world), {
          set(id: string, session: unknown, done: Done) {
            setTimeout(() => {
              world.recorder.note('headers left before the save', (world.recorder.shared.sent as () => boolean)())
              set.call(storeOf(world), id, session, done)
            }, 5)
          },
        })
      },
      '/',
      '/',
    ],
  },
]
