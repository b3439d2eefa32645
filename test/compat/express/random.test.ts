import { describe, expect, it } from 'vitest'
import { run } from '../harness/run.ts'
import type { Step } from '../harness/scenario.ts'
import { synchronous } from './scenarios/stores.ts'
import { withoutCacheControl } from './support/everywhere.ts'
import { normalise } from './support/normalise.ts'
import { connect, count, type Handler, recorded, storeOf } from './support/serve.ts'
import { ours, theirs } from './support/sides.ts'
import type { Done, ExpressScenario, Req } from './support/types.ts'

/** Stories of requests one after the other, by chance: what nobody has thought of. The same seed is the same story. */
const STORIES = 60
const REQUESTS = 30

type Random = <T>(...choices: readonly T[]) => T

function randomOf(seed: number): Random {
  let state = seed * 2654435761 + 1
  return (...choices) => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) | 0
    return choices[((state ^ (state >>> 13)) >>> 0) % choices.length] as (typeof choices)[number]
  }
}

type Verb = (req: Req, done: Done) => unknown
const now =
  (act: (req: Req) => unknown): Verb =>
  (req, done) =>
    done(void act(req))

/** What a request does with its session; the next one begins when its callback is called. */
const VERBS: Readonly<Record<string, Verb>> = {
  look: now((req) => JSON.stringify(req.session)),
  count: now((req) => count(req.session)),
  nest: now((req) => {
    const { list = [] } = req.session as { list?: unknown[] }
    req.session.list = [...list, { cookie: list.length, at: new Date(0) }]
  }),
  same: now((req) => Object.assign(req.session, { n: req.session.n })),
  forget: now((req) => Reflect.deleteProperty(req.session, 'n')),
  clear: now((req) => {
    for (const key of Object.keys(req.session)) if (key !== 'cookie') Reflect.deleteProperty(req.session, key)
  }),
  short: now((req) => Object.assign(req.session.cookie, { maxAge: 1500 })),
  long: now((req) => Object.assign(req.session.cookie, { maxAge: 3_000_000_000 })),
  browser: now((req) => Object.assign(req.session.cookie, { expires: null })),
  date: now((req) => Object.assign(req.session.cookie, { expires: new Date(Date.now() + 5000) })),
  lax: now((req) => Object.assign(req.session.cookie, { sameSite: 'lax' })),
  touch: now((req) => req.session.touch()),
  save: (req, done) => req.session.save(done),
  reload: (req, done) => req.session.reload(done),
  regenerate: (req, done) => req.session.regenerate(done),
  destroy: (req, done) => req.session.destroy(done),
  null: now((req) => Object.assign(req, { session: null })),
  delete: now((req) => Reflect.deleteProperty(req, 'session')),
}
const CHANGES = [
  'count',
  'nest',
  'same',
  'forget',
  'clear',
  'short',
  'long',
  'browser',
  'date',
  'lax',
  'touch',
] as const

const ENDS: Readonly<Record<string, (res: Parameters<Handler>[1], body: string) => unknown>> = {
  end: (res, body) => res.end(body),
  nothing: (res) => res.end(),
  head: (res, body) => res.writeHead(201, { 'X-Head': '1', 'Set-Cookie': 'own=1' }).end(body),
  cookies: (res, body) => res.setHeader('Set-Cookie', ['a=1', 'b=2']).end(body),
  pieces: (res, body) => {
    res.write(body)
    res.end('!')
  },
  gone: (res) => {
    res.statusCode = 304
    res.end()
  },
}

const handler: Handler = (req, res, { recorder }) => {
  const { searchParams } = new URL(req.url as string, 'http://localhost')
  const verbs = searchParams.get('do')?.split(',') ?? []
  const end = (): unknown => ENDS[searchParams.get('end') ?? 'end']?.(res, JSON.stringify(req.session ?? 'none'))
  const next = (error?: unknown): unknown => {
    if (error) recorder.note('failed', error)
    const verb = verbs.shift()
    return verb ? VERBS[verb]?.(req, next as Done) : end()
  }
  return next()
}

/** Up to four verbs. After a regenerate() nothing is saved and after an end there is nothing, as the list of differences has it. */
function requestOf(random: Random): string {
  const verbs: string[] = ['look']
  for (let left = random(0, 1, 1, 2, 3); left > 0; left--) {
    const some = verbs.includes('regenerate') ? CHANGES : ([...CHANGES, 'save', 'reload', 'regenerate'] as const)
    verbs.push(random<string>(...some))
  }
  const last = random('', '', '', '', '', '', 'destroy', 'null', 'delete')
  if (last) verbs.push(last)
  return `/?do=${verbs.join()}&end=${random(...Object.keys(ENDS))}`
}

function storyOf(seed: number): ExpressScenario {
  const random = randomOf(seed)
  const yes = (): boolean => random(true, false)
  const given = {
    resave: yes(),
    saveUninitialized: yes(),
    rolling: yes(),
    unset: random('keep', 'destroy'),
    cookie: random<object>({}, {}, { maxAge: 2000 }, { maxAge: 60_000 }, { maxAge: 60_000, sameSite: 'strict' }),
  }
  // A memory store as it is, one that cannot touch, one that calls back at once.
  const kind = random<() => object>(
    () => ({}),
    () => ({ touch: undefined }),
    synchronous,
  )
  const steps = Array.from({ length: REQUESTS }, (): Step => {
    const path = requestOf(random)
    const browser = random('a', 'a', 'b')
    const ms = random(1, 500, 1499, 2001, 30_000)
    return random<Step>(
      { path, browser },
      { path, browser },
      { path, browser },
      { path, browser, method: random('GET', 'HEAD', 'POST') },
      { path, browser, cookie: random('connect.sid=s%3Asid-1.forged', 'connect.sid=sid-1', 'x=y') },
      ({ advance }) => advance(ms),
      (world) => world.recorder.note('held', storeOf(world).sessions),
    )
  })
  const app = connect(({ MemoryStore }, recorder) => {
    const store = Object.assign(new MemoryStore(), kind())
    return { ...given, store: recorded(store, recorder) }
  }, handler)
  return { name: `story ${seed} ${JSON.stringify(given)}`, app, steps }
}

/** With `unset: 'destroy'`, what the request itself has destroyed is destroyed once more by the published package. */
const seen = (lines: readonly string[]): string[] =>
  normalise(lines).filter((line, i, all) => line !== all[i - 1] || !line.includes(' store: destroy '))

describe('stories by chance', () => {
  for (let seed = 1; seed <= STORIES; seed++) {
    const story = storyOf(seed)
    it(story.name, async () => {
      const expected = seen(await run(story, theirs))
      expect(withoutCacheControl(seen(await run(story, ours)))).toEqual(expected)
    })
  }
})
