import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Koa from 'koa'
import session, { type CreateSessionOptions } from '../../src/compat/koa-session.ts'
import { type Browser, browser } from '../../src/testing/internal/browser.ts'

/** What a request may do with its session. */
export type Act = 'read' | 'write' | 'date' | 'remove' | 'replace' | 'save' | 'renew' | 'lifetime' | 'login' | 'logout'

export interface App {
  visitor(): Browser
  /** Resolves when a request waits at this gate. */
  reached(gate: string): Promise<void>
  /** Lets go the request that waits at this gate. */
  open(gate: string): void
  readonly errors: unknown[]
}

// biome-ignore lint/suspicious/noExplicitAny: koa-session gives the session no type
type Ctx = any

const acts: Record<Act, (ctx: Ctx) => unknown> = {
  read: () => undefined,
  write(ctx) {
    ctx.session[ctx.query.key] = 1
  },
  date(ctx) {
    ctx.session[ctx.query.key] = new Date(0)
  },
  remove(ctx) {
    delete ctx.session[ctx.query.key]
  },
  replace(ctx) {
    ctx.session = { [ctx.query.key]: 1 }
  },
  save(ctx) {
    ctx.session[ctx.query.key] = 1
    return ctx.session.save()
  },
  /** A new id for the same data. */
  renew: (ctx) => ctx.session.regenerate(),
  lifetime(ctx) {
    ctx.session.maxAge = 50_000
  },
  async login(ctx) {
    await ctx.session.regenerate()
    ctx.session.user = 'alice'
  },
  logout(ctx) {
    ctx.session = null
  },
}

/**
 * A program for koa-session, on the drop-in unless it is told otherwise. `?before=a` waits at gate a before the act, `?after=b` at b
 * when it is done.
 */
export async function startApp(
  options: CreateSessionOptions,
  end: (close: () => void) => void,
  library: unknown = session,
): Promise<App> {
  const gates = new EventEmitter()
  const waiting = new Map<string, () => void>()
  const errors: unknown[] = []
  const pass = async (name: unknown): Promise<void> => {
    if (typeof name !== 'string') return
    await new Promise<void>((go) => {
      waiting.set(name, go)
      gates.emit(name)
    })
  }
  const app = new Koa()
  app.keys = ['keyboard cat']
  app.on('error', (error) => errors.push(error))
  app.use((library as typeof session)(options, app))
  app.use(async (ctx: Ctx) => {
    if (ctx.path === '/me') {
      ctx.body = ctx.session.toJSON()
      return
    }
    await pass(ctx.query.before)
    await acts[ctx.path.slice('/act/'.length) as Act](ctx)
    await pass(ctx.query.after)
    if (ctx.query.to) ctx.redirect(ctx.query.to)
    else ctx.body = {}
  })
  const server = createServer(app.callback()).listen(0)
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  end(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    errors,
    visitor: () => browser(origin, 'http'),
    async reached(gate) {
      if (!waiting.has(gate)) await once(gates, gate)
    },
    open(gate) {
      waiting.get(gate)?.()
      waiting.delete(gate)
    },
  }
}
