import type { Exchange, SessionEvent } from '../../../src/index.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { browser } from '../../support/browser.ts'
import { type Engine, OLD_SECRET, SECRET } from '../../support/engine.ts'
import { memoryExchange } from '../../support/memory-exchange.ts'
import { recordingStore } from '../../support/wrapped-store.ts'
import type { Free } from '../world/request.ts'

const NAME = 'holdfast.sid'

/** T001 T002 T025 T133: which session a request has whose browser sends several cookies of our name, in any order. */
export async function severalCookiesLaws(engine: Engine): Promise<void> {
  const { store, calls } = recordingStore(memoryStore())
  const common = { store, sweepEvery: false, logger: {} } as const
  const sessions = engine.createSessions<Free>({ ...common, secrets: SECRET })
  const foreign = engine.createSessions<Free>({ ...common, secrets: OLD_SECRET, store: memoryStore() })
  const events: SessionEvent['type'][] = []
  sessions.on('*', ({ type }: SessionEvent) => events.push(type))

  const begun = async (on: typeof sessions, mine: string): Promise<string> => {
    const user = browser(on)
    await user.request((session) => {
      session.mine = mine
    })
    return user.jar.get(NAME) as string
  }
  const [alice, bob, carol] = [await begun(sessions, 'a'), await begun(sessions, 'b'), await begun(sessions, 'c')]
  const forged = await begun(foreign, 'forged')
  const dead = await begun(sessions, 'dead')
  await sessions.revoke(dead.split('.')[0] as string)
  const rotating = browser(sessions)
  await rotating.request((session) => {
    session.mine = 'r'
  })
  const before = rotating.jar.get(NAME) as string
  await rotating.request((session) => session.regenerate({ keep: true }))
  const after = rotating.jar.get(NAME) as string

  const cases: readonly (readonly [title: string, cookies: readonly string[], shows: string | undefined])[] = [
    ['one', [alice], 'a'],
    ['the same twice', [alice, alice], 'a'],
    ['a forged one beside it', [forged, alice], 'a'],
    ['a dead one beside it', [dead, alice], 'a'],
    ['the one from before a rotation beside it', [before, after], 'r'],
    ['two that are alive', [alice, bob], undefined],
    ['three that are alive', [alice, bob, carol], undefined],
    ['two alive, one dead', [dead, alice, bob], undefined],
    ['only forged ones', [forged, `${forged}x`], undefined],
    ['only a dead one', [dead], undefined],
    ['only the one from before a rotation', [before], undefined],
  ]
  for (const [title, cookies, shows] of cases) {
    for (const order of [cookies, cookies.toReversed()]) {
      const found = await look(sessions, order)
      if (found.mine !== shows) throw new Error(`${title}: the request has the data "${found.mine}"`)
      const twoAlive =
        cookies.filter((cookie) => [alice, bob, carol].includes(cookie)).length > 1 && title !== 'the same twice'
      if (twoAlive && found.setCookies.length > 0) throw new Error(`${title}: the response set a cookie`)
    }
  }
  if (!events.includes('ambiguous')) throw new Error('nobody was told of two live sessions in one browser')

  calls.length = 0
  await look(sessions, [forged, `${forged}x`, `${alice}x`])
  if (calls.some(({ operation }) => operation === 'get')) throw new Error('a forged cookie reached the store')
}

/** A request that reads, and writes if it has no session. */
async function look(
  sessions: ReturnType<Engine['createSessions']>,
  cookies: readonly string[],
): Promise<{ mine: unknown; setCookies: readonly string[] }> {
  const exchange: Exchange & { readonly setCookies: readonly string[] } = memoryExchange({
    cookieHeader: cookies.map((cookie) => `${NAME}=${cookie}`).join('; '),
  })
  const visit = await sessions.open(exchange)
  const { mine } = visit.session as { readonly mine?: unknown }
  if (cookies.length > 1 && mine === undefined) Object.assign(visit.session, { visited: true })
  await sessions.finish(visit)
  return { mine, setCookies: exchange.setCookies }
}
