import express from 'express'
import Koa from 'koa'
import { expect, expectTypeOf, it } from 'vitest'
import { type ExpressMiddleware, session as expressSession } from '../../src/adapters/express.ts'
import { session as koaSession } from '../../src/adapters/koa.ts'
import { type NodeRequest, session as nodeSession } from '../../src/adapters/node.ts'
import { createSessions, type Session, type SessionData } from '../../src/index.ts'

interface Data {
  views: number
}

const secrets = 'a secret for tests that is long enough for it'

it('types: Express', () => {
  const app = express()
  app.use(expressSession({ secrets }))
  app.use(expressSession(createSessions<Data>({ secrets }), { property: 'other' }))
  app.get('/', (req) => {
    expectTypeOf(req.session).toEqualTypeOf<Session<SessionData>>()
    expectTypeOf(req.session.id).toEqualTypeOf<string>()
    req.session = null
    // @ts-expect-error what is not an object cannot be a session
    req.session = 'text'
  })
  expectTypeOf(expressSession({ secrets })).toEqualTypeOf<ExpressMiddleware>()
  // @ts-expect-error a misspelt option
  expect(() => expressSession({ secrets, storr: undefined })).toThrow('"store"')
})

it('types: Koa', () => {
  const app = new Koa()
  app.use(koaSession({ secrets }))
  app.use((ctx) => {
    expectTypeOf(ctx.session).toEqualTypeOf<Session<SessionData>>()
    expectTypeOf(ctx.session.regenerate({ keep: true })).toEqualTypeOf<Promise<void>>()
    ctx.session = null
    // @ts-expect-error what is not an object cannot be a session
    ctx.session = 1
  })
})

it('types: bare http', () => {
  const withSession = nodeSession<Data>({ secrets }, { trustProxy: (req: NodeRequest) => req.url === '/' })
  withSession((req, res) => {
    expectTypeOf(req.session.views).toEqualTypeOf<number | undefined>()
    req.session = { views: 1 }
    req.session = null
    res.end()
  })
})
