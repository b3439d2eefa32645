import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A way to a server that can be cut after a request has gone through and before its answer comes back. */
export interface CuttingProxy {
  readonly port: number
  /** From now on: requests are passed on, answers are not. */
  swallow(): void
  /** Closes every connection, and lets through again what is opened from now on. */
  cut(): void
  close(): Promise<void>
}

export async function cuttingProxy(target: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>()
  let swallowing = false
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
    }
    near.on('data', (chunk) => far.write(chunk))
    far.on('data', (chunk) => swallowing || near.write(chunk))
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as { readonly port: number }).port,
    swallow() {
      swallowing = true
    },
    cut() {
      swallowing = false
      for (const socket of sockets) socket.destroy()
      sockets.clear()
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
