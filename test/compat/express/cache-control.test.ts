import { describe, expect, it } from 'vitest'
import { run } from '../harness/run.ts'
import { withoutCacheControl } from './support/everywhere.ts'
import { connect, count } from './support/serve.ts'
import { ours, theirs } from './support/sides.ts'
import type { ExpressScenario } from './support/types.ts'

/** What `everywhere.ts` takes out of all other transcripts. */
const scenario: ExpressScenario = {
  name: 'who may keep a response',
  app: connect({}, (req, res) => {
    const { pathname, searchParams } = new URL(req.url as string, 'http://localhost')
    const own = searchParams.get('own')
    if (own) res.setHeader('Cache-Control', own)
    if (pathname === '/set' || pathname === '/head') count(req.session)
    if (pathname === '/head') res.writeHead(200, { 'Cache-Control': 'no-store' })
    res.end()
  }),
  steps: [
    '/',
    '/set',
    '/set',
    { path: '/set?own=public,max-age=60', browser: 'b' },
    { path: '/head', browser: 'c' },
    { path: '/set?own=private', browser: 'd' },
  ],
}

const said = (lines: readonly string[]): string[] =>
  lines.filter((line) => / {3}cache-control: /.test(line)).map((line) => line.replace(/ +/g, ' '))

describe('Cache-Control', () => {
  it('says of a response with a session cookie that it is for one browser, unless the application says something', async () => {
    const application = [
      '[4] cache-control: public,max-age=60',
      '[5] cache-control: no-store',
      '[6] cache-control: private',
    ]
    expect(said(await run(scenario, theirs))).toEqual(application)
    expect(said(await run(scenario, ours))).toEqual(['[2] cache-control: private', ...application])
  })

  it('is taken out of transcripts only there', () => {
    const cookie = '[1]   set-cookie: a=1'
    const others = ['[1]   cache-control: public', cookie, '[2] GET / -> 200', '[2]   cache-control: private', '[3] x']
    expect(withoutCacheControl(['[1] GET /', '[1]   cache-control: private', '[1]   etag: 1', cookie])).toEqual([
      '[1] GET /',
      '[1]   etag: 1',
      cookie,
    ])
    expect(withoutCacheControl(others)).toEqual(others)
  })
})
