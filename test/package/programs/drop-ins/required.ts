// `import = require()`, and inheritance from before classes.
import util = require('node:util')
import session = require('holdfast/express-session')
import koaSession = require('holdfast/koa-session')

declare module 'holdfast/express-session' {
  interface SessionData {
    views: number
  }
  interface Session {
    tenant?: string
  }
}

class MyStore extends session.Store {
  get(_sid: string, callback: (error: unknown, session?: session.SessionData | null) => void): void {
    callback(null, { cookie: new session.Cookie({ maxAge: 1000 }), views: 1 })
  }
  set(_sid: string, data: session.SessionData, callback?: (error?: unknown) => void): void {
    callback?.(data.views.toFixed())
  }
  destroy(_sid: string, callback?: (error?: unknown) => void): void {
    callback?.()
  }
}

// @ts-expect-error it has no `get`, `set` and `destroy`
class Half extends session.Store {}

function OldStore() {}
util.inherits(OldStore, session.Store)

export const middlewares = [session({ store: new MyStore() }), session.session(), session.default({ secret: 'x' })]
export const views = (req: Express.Request): number | undefined => req.session.views
export const tenant = (req: Express.Request): string | undefined => req.session.tenant
export const unused: unknown[] = [Half, OldStore]

declare const app: { context: object; use(middleware: unknown): unknown }
const options: koaSession.CreateSessionOptions = koaSession.SessionOptions.parse({ key: 'id' })
app.use(koaSession(options, app))
app.use(koaSession.createSession(app))
app.use(koaSession.session(app))
export const whole = (given: koaSession.SessionOptions, current: koaSession.Session): unknown[] => [given, current]
