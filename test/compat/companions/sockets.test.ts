import { once } from 'node:events'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { type Any, listen, load, type Running, type Side, sides } from './programs.ts'

const { Server } = load('socket.io')
const { io: connect } = load('socket.io-client')

const express5 = sides.filter(({ name }) => name.endsWith('Express 5'))

/** Signs in and out over HTTP. */
async function site({ express }: Side, middleware: Any): Promise<Running> {
  const app: Any = express()
  app.use(middleware)
  app.get('/in', (req: Any, res: Any, next: Any) => {
    req.session.regenerate((error: unknown) => {
      if (error) return next(error)
      req.session.user = 'ann'
      res.json({})
    })
  })
  app.get('/me', (req: Any, res: Any) => res.json({ user: req.session.user ?? null, said: req.session.said ?? 0 }))
  app.get('/out', (req: Any, res: Any, next: Any) => {
    req.session.destroy((error: unknown) => (error ? next(error) : res.json({})))
  })
  return listen(app)
}

const cookieOf = (user: Any): string => user.jar.header('/') ?? ''

describe.each(express5)('ws with $name', (side) => {
  /** The upgrade request goes through the middleware, with an object for a response, as the README of ws shows it. */
  async function chat() {
    const middleware = side.session()
    const program = await site(side, middleware)
    const wss = new WebSocketServer({ noServer: true })
    program.server.on('upgrade', (req: Any, socket, head) => {
      middleware(req, {}, () => {
        if (!req.session.user) {
          socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n')
          return
        }
        wss.handleUpgrade(req, socket, head, (ws) => wss.emit('connection', ws, req))
      })
    })
    wss.on('connection', (ws, req: Any) => {
      ws.on('message', (message) => {
        const answer = (error: unknown): void => {
          ws.send(JSON.stringify({ user: error ? null : req.session.user, said: req.session?.said ?? 0 }))
        }
        if (String(message) !== 'say') return req.session.reload(answer)
        req.session.reload((error: unknown) => {
          if (error) return answer(error)
          req.session.said = (req.session.said ?? 0) + 1
          req.session.save(answer)
        })
      })
    })
    return program
  }
  async function open(program: Running, cookie: string) {
    const ws = new WebSocket(program.origin.replace('http', 'ws'), { headers: { cookie } })
    onTestFinished(() => ws.terminate())
    await once(ws, 'open')
    return async (message: string) => {
      ws.send(message)
      const [data] = await once(ws, 'message')
      return JSON.parse(String(data))
    }
  }

  it('turns away whoever has not signed in', async () => {
    const program = await chat()
    await expect(open(program, '')).rejects.toThrow('401')
    await expect(open(program, 'connect.sid=s%3Aforged.forged')).rejects.toThrow('401')
  })

  it('shows the session to the socket, saves what it changes, and sees a sign-out', async () => {
    const program = await chat()
    const user = program.visitor()
    await user.json('/in')
    const say = await open(program, cookieOf(user))
    const also = await open(program, cookieOf(user))
    expect(await say('say')).toEqual({ user: 'ann', said: 1 })
    expect(await also('say')).toEqual({ user: 'ann', said: 2 })
    expect(await user.json('/me')).toEqual({ user: 'ann', said: 2 })
    await user.json('/out')
    expect(await say('look')).toMatchObject({ user: null })
    expect(await also('say')).toMatchObject({ user: null })
    expect(await user.json('/me')).toEqual({ user: null, said: 0 })
  })
})

const PATTERNS: Readonly<Record<string, (io: Any, middleware: Any) => void>> = {
  'io.engine.use(session)': (io, middleware) => io.engine.use(middleware),
  'io.use(wrap(session))': (io, middleware) =>
    io.use((socket: Any, next: Any) => middleware(socket.request, socket.request.res ?? {}, next)),
  'io.engine.use for the handshake only': (io, middleware) =>
    io.engine.use((req: Any, res: Any, next: Any) =>
      req._query.sid === undefined ? middleware(req, res, next) : next(),
    ),
}

const transports = [['websocket'], ['polling'], ['polling', 'websocket']]
const ways = express5.flatMap((side) =>
  Object.entries(PATTERNS).flatMap(([pattern, use]) =>
    transports.map((over) => ({ side, name: side.name, pattern, use, over })),
  ),
)

describe.each(ways)('socket.io over $over by $pattern with $name', ({ side, use, over }) => {
  async function chat() {
    const middleware = side.session()
    const program = await site(side, middleware)
    const io = new Server(program.server)
    use(io, middleware)
    onTestFinished(() => void io.close())
    io.on('connection', (socket: Any) => {
      const req = socket.request
      socket.on('say', (answer: Any) => {
        req.session.reload((error: unknown) => {
          if (error) return answer({ user: null })
          req.session.said = (req.session.said ?? 0) + 1
          req.session.save((failure: unknown) =>
            answer({ user: failure ? null : req.session.user, said: req.session.said }),
          )
        })
      })
      socket.emit('hello', { user: req.session?.user ?? null })
    })
    return program
  }
  async function open(program: Running, cookie: string) {
    const socket = connect(program.origin, {
      transports: over,
      extraHeaders: { cookie },
      forceNew: true,
      timeout: 5000,
      reconnection: false,
    })
    onTestFinished(() => void socket.close())
    const hello = await new Promise<unknown>((got, failed) => {
      socket.once('hello', got)
      socket.once('connect_error', failed)
    })
    return { hello, say: () => socket.timeout(5000).emitWithAck('say') }
  }

  it('shows the session to the socket, saves what it changes, and sees a sign-out', async () => {
    const program = await chat()
    expect((await open(program, '')).hello).toEqual({ user: null })
    const user = program.visitor()
    await user.json('/in')
    const socket = await open(program, cookieOf(user))
    expect(socket.hello).toEqual({ user: 'ann' })
    expect(await socket.say()).toEqual({ user: 'ann', said: 1 })
    expect(await socket.say()).toEqual({ user: 'ann', said: 2 })
    expect(await user.json('/me')).toEqual({ user: 'ann', said: 2 })
    await user.json('/out')
    expect(await socket.say()).toEqual({ user: null })
    expect(await user.json('/me')).toEqual({ user: null, said: 0 })
  })
})

describe.each(express5)('a handshake without a session, with $name', ({ session, isNative }) => {
  it.each([{}, { setHeader() {}, getHeader() {}, writeHead() {}, end() {} }])(
    'brings no cookie (%o)',
    async (response) => {
      const middleware = session()
      const headers: unknown[] = []
      const res = Object.assign(
        response,
        'setHeader' in response ? { setHeader: (...set: unknown[]) => headers.push(set) } : {},
      )
      const req: Any = { url: '/', method: 'GET', headers: {}, socket: {} }
      await new Promise<void>((next, fail) => middleware(req, res, (error: unknown) => (error ? fail(error) : next())))
      req.session.user = 'ann'
      // The adapter says so. express-session stores what somebody saves, whether or not a browser will ever come with it.
      const saved = new Promise<Any>((done) => req.session.save((error: Any) => done(error?.code ?? 'saved')))
      expect(await saved).toBe(isNative ? 'ERR_SESSION_HEADERS_SENT' : 'saved')
      expect(headers).toEqual([])
    },
  )
})
