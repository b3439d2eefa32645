import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { found } from './found.ts'
import { answersPing, type RedisServer, redisCli, redisServer } from './redis.ts'
import { until } from './redis-cluster.ts'
import { type ServerProcess, serverProcess } from './server-process.ts'

export const MASTER_NAME = 'sessions'

export interface RedisSentinelServers {
  /** The two servers. The first one is the master to begin with. */
  readonly servers: readonly [RedisServer, RedisServer]
  readonly sentinels: readonly ServerProcess[]
  /** The server that the sentinels name as the master. */
  master(): Promise<RedisServer>
  /** Makes the replica the master, without waiting for anything to fail. Resolves when the sentinels name the new one. */
  failover(): Promise<RedisServer>
  /** Resolves when the sentinels name this server as the master, and it takes writes. */
  becomesMaster(server: RedisServer): Promise<void>
  /** Resolves when the other server is a replica that is up to date. */
  replicates(master: RedisServer): Promise<void>
  close(): Promise<void>
}

/** A master, a replica and three sentinels that fail over quickly. All are running. */
export async function redisSentinels(): Promise<RedisSentinelServers> {
  const args = ['--repl-ping-replica-period', '1', '--repl-timeout', '10']
  const first = await redisServer({ args })
  const second = await redisServer({ args: [...args, '--replicaof', '127.0.0.1', String(first.port)] })
  const all: ServerProcess[] = [first, second]
  const close = async () => {
    await Promise.all(all.map((server) => server.close()))
  }
  const isReplicated = async (replica: RedisServer) =>
    (await replica.cli('INFO', 'replication')).includes('master_link_status:up')
  try {
    await first.start()
    await second.start()
    // A sentinel that first sees the replica without its master would look again after ten seconds only.
    await until(() => isReplicated(second))
    const sentinels = await Promise.all([1, 2, 3].map(() => sentinel(first.port)))
    all.push(...sentinels)
    for (const one of sentinels) await one.start()
    const ask = (...command: string[]) => redisCli(sentinels[0]!.port, ['SENTINEL', ...command])
    await until(async () => {
      for (const one of sentinels) {
        const state = await redisCli(one.port, ['SENTINEL', 'MASTER', MASTER_NAME])
        if (!/num-slaves\n1\n/.test(state) || !/num-other-sentinels\n2\n/.test(state)) return false
      }
      return true
    })
    const servers = [first, second] as const
    const other = (server: RedisServer) => (server === first ? second : first)
    const master = async () => {
      const port = Number((await ask('GET-MASTER-ADDR-BY-NAME', MASTER_NAME)).split('\n')[1])
      return servers.find((server) => server.port === port) as RedisServer
    }
    const becomesMaster = (server: RedisServer) =>
      until(async () => (await master()) === server && (await server.cli('ROLE')).startsWith('master'))
    return {
      servers,
      sentinels,
      master,
      becomesMaster,
      replicates: (server) =>
        until(async () => (await server.cli('ROLE')).startsWith('master') && (await isReplicated(other(server)))),
      async failover() {
        const next = other(await master())
        // Refused with INPROG or NOGOODSLAVE until the sentinel has seen the replica in a good state.
        await until(async () => (await ask('FAILOVER', MASTER_NAME)) === 'OK')
        await becomesMaster(next)
        return next
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

const sentinel = (masterPort: number): Promise<ServerProcess> =>
  serverProcess({
    program: found('redis').programs['redis-server'] as string,
    prepare: (folder) =>
      writeFile(
        join(folder, 'sentinel.conf'),
        [
          `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${masterPort} 2`,
          `sentinel down-after-milliseconds ${MASTER_NAME} 200`,
          `sentinel failover-timeout ${MASTER_NAME} 1000`,
          '',
        ].join('\n'),
      ),
    args: ({ port, folder }) => [
      join(folder, 'sentinel.conf'),
      ...['--sentinel', '--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
    ],
    answers: answersPing,
  })
