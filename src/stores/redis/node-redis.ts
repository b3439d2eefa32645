/** node-redis: `createClient`, `createClientPool`, `createCluster`, `createSentinel`. */

import type { Driver, Master, Send } from './client.ts'
import { replyWord } from './failure.ts'
import { slotOf } from './slot.ts'

interface Sending {
  sendCommand(args: string[]): Promise<unknown>
}

interface Pool extends Sending {
  execute<T>(work: (client: Sending) => Promise<T>): Promise<T>
}

interface Leased {
  sendCommand(isReadonly: boolean, args: string[]): Promise<unknown>
}

interface Sentinel extends Leased {
  use<T>(work: (client: Leased) => Promise<T>): Promise<T>
}

interface ClusterNode {
  readonly address: string
}

interface Cluster {
  sendCommand(firstKey: string | undefined, isReadonly: boolean, args: string[]): Promise<unknown>
  readonly masters: readonly ClusterNode[]
  readonly slots: readonly { readonly master: ClusterNode }[]
  nodeClient(node: ClusterNode): Promise<Sending> | Sending
}

// Raw commands throughout: the methods of a cluster and of a sentinel client read from replicas where they are allowed to,
// and a replica may still have a session that has been ended.
export const nodeRedisDriver = (client: object): Driver => {
  if ('nodeClient' in client) return clusterDriver(client as unknown as Cluster)
  if ('getMasterNode' in client) return sentinelDriver(client as unknown as Sentinel)
  return singleDriver(client as Sending & Partial<Pool>)
}

const singleDriver = (client: Sending & Partial<Pool>): Driver => {
  const send: Send = (args) => client.sendCommand(args)
  return {
    keyPrefix: '',
    get: (key) => client.sendCommand(['GET', key]),
    send: (_key, args) => client.sendCommand(args),
    masters: async () => [{ name: '', send }],
    onOneConnection: (_key, work) =>
      client.execute ? client.execute((one) => work((args) => one.sendCommand(args))) : work(send),
  }
}

const sentinelDriver = (client: Sentinel): Driver => {
  const send: Send = (args) => client.sendCommand(false, args)
  return {
    keyPrefix: '',
    get: (key) => client.sendCommand(false, ['GET', key]),
    send: (_key, args) => client.sendCommand(false, args),
    masters: async () => [{ name: '', send }],
    onOneConnection: (_key, work) => client.use((one) => work((args) => one.sendCommand(false, args))),
  }
}

const clusterDriver = (client: Cluster): Driver => {
  const sendTo =
    (node: ClusterNode): Send =>
    async (args) =>
      (await client.nodeClient(node)).sendCommand(args)
  return {
    keyPrefix: '',
    get: (key) => client.sendCommand(key, false, ['GET', key]),
    send: (key, args) => client.sendCommand(key, false, args),
    async masters(): Promise<readonly Master[]> {
      return client.masters.map((node) => ({ name: node.address, send: sendTo(node) }))
    },
    async onOneConnection(key, work) {
      const node = client.slots[slotOf(key)]?.master
      if (node === undefined) throw new Error('The cluster client knows no master for this key.')
      try {
        return await work(sendTo(node))
      } catch (error) {
        // A command that the client may send elsewhere, so that it learns who has the key now.
        if (replyWord(error) === 'MOVED') await client.sendCommand(key, false, ['GET', key])
        throw error
      }
    },
  }
}
