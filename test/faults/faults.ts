import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { FaultProxy } from '../servers/proxy.ts'
import type { Scene } from './scene.ts'

/** `hog`: the client has a pool, all of whose connections can be taken. */
export type Ability = 'fill' | 'readOnly' | 'empty' | 'hog' | 'maxConnections'

export interface Fault {
  readonly name: string
  /** Left out where the server, or its client, cannot do it. */
  readonly needs?: Ability
  /** Resolves when the fault is there. */
  begin(scene: Scene): unknown
  /** Resolves when the server is back. */
  end(scene: Scene): unknown
  /** No store call gets an answer, so that a request fails at its first one. */
  readonly total?: boolean
  /** The server loses what it has. */
  readonly forgets?: boolean
  /** What must go on meanwhile. `all`: nobody should notice this fault. */
  readonly works?: 'reading' | 'all'
}

const heal = ({ proxy }: Scene): Promise<void> => proxy.heal()
const others = new WeakMap<FaultProxy, Socket>()
const cuts = new WeakMap<FaultProxy, NodeJS.Timeout>()

export const FAULTS: readonly Fault[] = [
  { name: 'slow network', works: 'all', begin: ({ proxy }) => proxy.set({ delayMs: 30, jitterMs: 20 }), end: heal },
  { name: 'stopped', total: true, begin: ({ server }) => server.stop(), end: ({ server }) => server.start() },
  {
    name: 'killed',
    total: true,
    async begin({ server, proxy }) {
      await server.kill()
      await proxy.set({ door: 'refuse' })
    },
    async end({ server, proxy }) {
      await server.start()
      await proxy.heal()
    },
  },
  { name: 'paused', total: true, begin: ({ server }) => server.pause(), end: ({ server }) => server.resume() },
  {
    name: 'restarted empty',
    needs: 'empty',
    forgets: true,
    begin: ({ server }) => server.empty?.(),
    // It is back at once, and the application makes what it needs by itself.
    end: () => undefined,
  },
  {
    name: 'full',
    needs: 'fill',
    works: 'reading',
    begin: ({ server }) => server.fill?.(),
    end: ({ server }) => server.unfill?.(),
  },
  {
    name: 'read-only',
    needs: 'readOnly',
    works: 'reading',
    begin: ({ server }) => server.readOnly?.(true),
    end: ({ server }) => server.readOnly?.(false),
  },
  {
    name: 'pool exhausted',
    needs: 'hog',
    total: true,
    begin: ({ app }) => app.order('hog'),
    end: ({ app }) => app.order('free'),
  },
  {
    name: 'no connection left on the server',
    needs: 'maxConnections',
    total: true,
    async begin({ server, proxy }) {
      await proxy.set({ door: 'refuse' })
      proxy.cut()
      await server.maxConnections?.(1)
      const other = connect(server.port, '127.0.0.1')
      await once(other, 'connect')
      others.set(proxy, other)
      await proxy.set({ door: 'accept' })
    },
    async end({ server, proxy }) {
      await proxy.set({ door: 'refuse' })
      others.get(proxy)?.destroy()
      proxy.cut()
      await server.maxConnections?.(1000)
      await proxy.heal()
    },
  },
  { name: 'half-open', total: true, begin: ({ proxy }) => proxy.set({ swallow: true }), end: heal },
  {
    name: 'cut in mid-request',
    async begin({ proxy }) {
      await proxy.set({ delayMs: 20 })
      cuts.set(
        proxy,
        setInterval(() => proxy.cut(), 110),
      )
    },
    async end({ proxy }) {
      clearInterval(cuts.get(proxy))
      await proxy.heal()
    },
  },
  { name: 'flapping', begin: ({ proxy }) => proxy.flap(250), end: heal },
]
