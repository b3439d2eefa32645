import { Readable } from 'node:stream'
import { type Story, topic } from '../scenario.ts'
import { inBothModes } from './modes.ts'

const endings: Story['routes'] = {
  '/by-hand': (ctx) => {
    ctx.respond = false
    ctx.session.n = 'by hand'
    ctx.res.end('by hand')
  },
  '/by-hand-untouched': (ctx) => {
    ctx.respond = false
    ctx.res.end('by hand')
  },
  '/by-hand-null': (ctx) => {
    ctx.respond = false
    ctx.session = null
    ctx.res.end('by hand')
  },
  '/flushed': (ctx) => {
    ctx.respond = false
    ctx.session.n = 'flushed'
    ctx.res.write('first ')
    return new Promise<void>((resolve) => setImmediate(() => ctx.res.end('second', resolve)))
  },
  '/saved-first': async (ctx) => {
    ctx.respond = false
    ctx.session.n = 'saved first'
    await ctx.session.save()
    ctx.res.end('saved')
  },
  '/stream': (ctx) => {
    ctx.session.n = 'stream'
    return Readable.from(['a', 'b'])
  },
  '/redirect': (ctx) => {
    ctx.session.n = 'redirect'
    ctx.status = 302
    ctx.set('location', '/read')
    return ''
  },
  '/no-content': (ctx) => {
    ctx.session.n = 'nothing'
    ctx.status = 204
    return null
  },
  '/not-found': (ctx) => {
    ctx.session.n = 'not found'
    ctx.status = 404
    return 'gone'
  },
  '/cookies': (ctx) => {
    ctx.cookies.set('theme', 'dark', { signed: false })
    ctx.session.n = 'cookies'
    ctx.cookies.set('lang', 'en', { signed: false })
  },
  '/vary': (ctx) => {
    ctx.set('cache-control', 'private')
    ctx.session.n = 'vary'
  },
}

const each: Story[] = Object.entries(inBothModes({ '': () => ({}) })).flatMap(([mode, options]) =>
  Object.keys(endings).map((path) => ({
    name: `${path.slice(1)}${mode}`,
    options,
    routes: endings,
    steps: [
      '/set',
      path,
      '/read',
      { path, browser: 'new' },
      { path: '/read', browser: 'new' },
      { path, method: 'HEAD' },
    ],
  })),
)

export const sent: readonly Story[] = topic('the response', each)
