import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { found } from './found.ts'
import { type MongoGate, mongoGate } from './mongodb-gate.ts'
import { type ServerProcess, serverProcess } from './server-process.ts'

export interface MongodbServer extends ServerProcess {
  /** `mongodb://127.0.0.1:port/holdfast`, through the gate. */
  readonly url: string
  /** The same without the gate. */
  readonly directUrl: string
  /** Which server it is, for test titles: never MongoDB when it was another one. */
  readonly product: string
  /** Between the clients and the server. */
  readonly gate: MongoGate
  /** No room for another byte where the data are. Throws where nobody may mount a small disk. */
  fill(): Promise<void>
  unfill(): Promise<void>
  /** Every write is answered as a server does that is not the primary. */
  readOnly(on: boolean): Promise<void>
  /** Kills it and starts it without its data. */
  empty(): Promise<void>
}

export interface MongodbServerOptions {
  readonly port?: number
  /** Further arguments of the server. */
  readonly args?: readonly string[]
  /** Keeps the data on a disk of 24 MB, so that `fill` works. Needs root. */
  readonly smallDisk?: boolean
  /** Asks for this user's password, where the server can (FerretDB's experimental `SCRAM-SHA-256`). */
  readonly user?: { readonly name: string; readonly password: string }
}

const isMongod = (): boolean => found('mongodb').name === 'mongod'

/** The server of these tests: `MongoDB`, or another one that speaks its protocol. */
export const mongodbProduct = (): string => (isMongod() ? 'MongoDB' : 'FerretDB')

const DATABASE = 'holdfast'
const WRITES = new Set(['insert', 'update', 'delete', 'findAndModify', 'createIndexes'])

/** As a replica set's member answers that is not (or no longer) the primary. */
export const NOT_PRIMARY = {
  ok: 0,
  code: 10107,
  codeName: 'NotWritablePrimary',
  errmsg: 'not primary',
  errorLabels: ['RetryableWriteError'],
} as const

/**
 * A server of our own, not started yet: `mongod` where there is one, else FerretDB. FerretDB 1 looks for a document and
 * writes it in two steps, so that two writers at once may both have "changed" the same one. MongoDB does not, and the
 * store relies on that: the gate before FerretDB lets one command through at a time.
 */
export async function mongodbServer(options: MongodbServerOptions = {}): Promise<MongodbServer> {
  const { programs, name } = found('mongodb')
  const { port, args = [], smallDisk = false, user } = options
  const dataOf = (folder: string) => join(folder, 'data')
  const server = await serverProcess({
    program: programs[name] as string,
    args: ({ port, folder }) => [...(isMongod() ? mongod : ferretdb)(port, dataOf(folder)), ...login(user), ...args],
    prepare: (folder) => {
      mkdirSync(dataOf(folder), { recursive: true })
      if (smallDisk) mount(dataOf(folder))
    },
    answers,
    ...(port === undefined ? {} : { port }),
  })
  const gate = await mongoGate(server.port, !isMongod())
  const data = dataOf(server.folder)
  const ballast = join(data, 'ballast')
  const credentials = user ? `${user.name}:${encodeURIComponent(user.password)}@` : ''
  const address = (at: number) =>
    `mongodb://${credentials}127.0.0.1:${at}/${DATABASE}${user ? '?authSource=admin' : ''}`

  const start = async () => {
    await server.start()
    await gate.open()
  }
  const kill = async () => {
    await gate.shut()
    await server.kill()
  }
  return {
    ...server,
    url: address(gate.port),
    directUrl: address(server.port),
    product: mongodbProduct(),
    gate,
    start,
    kill,
    async stop() {
      await gate.shut()
      await server.stop()
    },
    async close() {
      await kill()
      if (smallDisk) spawnSync('umount', [data])
      await server.close()
    },
    async fill() {
      if (!smallDisk) throw new Error('fill needs the option smallDisk')
      const { bavail, bsize } = statfsSync(data)
      try {
        writeFileSync(ballast, Buffer.alloc(bavail * bsize))
      } catch (error) {
        // The server has taken some of it meanwhile.
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
    },
    async unfill() {
      rmSync(ballast, { force: true })
    },
    async readOnly(on) {
      gate.meddle = on ? (_, command) => (WRITES.has(command) ? { instead: NOT_PRIMARY } : undefined) : undefined
    },
    async empty() {
      await kill()
      for (const name of readdirSync(data)) rmSync(join(data, name), { recursive: true, force: true })
      await start()
    },
  }
}

const mongod = (port: number, data: string): readonly string[] => [
  ...['--dbpath', data, '--bind_ip', '127.0.0.1', '--port', String(port)],
  ...['--wiredTigerCacheSizeGB', '0.25', '--setParameter', 'ttlMonitorEnabled=false'],
]

const ferretdb = (port: number, data: string): readonly string[] => [
  ...['--handler=sqlite', `--sqlite-url=file:${data}/`, `--listen-addr=127.0.0.1:${port}`, `--state-dir=${data}`],
  ...['--telemetry=disable', '--debug-addr=-', '--log-level=ERROR'],
]

const login = (user: MongodbServerOptions['user']): readonly string[] => {
  if (!user) return []
  if (isMongod()) throw new Error('users of mongod are not set up here yet')
  const { name, password } = user
  return [
    '--test-enable-new-auth',
    '--setup-database=admin',
    `--setup-username=${name}`,
    `--setup-password=${password}`,
  ]
}

const mount = (folder: string): void => {
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folder])
  if (status !== 0) throw new Error(`no small disk: ${String(stderr)}`)
}

/** Resolves when a server answers on this port. */
async function answers(port: number): Promise<void> {
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/`, {
    directConnection: true,
    serverSelectionTimeoutMS: 1000,
  })
  try {
    await client.connect()
    await client.db('admin').command({ hello: 1 })
  } finally {
    await client.close()
  }
}
