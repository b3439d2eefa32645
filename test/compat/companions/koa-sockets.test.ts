import { once } from 'node:events'
import { type IncomingMessage, ServerResponse } from 'node:http'
import Koa from 'koa'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { KOA_SESSIONS } from './koa-sessions.ts'
import { type Any, listen, load } from './programs.ts'

const { Server } = load('socket.io')
const { io: connect } = load('socket.io-client')

/** A site, and a way to a session for what is no request of Koa: a context of its own, whose response is never sent. */
async function site(make: (app: Any) => Any) {
  const app: Any = new Koa()
  app.keys = ['keyboard cat']
  const middleware = make(app)
  app.use(middleware)
  app.use((ctx: Any) => {
    if (ctx.path === '/in') ctx.session.user = 'ann'
    if (ctx.path === '/out') ctx.session = null
    ctx.body = { user: ctx.session?.user ?? null, said: ctx.session?.said ?? 0 }
  })
  const sessionOf = async (req: IncomingMessage, act: (session: Any) => unknown): Promise<unknown> => {
    const ctx = app.createContext(req, new ServerResponse(req))
    let answer: unknown
    await middleware(ctx, async () => {
      answer = await act(ctx.session)
    })
    return answer
  }
  return { ...(await listen(app.callback())), sessionOf }
}

const seen = (session: Any) => ({ user: session.user ?? null, said: session.said ?? 0 })

async function say(session: Any) {
  if (!session.user) return seen(session)
  session.said = (session.said ?? 0) + 1
  await session.save()
  return seen(session)
}

const all = Object.entries(KOA_SESSIONS)

describe.each(all)('sockets with %s', (name, make) => {
  // What a socket changes cannot get into a cookie.
  const writes = !name.includes('cookies')

  async function overWs() {
    const program = await site(make)
    const wss = new WebSocketServer({ noServer: true })
    program.server.on('upgrade', async (req, socket, head) => {
      const { user } = (await program.sessionOf(req, seen)) as { user: unknown }
      if (!user) return socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n')
      wss.handleUpgrade(req, socket, head, (ws) => {
        ws.on('message', async () => ws.send(JSON.stringify(await program.sessionOf(req, writes ? say : seen))))
      })
    })
    return {
      program,
      async open(cookie: string) {
        const ws = new WebSocket(program.origin.replace('http', 'ws'), { headers: { cookie } })
        onTestFinished(() => ws.terminate())
        await once(ws, 'open')
        return async () => {
          ws.send('say')
          return JSON.parse(String((await once(ws, 'message'))[0]))
        }
      },
    }
  }

  async function overSocketIo() {
    const program = await site(make)
    const io = new Server(program.server)
    onTestFinished(() => void io.close())
    io.use((socket: Any, next: Any) => {
      program.sessionOf(socket.request, seen).then((its: Any) => (its.user ? next() : next(new Error('401'))), next)
    })
    io.on('connection', (socket: Any) => {
      socket.on('say', async (answer: Any) => answer(await program.sessionOf(socket.request, writes ? say : seen)))
    })
    return {
      program,
      async open(cookie: string) {
        const socket = connect(program.origin, {
          extraHeaders: { cookie },
          forceNew: true,
          timeout: 5000,
          reconnection: false,
        })
        onTestFinished(() => void socket.close())
        await new Promise((got, failed) => {
          socket.once('connect', got)
          socket.once('connect_error', failed)
        })
        return () => socket.timeout(5000).emitWithAck('say')
      },
    }
  }

  it.each([
    ['ws', overWs],
    ['socket.io', overSocketIo],
  ] as const)('%s: only who has signed in; each message sees the session as it is', async (_name, start) => {
    const { program, open } = await start()
    await expect(open('')).rejects.toThrow('401')
    await expect(open('koa.sess=forged; koa.sess.sig=forged; holdfast.sid=forged')).rejects.toThrow('401')
    const user = program.visitor()
    await user.json('/in')
    const socket = await open(user.jar.header('/') ?? '')
    expect(await socket()).toEqual({ user: 'ann', said: writes ? 1 : 0 })
    expect(await socket()).toEqual({ user: 'ann', said: writes ? 2 : 0 })
    expect(await user.json('/me')).toEqual({ user: 'ann', said: writes ? 2 : 0 })
    await user.json('/out')
    // A session that is in the cookie ends with the browser's cookie, and the socket has a copy.
    expect(await socket()).toEqual({ user: writes ? null : 'ann', said: 0 })
    expect(await user.json('/me')).toEqual({ user: null, said: 0 })
  })
})
