/** ioredis and iovalkey: `Redis`, also in Sentinel mode, and `Cluster`. */

import { type Driver, refuse, type Send } from './client.ts'
import { replyWord } from './failure.ts'
import { slotOf } from './slot.ts'

interface Options {
  readonly keyPrefix?: unknown
  /** Of a cluster. */
  readonly scaleReads?: unknown
  readonly redisOptions?: Options
  /** Of a client in Sentinel mode. */
  readonly role?: unknown
  readonly host?: unknown
  readonly port?: unknown
}

interface Client {
  get(key: string): Promise<unknown>
  call(command: string, ...args: string[]): Promise<unknown>
  readonly options?: Options
}

interface Cluster extends Client {
  nodes(role: 'master'): readonly Client[]
  /** The addresses of the nodes that have a slot, the master first. */
  readonly slots?: readonly (readonly string[] | undefined)[]
}

export const ioredisDriver = (client: object): Driver => {
  const { options = {}, get } = client as Client
  if (typeof get !== 'function') return refuse('has no method "get".')
  const keyPrefix = String(options.keyPrefix ?? options.redisOptions?.keyPrefix ?? '')
  if (options.scaleReads !== undefined && options.scaleReads !== 'master') {
    return refuse('reads from replicas (scaleReads), where a session that was ended may still be.')
  }
  if (options.role === 'slave') return refuse('is connected to a replica (role), which takes no writes.')
  const shared = { keyPrefix, get: (key: string) => (client as Client).get(key) }
  return 'nodes' in client
    ? clusterDriver(client as unknown as Cluster, shared)
    : singleDriver(client as Client, shared)
}

type Shared = Pick<Driver, 'keyPrefix' | 'get'>

const sending =
  (client: Client): Send =>
  ([command = '', ...args]) =>
    // In lower case, as the driver's own methods write it: it compares the names of some commands.
    client.call(command.toLowerCase(), ...args)

const singleDriver = (client: Client, shared: Shared): Driver => {
  const send = sending(client)
  return {
    ...shared,
    send: (_key, args) => send(args),
    masters: async () => [{ name: '', send }],
    onOneConnection: (_key, work) => work(send),
  }
}

const clusterDriver = (client: Cluster, shared: Shared): Driver => {
  const send = sending(client)
  const nameOf = ({ options }: Client): string => `${options?.host}:${options?.port}`
  return {
    ...shared,
    send: (_key, args) => send(args),
    async masters() {
      if (client.nodes('master').length === 0) await send(['PING'])
      return client.nodes('master').map((node) => ({ name: nameOf(node), send: sending(node) }))
    },
    async onOneConnection(key, work) {
      const address = client.slots?.[slotOf(shared.keyPrefix + key)]?.[0]
      const node = client.nodes('master').find((one) => nameOf(one) === address)
      if (node === undefined) throw new Error('The cluster client knows no master for this key.')
      try {
        return await work(sending(node))
      } catch (error) {
        // A command that the client may send elsewhere, so that it learns who has the key now.
        if (replyWord(error) === 'MOVED') await shared.get(key)
        throw error
      }
    },
  }
}
