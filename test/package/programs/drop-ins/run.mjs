// Runs in the empty project: the same by `import`.
import session, { Cookie, MemoryStore, session as named, Session, Store } from 'holdfast/express-session'
import koaSession, { createSession, SessionOptions } from 'holdfast/koa-session'

class MyStore extends Store {}

console.log(
  JSON.stringify({
    named: session === named,
    properties: [session.Store === Store, session.Cookie === Cookie, session.Session === Session],
    stores: [new MyStore() instanceof session.Store, new MemoryStore() instanceof Store],
    koa: [koaSession === createSession, SessionOptions.parse({}).key],
  }),
)
