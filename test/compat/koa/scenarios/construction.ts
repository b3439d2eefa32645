import { type Story, topic } from '../scenario.ts'
import type { App, SessionFactory } from '../sides.ts'

/** Ways to call the factory. What it throws is the scenario's end. */
const calls: Readonly<Record<string, (session: SessionFactory, app: App) => unknown>> = {
  'options and application': (session, app) => session({}, app),
  'application and options': (session, app) => session(app, { key: 'swapped' }),
  'only the application': (session, app) => session(app),
  'undefined and the application': (session, app) => session(undefined, app),
  'null and the application': (session, app) => session(null, app),
  'the application and null': (session, app) => session(app, null),
  nothing: (session) => session(),
  'only options': (session) => session({}),
  'options and null': (session) => session({}, null),
  'an application that is no application': (session) => session({}, { callback() {} }),
  'text and the application': (session, app) => session('text', app),
  'anything with use and a context': (session) => session({}, { use() {}, context: {} }),
  'an application without a context': (session) => session({}, { use() {} }),
}

/** What the engine says of nonsense is no contract. */
function called<T>(act: () => T): T {
  try {
    return act()
  } catch (error) {
    const { message } = error as Error
    throw new TypeError(message.startsWith('app ') ? message : 'of the language')
  }
}

const byCalls: Story[] = Object.entries(calls).map(([name, call]) => ({
  name,
  mount(app, session, { note }) {
    const middleware = called(() => call(session, app))
    note(
      'answers',
      typeof middleware,
      (middleware as { name: string; length: number }).name,
      (middleware as { length: number }).length,
    )
    app.use(middleware as Parameters<App['use']>[0])
  },
  steps: ['/set', '/read'],
}))

const store = { get() {}, set() {}, destroy() {} }

/** Options that the published package refuses, and those among them that look as if it should. */
const given: Readonly<Record<string, object>> = {
  'key a number': { key: 5 },
  'key a symbol': { key: Symbol('k') },
  'maxAge text': { maxAge: '1d' },
  'maxAge a number as text': { maxAge: '1000' },
  'maxAge NaN': { maxAge: Number.NaN },
  'maxAge a bigint': { maxAge: 5n },
  'maxAge true': { maxAge: true },
  'maxage text': { maxage: '1d' },
  'autoCommit text': { autoCommit: 'yes' },
  'autoCommit 0': { autoCommit: 0 },
  'overwrite a number': { overwrite: 1 },
  'httpOnly text': { httpOnly: 'true' },
  'signed a number': { signed: 1 },
  'rolling text': { rolling: 'true' },
  'renew an object': { renew: {} },
  'secure text': { secure: 'auto' },
  'sameSite true': { sameSite: true },
  'sameSite false': { sameSite: false },
  'sameSite a number': { sameSite: 1 },
  'externalKey empty': { externalKey: {} },
  'externalKey without set': { externalKey: { get() {} } },
  'externalKey text': { externalKey: 'x-token' },
  'externalKey a function': { externalKey: () => 'x' },
  'store empty': { store: {} },
  'store without get': { store: { ...store, get: undefined } },
  'store without set': { store: { ...store, set: undefined } },
  'store without destroy': { store: { ...store, destroy: undefined } },
  'store whose get is text': { store: { ...store, get: 'text' } },
  'store a function': { store: Object.assign(() => {}, store) },
  'store a map': { store: new Map() },
  'store text': { store: 'redis' },
  'store an array': { store: [] },
  'ContextStore an object': { ContextStore: store },
  'ContextStore an arrow': { ContextStore: () => store },
  'ContextStore without methods': { ContextStore: class {} },
  'ContextStore null': { ContextStore: null },
  'ContextStore text': { ContextStore: 'text' },
  'encode text': { encode: 'base64' },
  'decode text': { decode: 'base64' },
  'genid text': { genid: 'id' },
  'prefix a number': { prefix: 5 },
  'valid true': { valid: true },
  'beforeSave text': { beforeSave: 'x' },
  'domain a number': { domain: 5 },
  'path a number': { path: 5 },
}

/** In 6.x these were the same as not given; 7 refuses them. */
export const nulls = [
  'key',
  'maxAge',
  'autoCommit',
  'overwrite',
  'httpOnly',
  'signed',
  'rolling',
  'renew',
  'secure',
  'sameSite',
  'externalKey',
  'store',
  'encode',
  'decode',
  'genid',
  'prefix',
  'valid',
  'beforeSave',
]

const inner = ['get', 'set', 'destroy']

/**
 * The same class of refusal, naming the same option, is the same: the text of a schema library is no contract. An
 * assertion's text is.
 */
const refusing = (name: string, options: object): Story => ({
  name,
  mount(app, session, { note }) {
    const [option = ''] = Object.keys(options)
    try {
      app.use(session({ ...options }, app))
    } catch (error) {
      const { name: kind, message } = error as Error
      const word = kind === 'AssertionError' ? `: ${message}` : ''
      const names =
        message.toLowerCase().includes(option.toLowerCase()) || inner.some((each) => message.includes(each))
          ? 'naming'
          : 'without naming'
      note(`refused by a ${kind}, ${names} ${option}${word}`)
      throw new Error('refused')
    }
    note('taken')
  },
  steps: ['/set'],
})

export const construction: readonly Story[] = [
  ...topic('the call', byCalls),
  ...topic(
    'given',
    Object.entries(given).map(([name, options]) => refusing(name, options)),
  ),
  ...topic(
    'null',
    nulls.map((option) => refusing(option, { [option]: null })),
  ),
]
