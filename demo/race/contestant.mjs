import { createServer } from 'node:http'
import { createBrowser } from './browser.mjs'
import { createGate } from './gate.mjs'

/** Starts one contestant: its own HTTP server on a loopback port, and the gate of its slow writes. */
export async function startContestant({ name, version, framework, createContestant }) {
  const gate = createGate()
  const { handler, close } = createContestant(gate)
  const server = createServer(handler)
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const origin = `http://127.0.0.1:${server.address().port}`
  let requests = 0

  return {
    name,
    version,
    framework,
    /** Plays one scenario once, with a browser that has been nowhere before. */
    async play(scenario) {
      const browser = createBrowser(origin)
      gate.reset()
      try {
        return await scenario({ browser, gate })
      } finally {
        gate.open()
        requests += browser.requests()
        browser.close()
      }
    },
    requests: () => requests,
    async close() {
      gate.open()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      await close?.()
    },
  }
}
