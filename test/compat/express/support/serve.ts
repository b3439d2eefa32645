import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Recorder } from '../../harness/recorder.ts'
import type { World } from '../../harness/scenario.ts'
import type { ExpressScenario, Req, SessionModule, TestSession, TestStore } from './types.ts'

/** What a handler gets besides the request and the response. */
export interface Context {
  readonly recorder: Recorder
  readonly session: SessionModule
}
export type Handler = (req: Req, res: ServerResponse, context: Context) => unknown
type Given = object | ((session: SessionModule, recorder: Recorder) => object)

export const SECRET = 'keyboard cat'
const CALLS = ['get', 'set', 'touch', 'destroy', 'all', 'length', 'clear']

/** A store whose calls are written down. */
export function recorded<T extends object>(store: T, recorder: Recorder): T {
  recorder.shared.store = store
  return recorder.calls(store, CALLS)
}

/** The options of most scenarios: counted ids, nothing saved without need, a memory store whose calls are seen. */
export function options(session: SessionModule, recorder: Recorder, given: Given = {}): object {
  let ids = 0
  const own = typeof given === 'function' ? given(session, recorder) : given
  const store = 'store' in own ? {} : { store: recorded(new session.MemoryStore(), recorder) }
  return { secret: SECRET, resave: false, saveUninitialized: false, genid: () => `sid-${++ids}`, ...store, ...own }
}

/** A connect-style server: `before`, the session, the handler; errors of `next` are written down and answered with 500. */
export function connect(given: Given, handler: Handler = touched, before: Handler = () => {}): ExpressScenario['app'] {
  return (session, recorder) => {
    const middleware = session(options(session, recorder, given))
    const context = { recorder, session }
    return (req, res) => {
      before(req as Req, res, context)
      middleware(req, res, (error) => answer(error, res, recorder, () => handler(req as Req, res, context)))
    }
  }
}

export function answer(error: unknown, res: ServerResponse, recorder: Recorder, otherwise: () => unknown): unknown {
  if (error === undefined || error === null) return otherwise()
  recorder.error(error)
  if (res.headersSent) return recorder.note('the headers had been sent')
  res.statusCode = 500
  return res.end((error as Error).message)
}

/** The usual handler: what it does stands in the path. */
export const touched: Handler = (req, res) => {
  const { pathname, searchParams } = new URL(req.url || '/', 'http://localhost')
  if (pathname.endsWith('/set')) count(req.session)
  if (pathname.endsWith('/same')) req.session.n = Number(req.session.n ?? 0)
  if (pathname.endsWith('/max-age')) req.session.cookie.maxAge = Number(searchParams.get('ms'))
  if (pathname.endsWith('/session-cookie')) req.session.cookie.expires = null
  if (pathname.endsWith('/touch')) req.session.touch()
  res.end(JSON.stringify(req.session ?? 'none'))
}

export function count(session: TestSession): number {
  const n = Number(session.n ?? 0) + 1
  session.n = n
  return n
}

/** No HTTP in it: `body` runs once, notes what it sees. */
export function pure(
  body: (session: SessionModule, recorder: Recorder) => unknown,
): Pick<ExpressScenario, 'app' | 'steps'> {
  const app = (session: SessionModule, recorder: Recorder): RequestListener => {
    recorder.shared.body = () => body(session, recorder)
    return (_req: IncomingMessage, res: ServerResponse) => void res.end()
  }
  return { app, steps: [({ recorder }) => (recorder.shared.body as () => unknown)()] }
}

/** Notes what something answers, or how it fails. */
export function attempt(recorder: Recorder, label: string, act: () => unknown): void {
  try {
    recorder.note(label, act())
  } catch (error) {
    recorder.note(label, error)
  }
}

/** Ends the response; if that fails, notes how and cuts the connection, so that nobody waits. */
export function ended(recorder: Recorder, res: ServerResponse, body: string): void {
  try {
    res.end(body)
  } catch (error) {
    recorder.note('end', error)
    res.socket?.destroy()
  }
}

/** The store of the scenario, for its steps. */
export const storeOf = ({ recorder }: World): TestStore => recorder.shared.store as TestStore

/** Waits for a callback and notes what it was called with. */
export function called(
  recorder: Recorder,
  label: string,
  act: (done: (...values: unknown[]) => void) => unknown,
): Promise<void> {
  return new Promise((resolve) => {
    act((...values) => {
      recorder.note(label, ...values)
      resolve()
    })
  })
}
