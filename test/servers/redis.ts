import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { found } from './found.ts'
import { type ServerProcess, serverProcess } from './server-process.ts'

const run = promisify(execFile)

export interface RedisServer extends ServerProcess {
  /** `redis://127.0.0.1:port`, with the password if there is one. */
  readonly url: string
  /** Runs one command through `redis-cli` and resolves with what it prints. Works when no client of a test does. */
  cli(...command: string[]): Promise<string>
  /** No room for one more byte: writes fail with OOM, reads and deletes work. */
  fill(): Promise<void>
  unfill(): Promise<void>
  /** Makes it a replica of a master that is not there: writes fail with READONLY. */
  readOnly(on: boolean): Promise<void>
  /** Kills it and starts it without its data. */
  empty(): Promise<void>
  /** At most so many clients at once. One more is refused. */
  maxConnections(most: number): Promise<void>
}

export interface RedisServerOptions {
  readonly port?: number
  /** Further arguments of `redis-server`. */
  readonly args?: readonly string[]
  readonly password?: string
}

/** Nobody listens there: loopback ports below 1024 are not given out by the system. */
const DEAD_PORT = '1'

/**
 * A Redis of our own, not started yet. It appends what is written to a file, without waiting for the disk, so that it
 * has its data again after a `kill` and a `start`.
 */
export async function redisServer({ port, args = [], password }: RedisServerOptions = {}): Promise<RedisServer> {
  const { programs } = found('redis')
  const env = password === undefined ? {} : { REDISCLI_AUTH: password }
  const process = await serverProcess({
    program: programs['redis-server'] as string,
    args: (at) => [
      ...['--port', String(at.port), '--bind', '127.0.0.1', '--dir', at.folder, '--save', ''],
      ...['--appendonly', 'yes', '--appendfsync', 'no', '--repl-diskless-sync-delay', '0'],
      ...(password === undefined ? [] : ['--requirepass', password, '--masterauth', password]),
      ...args,
    ],
    answers: (port) => answersPing(port),
    ...(port === undefined ? {} : { port }),
  })
  const cli = (...command: string[]) => redisCli(process.port, command, env)
  const credentials = password === undefined ? '' : `:${encodeURIComponent(password)}@`
  return {
    ...process,
    url: `redis://${credentials}127.0.0.1:${process.port}`,
    cli,
    async fill() {
      await cli('CONFIG', 'SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '1')
    },
    async unfill() {
      await cli('CONFIG', 'SET', 'maxmemory', '0')
    },
    async readOnly(on) {
      await (on ? cli('REPLICAOF', '127.0.0.1', DEAD_PORT) : cli('REPLICAOF', 'NO', 'ONE'))
    },
    async empty() {
      await process.kill()
      await rm(join(process.folder, 'appendonlydir'), { recursive: true, force: true })
      await process.start()
    },
    async maxConnections(most) {
      await cli('CONFIG', 'SET', 'maxclients', String(most))
    },
  }
}

/** One command through `redis-cli`. Rejects when the server answers with an error, or not within 10 seconds. */
export async function redisCli(port: number, command: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const program = found('redis').programs['redis-cli'] as string
  const { stdout } = await run(program, ['-e', '-h', '127.0.0.1', '-p', String(port), ...command], {
    env: { ...process.env, ...env },
    timeout: 10_000,
    maxBuffer: 2 ** 26,
  })
  return stdout.trimEnd()
}

/** Resolves when a Redis, also one that wants a password, answers on this port and has loaded its data. */
export async function answersPing(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.setTimeout(1000, () => socket.destroy(new Error('no answer')))
  try {
    await once(socket, 'connect')
    socket.write('PING\r\n')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    if (!/^(\+PONG|-NOAUTH)/.test(answer.toString())) throw new Error(answer.toString())
  } finally {
    socket.destroy()
  }
}
