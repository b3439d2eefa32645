import { isLater } from '../../core/answer.ts'
import { conceal, reveal } from './concealment.ts'
import { dropAnswer } from './failure.ts'
import { sendHead } from './headers.ts'
import {
  type Failure,
  type HeldResponse,
  HOLD,
  type Holder,
  type HoldState,
  isHttp1,
  type Method,
} from './held-response.ts'

/** Asks every holder to finish. True when there is a commit to wait for. */
export function finishing(state: HoldState): boolean {
  for (const holder of state.holders) {
    try {
      const answer = holder.finish()
      if (isLater(answer)) state.commits.push(outcome(holder, answer))
    } catch (error) {
      state.commits.push(Promise.resolve({ holder, error }))
    }
  }
  return state.commits.length > 0
}

async function outcome(holder: Holder, answer: PromiseLike<void>): Promise<Failure | undefined> {
  try {
    await answer
    return undefined
  } catch (error) {
    return { holder, error }
  }
}

/** From here on calls go through. */
function letGo(state: HoldState): void {
  state.phase = 'sent'
  state.gone = true
}

/** Lets a call through. If Node refuses it and nothing was sent, the response is as fresh as before. */
export function letThrough(res: HeldResponse, state: HoldState, method: Method, args: unknown[]): unknown {
  letGo(state)
  try {
    return method.apply(res, args)
  } catch (error) {
    if (!res.headersSent) {
      state.phase = 'fresh'
      state.gone = false
    }
    throw error
  }
}

/** Holds the response until the commits that `finishing` began are over. */
export function detain(res: HeldResponse, state: HoldState): void {
  state.phase = 'held'
  if (!state.gone) {
    state.statusCode = res.statusCode
    if (isHttp1(res)) state.statusMessage = res.statusMessage
  }
  conceal(res)
  const commits = state.commits
  state.commits = []
  // Outside the promise chain, because what follows calls listeners of the application.
  void Promise.all(commits).then((outcomes) => process.nextTick(release, res, outcomes))
}

function release(res: HeldResponse, outcomes: readonly (Failure | undefined)[]): void {
  const state = res[HOLD]
  const failures = outcomes.filter((failure) => failure !== undefined)
  reveal(res)
  if (!state.gone) {
    if (failures.length > 0) {
      dropAnswer(res, failures)
      return
    }
    res.statusCode = state.statusCode
    if (isHttp1(res)) res.statusMessage = state.statusMessage
  }
  letGo(state)
  for (const { holder, error } of failures) holder.late(error)
  if (replayed(res, state) && state.owesDrain) announceRoom(res, state)
}

/** Makes the calls that waited. True when Node takes more and will not say so itself. */
function replayed(res: HeldResponse, state: HoldState): boolean {
  let room: unknown = true
  const calls = state.queue.reverse()
  try {
    for (let call = calls.pop(); call; call = calls.pop()) {
      if (call.method === 'writeHead') sendHead.call(res, state.statusCode)
      else if (call.method === 'flushHeaders') state.flushHeaders.call(res)
      else if (call.method === 'write') room = state.write.apply(res, call.args)
      else if (call.again && finishing(state)) {
        state.queue = [{ ...call, again: false }, ...calls.reverse()]
        state.ended = true
        detain(res, state)
        return false
      } else state.end.apply(res, call.args)
    }
  } catch (error) {
    // Node would have thrown it at the application's call, which returned long ago.
    const failure = { holder: state.holders[0] as Holder, error }
    if (!res.headersSent) dropAnswer(res, [failure])
    else {
      failure.holder.late(error)
      res.destroy(error as Error)
    }
    return false
  }
  return room !== false && !res.writableEnded
}

function announceRoom(res: HeldResponse, state: HoldState): void {
  state.owesDrain = false
  const seen = res.listeners('drain')
  res.emit('drain')
  for (const listener of state.drainListeners ?? []) if (!seen.includes(listener)) listener.call(res)
}
