import type { Step } from '../../harness/scenario.ts'
import { connect, touched } from '../support/serve.ts'
import type { ExpressScenario } from '../support/types.ts'

const both = [true, false]
const configurations = both.flatMap((resave) =>
  both.flatMap((saveUninitialized) =>
    both.flatMap((rolling) =>
      [undefined, 60_000].map((maxAge) => ({ resave, saveUninitialized, rolling, cookie: maxAge ? { maxAge } : {} })),
    ),
  ),
)

const later: Step = ({ advance }) => advance(10_000)

/** What a request may do to its session, and what happened before it. */
const situations: Readonly<Record<string, readonly Step[]>> = {
  'new: untouched, modified, only its cookie changed, touched': [
    { path: '/', browser: 'untouched' },
    { path: '/set', browser: 'modified' },
    { path: '/max-age?ms=5000', browser: 'cookie' },
    { path: '/session-cookie', browser: 'session-cookie' },
    { path: '/touch', browser: 'touched' },
  ],
  'loaded: untouched, modified, set to what it was': ['/set', later, '/', later, '/set', later, '/same', '/'],
  'loaded: only its cookie changed, touched': [
    '/set',
    later,
    '/max-age?ms=5000',
    '/',
    ({ advance }) => advance(4000),
    '/touch',
    ({ advance }) => advance(4000),
    '/session-cookie',
    ({ advance }) => advance(60_000),
    '/',
    '/set',
  ],
  'expired in the store': [
    '/set',
    ({ advance }) => advance(60_000),
    '/',
    ({ jar, advance }) => {
      const kept = jar().get('connect.sid')
      advance(60_001)
      if (kept) jar().set('connect.sid', kept)
    },
    '/',
    '/set',
  ],
}

const said = (options: object): string => JSON.stringify(options).replace(/"/g, '')

export const matrix: readonly ExpressScenario[] = configurations.flatMap((options) =>
  Object.entries(situations).map(([situation, steps]) => ({
    name: `${said(options)} ${situation}`,
    app: connect(options, touched),
    steps,
  })),
)

/** A store that cannot touch. */
export const withoutTouch: readonly ExpressScenario[] = configurations
  .filter(({ rolling }) => !rolling)
  .map((options) => ({
    name: `${said(options)} a store without touch`,
    app: connect((session, recorder) => {
      const store = new session.MemoryStore()
      Object.assign(store, { touch: undefined })
      recorder.shared.store = store
      return { ...options, store: recorder.calls(store, ['get', 'set', 'destroy']) }
    }, touched),
    steps: ['/', '/set', later, '/', '/same', '/set'],
  }))
