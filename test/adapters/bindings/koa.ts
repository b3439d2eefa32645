import { createServer } from 'node:http'
import type Koa from 'koa'
import { session } from '../../../src/adapters/koa.ts'
import type { Session } from '../../../src/index.ts'
import type { AdapterServer, ServedAdapter, SuiteData, Turn } from '../../../src/testing/adapter-suite.ts'
import { listening } from './listening.ts'

/** Koa 2 and Koa 3 are used alike. */
export const serveKoa =
  (Framework: typeof Koa) =>
  ({ mounts, handle, onError }: AdapterServer): Promise<ServedAdapter> => {
    const app = new Framework()
    app.silent = true
    if (onError) {
      app.use(async (ctx, next) => {
        try {
          await next()
        } catch (error) {
          const { status, body } = onError(error)
          ctx.status = status
          ctx.body = body
        }
      })
    }
    for (const { sessions, property } of mounts) app.use(session(sessions, { property }))
    app.use(async (ctx) => {
      await handle(turnOf(ctx))
    })
    return listening(createServer(app.callback()))
  }

function turnOf(ctx: Koa.Context): Turn {
  return {
    target: ctx.originalUrl,
    method: ctx.method,
    session: (property = 'session') => ctx[property] as Session<SuiteData>,
    assign(value, property = 'session') {
      ctx[property] = value
    },
    answer(status, body, headers = {}) {
      ctx.status = status
      ctx.set(headers)
      if (body !== undefined && status !== 204 && status !== 304) ctx.body = body
    },
    raw() {
      ctx.respond = false
      // Koa begins with 404, Node with 200.
      ctx.res.statusCode = 200
      return ctx.res
    },
  }
}
