import { refusal } from '../guard.mjs'
import { readInput } from '../input.mjs'
import { actions, Refusal } from './actions.mjs'

/**
 * What both applications answer, as `{ status, body }`. `visit` is `{ request, path, session, sessions, store,
 * framework }`, with the path as it is below the application's own.
 */
export async function answer(visit) {
  try {
    return { status: 200, body: await decide(visit) }
  } catch (error) {
    if (error instanceof Refusal) return { status: error.status, body: { error: error.message } }
    throw error
  }
}

async function decide(visit) {
  const { request, path } = visit
  const action = Object.hasOwn(actions, `${request.method} ${path}`) && actions[`${request.method} ${path}`]
  if (!action) throw new Refusal(404, 'There is nothing here.')
  if (request.method === 'GET') return action(visit)
  const why = refusal(request)
  if (why) throw new Refusal(403, why)
  const input = await readInput(request)
  if (!input) throw new Refusal(400, 'Send a JSON object of at most 16 KiB.')
  return action({ ...visit, input })
}

/** What a failure looks like to the page. The details belong into the server's log only. */
export function failure(error) {
  const status = error.status ?? 500
  if (status >= 500) console.error(error)
  return { status, body: { error: status === 503 ? 'The session store does not answer.' : 'Something went wrong.' } }
}
