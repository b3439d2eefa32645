// `import` as applications of express-session write it: for ESM, and for CommonJS with and without esModuleInterop.
import session, {
  MemoryStore,
  session as named,
  type SessionData,
  type SessionOptions,
  Store,
} from 'holdfast/express-session'
import koaSession, { type CreateSessionOptions, createSession, type Session } from 'holdfast/koa-session'

declare module 'holdfast/express-session' {
  interface SessionData {
    views: number
  }
  interface Session {
    tenant?: string
  }
}

class MyStore extends Store {
  private readonly kept = new Map<string, string>()

  get(sid: string, callback: (error: unknown, session?: SessionData | null) => void): void {
    const text = this.kept.get(sid)
    callback(null, text ? (JSON.parse(text) as SessionData) : null)
  }

  set(sid: string, data: SessionData, callback?: (error?: unknown) => void): void {
    const views: number = data.views
    this.kept.set(sid, JSON.stringify({ ...data, views }))
    callback?.()
  }

  destroy(sid: string, callback?: (error?: unknown) => void): void {
    this.kept.delete(sid)
    callback?.()
  }
}

const options: SessionOptions = {
  secret: ['new', Buffer.from('old')],
  store: new MyStore(),
  cookie: { maxAge: 60_000, sameSite: 'auto', secure: 'auto' },
  genid: (req) => String(req.url),
  storeTimeout: '2s',
  commitError: 'fail',
}
export const middlewares: session.Middleware[] = [session(options), named(), session({ store: new MemoryStore() })]
export const isStore = (what: unknown): what is session.Store => what instanceof session.Store

export const count = (req: Express.Request): string => {
  const id: string = req.sessionID
  const views: number | undefined = req.session.views
  const tenant: string | undefined = req.session.tenant?.trim()
  req.session.views = (views ?? 0) + 1
  // @ts-expect-error views is a number
  req.session.views = 'many'
  // @ts-expect-error nobody declared it
  req.session.vieuws = 1
  req.session.destroy((error) => console.error(error.message))
  req.sessionStore.get(id, (_error, data) => data?.views.toFixed())
  return `${id}${tenant}`
}

// @ts-expect-error a type of the declarations’ own
export type { Failure } from 'holdfast/express-session'

// @ts-expect-error an option that does not exist
session({ secrets: 'x' })
// @ts-expect-error a store has more methods than this one
session({ store: { get: () => undefined } })

declare const app: { context: object; use(middleware: unknown): unknown }
const koaOptions: CreateSessionOptions = { key: 'id', maxAge: 'session' }
app.use(koaSession(koaOptions, app))
app.use(createSession(app))
export const user = (current: Session | null): boolean => current === null
