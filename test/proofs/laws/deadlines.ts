import type { Sessions, Store } from '../../../src/index.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { type Browser, browser, type PendingRequest } from '../../support/browser.ts'
import { type Engine, SECRET } from '../../support/engine.ts'
import { withFrozenTimers } from '../../support/frozen-timers.ts'
import { gatedStore, stage } from '../../support/stage.ts'
import { failingStore, type Operation } from '../../support/wrapped-store.ts'
import type { Free } from '../world/request.ts'

const TIMEOUT = 1000

const sessionsOn = (engine: Engine, store: Store): Sessions<Free> =>
  engine.createSessions<Free>({ secrets: SECRET, store, storeTimeout: TIMEOUT, sweepEvery: false, logger: {} })

/** What makes each call of the store. */
const CALLS: Readonly<Record<Operation, (user: Browser<Free>, pending: PendingRequest<Free>) => Promise<unknown>>> = {
  get: (user) => user.send(),
  insert: (_, pending) => pending.session.destroy().then(() => pending.session.save()),
  update: (_, { session }) => session.update('n', () => 1),
  touch: (_, { session }) => session.touch(),
  delete: (_, { session }) => session.destroy(),
}

/** T170: no call of a store that never answers holds a request for longer than `storeTimeout`. */
export async function deadlineLaws(engine: Engine): Promise<void> {
  for (const [operation, act] of Object.entries(CALLS)) {
    let silent = false
    const fate = (call: { readonly operation: Operation }) => (silent && call.operation === operation ? 'silent' : 'ok')
    const user = browser(sessionsOn(engine, failingStore(memoryStore(), fate)))
    await user.request((session) => session.update('n', () => 0))
    const pending = await user.send()
    await withFrozenTimers(async ({ fire }) => {
      silent = true
      await endsAfter(act(user, pending), fire, operation, 'ERR_SESSION_STORE_TIMEOUT')
    })
  }
  await withFrozenTimers(async ({ fire }) => {
    const store = { ...memoryStore(), ready: () => new Promise<void>(() => {}) }
    await endsAfter(sessionsOn(engine, store).ready(), fire, 'ready', 'ERR_SESSION_STORE_TIMEOUT')
  })
  await waitingInLine(engine)
}

/** A commit that waits for its turn has the same deadline, and what gave up is not written later after all. */
async function waitingInLine(engine: Engine): Promise<void> {
  const on = stage()
  const store = memoryStore()
  let gates = false
  const gated = gatedStore(store, on)
  const update: Store['update'] = (...call) => (gates ? gated : store).update(...call)
  const user = browser(sessionsOn(engine, { ...store, update }))
  await user.request((session) => session.update('n', () => 0))
  const [first, second] = [await user.send(), await user.send()]
  gates = true
  await withFrozenTimers(async ({ fire }) => {
    const one = first.session.update('n', () => 1)
    one.catch(() => {})
    const other = second.session.update('n', () => 2)
    await endsAfter(other, fire, 'the second commit', 'ERR_SESSION_CONFLICT')
    if (on.waiting.length > 1) throw new Error('a commit was sent after its request had given up')
    for (const gate of [...on.waiting]) await on.open(gate)
    await on.settle()
    if (on.waiting.length > 0) throw new Error('a commit was sent after its request had given up')
  })
}

async function endsAfter(
  act: Promise<unknown>,
  fire: (upTo: number) => number,
  what: string,
  code: string,
): Promise<void> {
  let outcome: unknown = 'nothing'
  act.then(
    () => {
      outcome = 'an answer'
    },
    (error) => {
      outcome = error?.code ?? error
    },
  )
  await turn()
  if (outcome !== 'nothing') throw new Error(`${what}: ${outcome} before the deadline`)
  fire(TIMEOUT)
  await turn()
  if (outcome !== code) throw new Error(`${what}: ${outcome} after the deadline`)
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
