// A counter on bare http that no two clicks can lose, with the engine called by hand.
import { createServer } from 'node:http'
import { createSessions } from 'holdfast'
import { exchange } from 'holdfast/node'

const sessions = createSessions({ secrets: process.env.SESSION_SECRET })

const server = createServer(async (req, res) => {
  try {
    const visit = await sessions.open(exchange(req, res))
    const clicks = await visit.session.update('clicks', (n = 0) => n + 1)
    await sessions.finish(visit)
    res.end(`${clicks}\n`)
  } catch (error) {
    res.writeHead(error.status ?? 500).end(`${error.code ?? 'error'}\n`)
  }
})

server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
