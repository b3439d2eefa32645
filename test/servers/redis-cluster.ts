import { setTimeout as pause } from 'node:timers/promises'
import { type RedisServer, redisCli, redisServer } from './redis.ts'
import { freePort } from './server-process.ts'

export interface RedisClusterServers {
  /** The three masters. None has a replica. */
  readonly nodes: readonly RedisServer[]
  /** Addresses of all nodes, with commas between them. */
  readonly url: string
  /** Moves a slot with all its keys from the node that has it to another one. */
  moveSlot(slot: number, to: RedisServer): Promise<void>
  close(): Promise<void>
}

/** A Redis Cluster of three masters, running. */
export async function redisCluster(args: readonly string[] = []): Promise<RedisClusterServers> {
  const own = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', ...args]
  const nodes = await Promise.all([1, 2, 3].map(async () => redisServer({ port: await clusterPort(), args: own })))
  const close = async () => {
    await Promise.all(nodes.map((node) => node.close()))
  }
  try {
    await Promise.all(nodes.map((node) => node.start()))
    const addresses = nodes.map((node) => `127.0.0.1:${node.port}`)
    await redisCli(nodes[0]!.port, ['--cluster', 'create', ...addresses, '--cluster-yes'])
    for (const node of nodes) await until(async () => (await node.cli('CLUSTER', 'INFO')).includes('cluster_state:ok'))
  } catch (error) {
    await close()
    throw error
  }

  const idOf = async (node: RedisServer) => (await node.cli('CLUSTER', 'MYID')).trim()
  return {
    nodes,
    url: nodes.map((node) => node.url).join(','),
    async moveSlot(slot, to) {
      const ids = new Map<string, RedisServer>()
      for (const node of nodes) ids.set(await idOf(node), node)
      const from = await ownerOf(slot, nodes)
      if (from === to) return
      await to.cli('CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', await idOf(from))
      await from.cli('CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', await idOf(to))
      for (;;) {
        const keys = (await from.cli('CLUSTER', 'GETKEYSINSLOT', String(slot), '100')).split('\n').filter(Boolean)
        if (keys.length === 0) break
        await from.cli('MIGRATE', '127.0.0.1', String(to.port), '', '0', '5000', 'KEYS', ...keys)
      }
      for (const node of [to, ...nodes]) await node.cli('CLUSTER', 'SETSLOT', String(slot), 'NODE', await idOf(to))
    },
    close,
  }
}

async function ownerOf(slot: number, nodes: readonly RedisServer[]): Promise<RedisServer> {
  for (const node of nodes) {
    const mine = (await node.cli('CLUSTER', 'NODES')).split('\n').find((line) => line.includes('myself')) ?? ''
    for (const range of mine.split(' ').slice(8)) {
      const [first, last = first] = range.split('-')
      if (slot >= Number(first) && slot <= Number(last)) return node
    }
  }
  throw new Error(`no node has slot ${slot}`)
}

/** Nodes talk to each other on a second port, 10,000 above the first. */
async function clusterPort(): Promise<number> {
  for (;;) {
    const port = await freePort()
    if (port < 55_000) return port
  }
}

/** Asks every 50 ms until the answer is true, for 30 seconds at most. */
export async function until(ask: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000
  while (!(await ask().catch(() => false))) {
    if (Date.now() > deadline) throw new Error('the servers did not come together within 30 seconds')
    await pause(50)
  }
}
