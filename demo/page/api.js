/** Asks the demo's server. A refusal becomes an error whose message can be shown. */

export const getJson = (path) => ask(path, { method: 'GET' })

export const postJson = (path, input = {}) =>
  ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(input) })

/** Posts and hands each line of the answer, parsed, to `onEvent` while it arrives. */
export async function postForEvents(path, input, { onEvent, signal }) {
  const headers = { 'content-type': 'application/json' }
  const response = await reach(path, { method: 'POST', headers, body: JSON.stringify(input), signal })
  if (!response.ok) throw new Error((await response.json()).error)
  let rest = ''
  const decoder = new TextDecoder()
  const reader = response.body.getReader()
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    const lines = (rest + decoder.decode(chunk.value, { stream: true })).split('\n')
    rest = lines.pop()
    for (const line of lines) onEvent(JSON.parse(line))
  }
}

async function ask(path, init) {
  const response = await reach(path, init)
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error)
  return answer
}

async function reach(path, init) {
  try {
    return await fetch(path, init)
  } catch (error) {
    if (error.name === 'AbortError') throw error
    throw new Error('The demo does not answer. Is it still running?')
  }
}
