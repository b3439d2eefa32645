import { refusal } from '../guard.mjs'
import { readInput } from '../input.mjs'
import { ROUNDS, runLab } from './lab.mjs'

/**
 * `POST /lab/run` with `{ "rounds": 1 | 10 | 50 }` answers one JSON event per line while the races run. One run at a
 * time, because two would measure each other. It ends when the client leaves or the demo stops.
 */
export function createLabEndpoint() {
  let running

  return {
    answer: (request, response) => answer(request, response).catch(() => response.destroy()),
    close: () => running?.abort(),
  }

  async function answer(request, response) {
    if (request.method !== 'POST') return refuse(response, 405, 'Send POST.')
    const why = refusal(request)
    if (why) return refuse(response, 403, why)
    const input = await readInput(request)
    if (!ROUNDS.includes(input?.rounds)) return refuse(response, 400, `"rounds" must be one of ${ROUNDS.join(', ')}.`)
    if (running) return refuse(response, 409, 'Another run is under way. Try again in a few seconds.')
    const run = new AbortController()
    running = run
    response.on('close', () => run.abort())
    try {
      await stream(response, input.rounds, run.signal)
    } finally {
      running = undefined
    }
  }
}

async function stream(response, rounds, signal) {
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
  const emit = (event) => response.write(`${JSON.stringify(event)}\n`)
  try {
    await runLab({ rounds, emit, signal })
  } catch (error) {
    emit({ type: 'failed', error: error.message })
  }
  response.end()
}

function refuse(response, status, error) {
  const body = JSON.stringify({ error })
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    .end(body)
}
