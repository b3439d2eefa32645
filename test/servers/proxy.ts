import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** What happens between a client and its server. Everything may change while connections are open. */
export interface NetworkFaults {
  /** Each piece of data arrives so much later, in each direction. */
  readonly delayMs: number
  /** And up to so much later still. Nothing overtakes anything. */
  readonly jitterMs: number
  /** Data trickle at this speed, a few bytes at a time. */
  readonly bytesPerSecond: number
  /** `accept`: connections are made. `refuse`: nobody listens. `reset`: they are accepted and cut at once. */
  readonly door: 'accept' | 'refuse' | 'reset'
  /**
   * Half-open: connections stay, and what is sent on them is lost. One that has lost something never works again,
   * also when this is over, as behind a router that forgot it.
   */
  readonly swallow: boolean
}

/** A TCP proxy in front of a server, on a port of its own, that makes the network as bad as a test needs it. */
export interface FaultProxy {
  readonly port: number
  /** How many connections were accepted since the start. */
  readonly accepted: number
  /** How many are open now. */
  readonly open: number
  /** Adds to the faults that there are. Resolves when that is in force. */
  set(faults: Partial<NetworkFaults>): Promise<void>
  /** Ends all faults. */
  heal(): Promise<void>
  /** Resets all connections (RST). */
  cut(): void
  /** Resets all connections and refuses new ones, then accepts them, in turns of so many ms, until `heal`. */
  flap(everyMs: number): void
  close(): Promise<void>
}

const HEALTHY: NetworkFaults = {
  delayMs: 0,
  jitterMs: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  door: 'accept',
  swallow: false,
}

/** How often trickling data move. */
const TRICKLE_MS = 10

/** A connection through the proxy: its two sockets. */
interface Line {
  readonly client: Socket
  readonly server: Socket
  lost: boolean
}

export async function faultProxy(serverPort: number): Promise<FaultProxy> {
  const lines = new Set<Line>()
  let faults = HEALTHY
  let accepted = 0
  let flapping: NodeJS.Timeout | undefined

  const cut = (): void => {
    for (const line of lines) drop(line)
  }
  const drop = (line: Line): void => {
    lines.delete(line)
    line.client.resetAndDestroy()
    line.server.resetAndDestroy()
  }

  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    accepted += 1
    if (faults.door === 'reset') {
      client.on('error', () => undefined)
      client.resetAndDestroy()
      return
    }
    const server = connect({ host: '127.0.0.1', port: serverPort, allowHalfOpen: true, noDelay: true })
    const line: Line = { client, server, lost: false }
    lines.add(line)
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      const { send, end } = wire(to, () => faults)
      from.on('data', (data) => {
        if (faults.swallow) line.lost = true
        if (!line.lost) send(data)
      })
      from.on('end', () => {
        if (!line.lost) end()
      })
      from.on('error', () => {
        if (!line.lost || from === client) drop(line)
      })
      from.on('close', () => {
        // Of a line that is lost, the client hears nothing, also when the server goes.
        if (to.destroyed) lines.delete(line)
        else if (line.lost && from === server) return
        else if (from.errored) drop(line)
        else end()
      })
    }
  })

  const port = await listenSomewhere(listener)
  const listen = async (): Promise<void> => {
    if (listener.listening) return
    listener.listen(port, '127.0.0.1')
    await once(listener, 'listening')
  }
  const set: FaultProxy['set'] = async (more) => {
    faults = { ...faults, ...more }
    if (faults.door === 'refuse') listener.close()
    else await listen()
  }
  const heal = async (): Promise<void> => {
    clearInterval(flapping)
    await set(HEALTHY)
  }

  return {
    port,
    get accepted() {
      return accepted
    },
    get open() {
      return lines.size
    },
    set,
    heal,
    cut,
    flap(everyMs) {
      clearInterval(flapping)
      const turn = () => {
        void set({ door: faults.door === 'accept' ? 'reset' : 'accept' })
        if (faults.door === 'reset') cut()
      }
      turn()
      flapping = setInterval(turn, everyMs)
    },
    async close() {
      clearInterval(flapping)
      cut()
      listener.close()
    },
  }
}

/** One direction of a connection: what is sent arrives in order, when the faults of its time let it. */
function wire(to: Socket, faults: () => NetworkFaults) {
  const queue: { due: number; data: Buffer | undefined }[] = []
  let timer: NodeJS.Timeout | undefined

  const deliver = (): void => {
    timer = undefined
    while (queue[0] && queue[0].due <= performance.now()) {
      const { bytesPerSecond } = faults()
      const { data } = queue[0]
      if (data && bytesPerSecond < Number.POSITIVE_INFINITY) {
        const bytes = Math.max(1, Math.round((bytesPerSecond * TRICKLE_MS) / 1000))
        if (!to.destroyed) to.write(data.subarray(0, bytes))
        if (data.length > bytes) queue[0] = { due: performance.now() + TRICKLE_MS, data: data.subarray(bytes) }
        else queue.shift()
        break
      }
      queue.shift()
      if (to.destroyed) continue
      if (data) to.write(data)
      else to.end()
    }
    if (queue[0]) timer = setTimeout(deliver, Math.max(1, queue[0].due - performance.now()))
  }

  const put = (data: Buffer | undefined): void => {
    const { delayMs, jitterMs } = faults()
    const due = performance.now() + delayMs + Math.random() * jitterMs
    queue.push({ due: Math.max(due, queue.at(-1)?.due ?? 0), data })
    if (!timer) deliver()
  }
  return { send: (data: Buffer) => put(data), end: () => put(undefined) }
}

/**
 * Outside of the range from which the system takes ports for clients: while nobody listens there, a client must not get
 * it for itself, which then would be connected to itself.
 */
async function listenSomewhere(listener: ReturnType<typeof createServer>): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    listener.listen(port, '127.0.0.1')
    try {
      await once(listener, 'listening')
      return port
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    }
  }
}
