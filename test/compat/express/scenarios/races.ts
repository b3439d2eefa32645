import type { RequestStep, Step, World } from '../../harness/scenario.ts'
import { connect, type Handler, storeOf } from '../support/serve.ts'
import type { ExpressScenario } from '../support/types.ts'

/** `/slow` waits in its handler, after it has its session, until the second request is over. */
const race = (
  name: string,
  handlers: Readonly<Record<string, Handler>>,
  steps: readonly Step[],
  given: object = {},
): ExpressScenario => ({
  name: `race: ${name}`,
  app: connect(given, async (req, res, context) => {
    if (req.url?.startsWith('/slow')) {
      await new Promise<void>((resolve) => {
        context.recorder.shared.go = resolve
        ;(context.recorder.shared.arrived as () => void)()
      })
    }
    const handler = handlers[req.url ?? '']
    if (handler) return handler(req, res, context)
    return res.end(JSON.stringify(req.session ?? 'none'))
  }),
  steps,
})

/** `second` is answered while `first` waits. */
const overtaking =
  (first: string | RequestStep, second: string): Step =>
  async ({ recorder, request }: World) => {
    const arrived = new Promise<void>((resolve) => {
      recorder.shared.arrived = resolve
    })
    const slow = request(first)
    await arrived
    await request(second)
    ;(recorder.shared.go as () => void)()
    await slow
  }

/** The cookie of the session as it was, whatever the jar holds now. */
const asBefore: Step = (world) => {
  const { jar } = world
  const kept = jar().get('connect.sid')
  if (kept) jar('before').set('connect.sid', kept)
}

const sets =
  (name: string): Handler =>
  (req, res) => {
    req.session[name] = 1
    res.end(name)
  }
const destroys: Handler = (req, res) => req.session.destroy(() => res.end('destroyed'))
const regenerates: Handler = (req, res) =>
  req.session.regenerate(() => {
    req.session.user = 'ann'
    res.end('regenerated')
  })
const looks: Handler = (req, res) => res.end(JSON.stringify(req.session))
const held: Step = (world) => world.recorder.note('held', storeOf(world).sessions)

const before: readonly Step[] = ['/first', asBefore]
const after: readonly Step[] = [held, '/look', { path: '/look', browser: 'before' }, held]
const handlers = {
  '/first': sets('first'),
  '/a': sets('a'),
  '/slow-b': sets('b'),
  '/slow-look': looks,
  '/slow-out': destroys,
  '/slow-in': regenerates,
  '/out': destroys,
  '/in': regenerates,
  '/look': looks,
}

const rolling = { rolling: true, cookie: { maxAge: 60_000 } }

export const races: readonly ExpressScenario[] = [
  race('two changes', handlers, [...before, overtaking('/slow-b', '/a'), ...after]),
  race('a change and a look', handlers, [...before, overtaking('/slow-look', '/a'), ...after]),
  race('a change and a look, resave', handlers, [...before, overtaking('/slow-look', '/a'), ...after], {
    resave: true,
  }),
  race('a change and a look, rolling', handlers, [...before, overtaking('/slow-look', '/a'), ...after], rolling),
  race('a logout overtakes a change', handlers, [...before, overtaking('/slow-b', '/out'), ...after]),
  race('a logout overtakes a look', handlers, [...before, overtaking('/slow-look', '/out'), ...after]),
  race('a logout overtakes a look, resave', handlers, [...before, overtaking('/slow-look', '/out'), ...after], {
    resave: true,
  }),
  race(
    'a logout overtakes a look, rolling',
    handlers,
    [...before, overtaking('/slow-look', '/out'), ...after],
    rolling,
  ),
  race('a change overtakes a logout', handlers, [...before, overtaking('/slow-out', '/a'), ...after]),
  race('a login overtakes a change', handlers, [...before, overtaking('/slow-b', '/in'), ...after]),
  race('a login overtakes a look', handlers, [...before, overtaking('/slow-look', '/in'), ...after]),
  race('a login overtakes a look, rolling', handlers, [...before, overtaking('/slow-look', '/in'), ...after], rolling),
  race('a change overtakes a login', handlers, [...before, overtaking('/slow-in', '/a'), ...after]),
  race('two logins', handlers, [...before, overtaking('/slow-in', '/in'), ...after]),
  race('two new sessions', handlers, [overtaking('/slow-b', '/a'), ...after]),
]
