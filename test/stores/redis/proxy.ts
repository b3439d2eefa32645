import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A way to a server that can be cut, in the middle of whatever is under way. */
export interface Way {
  readonly url: string
  /** While it is false, what the server answers is kept back. */
  answering: boolean
  /** Makes the connections there are half-open: nothing comes through them any more. New ones work. */
  silence(): void
  /** Ends all connections. With `refuse`, no new one is taken until it is called without. */
  cut(refuse?: boolean): void
  close(): Promise<void>
}

export async function wayTo(port: number): Promise<Way> {
  const sockets = new Set<Socket>()
  let held: (() => void)[] = []
  let answering = true
  let refusing = false
  const silent = new WeakSet<Socket>()
  const server = createServer((near) => {
    if (refusing) {
      near.destroy()
      return
    }
    const far = connect(port, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.on('data', (chunk) => silent.has(near) || far.write(chunk))
    far.on('data', (chunk) => {
      if (silent.has(far)) return
      const pass = () => near.write(chunk)
      if (answering) pass()
      else held.push(pass)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = (refuse = false) => {
    refusing = refuse
    held = []
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `redis://127.0.0.1:${(server.address() as { readonly port: number }).port}`,
    get answering() {
      return answering
    },
    set answering(now) {
      answering = now
      if (now) for (const pass of held.splice(0)) pass()
    },
    silence() {
      for (const socket of sockets) silent.add(socket)
    },
    cut,
    async close() {
      cut(true)
      server.close()
      await once(server, 'close')
    },
  }
}
