import type { RequestListener } from 'node:http'
import { describe, expect, it } from 'vitest'
import { lineDifference } from './compare.ts'
import { named } from './names.ts'
import { run } from './run.ts'
import type { Scenario } from './scenario.ts'

interface Counter {
  readonly step: number
}

/** Counts in a cookie, and in a store that is a map. */
const counting: Scenario<Counter> = {
  name: 'counting',
  app({ step }, recorder): RequestListener {
    const store = recorder.calls(new Map<string, unknown>(), ['set'])
    return (req, res) => {
      const n = Number(/n=(\d+)/.exec(req.headers.cookie ?? '')?.[1] ?? 0) + step
      store.set('n', { n, at: new Date() })
      recorder.note('called', req.url)
      if (req.url === '/fail') throw new TypeError('broken')
      res.setHeader('Set-Cookie', [`n=${n}`, 'other=1; Expires=Wed, 04 Mar 2026 12:00:01 GMT'])
      res.end(`n ${n}`)
    }
  },
  steps: [
    '/',
    ({ advance }) => advance(1000),
    '/',
    { browser: 'b' },
    { path: '/x', method: 'HEAD', cookie: 'n=41' },
    '/fail',
  ],
}

describe('a transcript', () => {
  it('has everything that was seen, with a clock that stands still', async () => {
    expect(await run(counting, { step: 1 })).toEqual([
      '[1] GET / -> 200 "n 1"',
      '[1]   set-cookie: n=1',
      '[1]   set-cookie: other=1; Expires=Wed, 04 Mar 2026 12:00:01 GMT',
      '[1] store: set "n" {"n":1,"at":"2026-03-04T12:00:00.000Z"}',
      '[1] note: called "/"',
      '[3] GET / -> 200 "n 2"',
      '[3]   set-cookie: n=2',
      '[3]   set-cookie: other=1; Expires=Wed, 04 Mar 2026 12:00:01 GMT',
      '[3] store: set "n" {"n":2,"at":"2026-03-04T12:00:01.000Z"}',
      '[3] note: called "/"',
      '[4] GET / -> 200 "n 1"',
      '[4]   set-cookie: n=1',
      '[4]   set-cookie: other=1; Expires=Wed, 04 Mar 2026 12:00:01 GMT',
      '[4] store: set "n" {"n":1,"at":"2026-03-04T12:00:01.000Z"}',
      '[4] note: called "/"',
      '[5] HEAD /x -> 200 ""',
      '[5]   set-cookie: n=42',
      '[5]   set-cookie: other=1; Expires=Wed, 04 Mar 2026 12:00:01 GMT',
      '[5] store: set "n" {"n":42,"at":"2026-03-04T12:00:01.000Z"}',
      '[5] note: called "/x"',
      '[6] GET /fail -> (ECONNRESET)',
      '[6] store: set "n" {"n":43,"at":"2026-03-04T12:00:01.000Z"}',
      '[6] note: called "/fail"',
      '[6] note: thrown TypeError: broken',
    ])
  })

  it('says that there was no answer, and what could not be built', async () => {
    const silent: Scenario<Counter> = { name: 'silent', app: () => () => {}, steps: [{ patience: 20 }] }
    expect(await run(silent, { step: 1 })).toEqual(['[1] GET / -> (no answer)'])
    const broken: Scenario<Counter> = {
      name: 'broken',
      app() {
        throw new TypeError('no options')
      },
      steps: ['/'],
    }
    expect(await run(broken, { step: 1 })).toEqual(['ended: TypeError: no options'])
  })

  it('shows what differs, and nothing else', async () => {
    const [one, two] = [await run(counting, { step: 1 }), await run(counting, { step: 2 })]
    const { theirs, ours } = lineDifference(one, two)
    expect(theirs).toContain('[1]   set-cookie: n=1')
    expect(ours).toContain('[1]   set-cookie: n=2')
    expect([...theirs, ...ours].filter((line) => line.includes('other=1'))).toEqual([])
    expect(lineDifference(['a', 'b', 'c'], ['a', 'c', 'd'])).toEqual({ theirs: ['b'], ours: ['d'] })
  })

  it('names random ids by their order', () => {
    const [a, b] = ['abcdefghijklmnopqrstuvwxyz-_0123', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ-_0123']
    expect(named([`x ${b}.`, `${a} ${b}`])).toEqual(['x <id 1>.', '<id 2> <id 1>'])
  })
})
