import { createRequire } from 'node:module'
import Koa from 'koa'
import { createSession } from 'koa-session'
import { storeLatency } from '../latency.mjs'

export const name = 'koa-session'
export const version = createRequire(import.meta.url)('koa-session/package.json').version
export const framework = 'Koa'

/** Koa with koa-session, its default options, and the lab's store. */
export function createContestant(gate) {
  const app = new Koa({ keys: ['race-lab'] })
  app.use(createSession({ store: slowStore() }, app))
  app.use(async (ctx) => {
    const [, route, key] = ctx.path.split('/')
    if (route === 'sign-in') {
      await ctx.session.regenerate()
      ctx.session.user = 'ada'
    } else if (route === 'write') {
      ctx.session[key] = 'kept'
    } else if (route === 'slow-write') {
      const { session } = ctx
      await gate.pass()
      session[key] = 'kept'
    } else if (route === 'sign-out') {
      ctx.session = null
    }
    ctx.body = route === 'session' ? ctx.session.toJSON() : { ok: true }
  })
  return { handler: app.callback() }
}

/** Kept as JSON text, as every store outside the process must. */
function slowStore() {
  const texts = new Map()
  return {
    async get(id) {
      await storeLatency()
      return texts.has(id) ? JSON.parse(texts.get(id)) : undefined
    },
    async set(id, data) {
      const text = JSON.stringify(data)
      await storeLatency()
      texts.set(id, text)
    },
    async destroy(id) {
      await storeLatency()
      texts.delete(id)
    },
  }
}
