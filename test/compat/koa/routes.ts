import type { Route } from './scenario.ts'
import type { Ctx } from './sides.ts'

/** What an application shows of its session. */
export const seen = ({ session }: Ctx): unknown =>
  session === null
    ? null
    : {
        data: session.toJSON(),
        isNew: session.isNew,
        maxAge: session.maxAge,
        externalKey: session.externalKey,
        length: session.length,
        populated: session.populated,
      }

/** The handlers that many scenarios share, by path. */
export const routes: Readonly<Record<string, Route>> = {
  '/untouched': () => 'ok',
  '/touched': (ctx) => void ctx.session,
  '/read': (ctx, { note }) => note('sees', seen(ctx)),
  '/set': (ctx) => {
    ctx.session.n = (ctx.session.n ?? 0) + 1
    return String(ctx.session.n)
  },
  '/same': (ctx) => {
    const { n } = ctx.session
    ctx.session.n = n
  },
  '/add': (ctx) => {
    ctx.session.more = { list: [1, 'two', null], deep: { yes: true } }
  },
  '/delete': (ctx) => {
    for (const key of Object.keys(ctx.session.toJSON())) delete ctx.session[key]
  },
  '/empty': (ctx) => {
    ctx.session = {}
  },
  '/replace': (ctx) => {
    ctx.session = { r: 'replaced' }
  },
  '/null': (ctx) => {
    ctx.session = null
  },
  '/null-object': (ctx) => {
    ctx.session = null
    ctx.session = { again: 1 }
  },
  '/save': async (ctx) => {
    await ctx.session.save()
  },
  '/set-save': async (ctx) => {
    ctx.session.n = (ctx.session.n ?? 0) + 1
    await ctx.session.save()
  },
  '/regenerate': async (ctx) => {
    await ctx.session.regenerate()
  },
  '/set-regenerate': async (ctx) => {
    ctx.session.n = (ctx.session.n ?? 0) + 1
    await ctx.session.regenerate()
  },
  '/manual': async (ctx) => {
    await ctx.session.manuallyCommit()
  },
  '/set-manual': async (ctx) => {
    ctx.session.n = (ctx.session.n ?? 0) + 1
    await ctx.session.manuallyCommit()
  },
  '/max-age': (ctx) => {
    ctx.session.maxAge = 5000
  },
  '/throw': (ctx) => {
    ctx.session.n = (ctx.session.n ?? 0) + 1
    throw new Error('downstream')
  },
}
