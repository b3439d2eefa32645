import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { found } from './found.ts'
import { diskOf } from './postgres-disk.ts'
import { asUser, type ServerProcess, serverFolder, serverProcess } from './server-process.ts'
import { untilStopped } from './stopped.ts'

/** A PostgreSQL server of our own. `pause` and `kill` reach the processes of its connections as well. */
export interface PostgresServer extends ServerProcess {
  /** `postgres://user:password@host:port/database`, of a superuser. */
  readonly url: string
  /** The same for a fresh, empty database on this server; `encoding` as `CREATE DATABASE` names it. */
  database(encoding?: string): Promise<string>
  /** One statement on a connection of its own, which may write even while the server is read-only. */
  admin(sql: string, values?: readonly unknown[], url?: string): Promise<readonly Record<string, unknown>[]>
  /** Ends every other connection, as an administrator does. */
  disconnect(): Promise<void>
  /** Refuses every write (`default_transaction_read_only`), or no longer. */
  readOnly(on: boolean): Promise<void>
  /** Uses up the room for sessions, so that a new one is refused with the code that `full` says. */
  fill(): Promise<void>
  unfill(): Promise<void>
  /** 53100 with `fillable` where this machine lets us mount a small disk; else a limit on files makes it XX000. */
  readonly full: string
  /** Comes back without any data, as a server whose disk was replaced. */
  empty(): Promise<void>
}

export interface PostgresServerOptions {
  /** How many connections it takes, besides three for superusers. Default: 50. */
  readonly maxConnections?: number
  /** Puts the tables on a small disk of their own, for `fill`, where somebody may mount one. */
  readonly fillable?: boolean
  /** More settings, like `{ lock_timeout: '1s' }`. */
  readonly settings?: Readonly<Record<string, string>>
}

export const USER = 'holdfast'
export const PASSWORD = 'postgres-of-the-tests'
const OS_USER = 'postgres'
const DATABASE = 'postgres'

/** Started, and with one database to begin with. */
export async function postgresServer(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  const { programs, version } = found('postgres')
  const { postgres = '', initdb = '' } = programs
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    max_connections: String((options.maxConnections ?? 50) + 3),
    shared_buffers: '16MB',
    max_wal_size: '64MB',
    ...options.settings,
  }
  const urlOf = (port: number, database = DATABASE) => `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/${database}`
  const dataIn = (folder: string) => join(folder, 'data')
  const server = await serverProcess({
    program: postgres,
    user: OS_USER,
    args: ({ port, folder }) => [
      '-D',
      dataIn(folder),
      '-p',
      String(port),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    prepare: async (folder) => copyData(await template(initdb, version), dataIn(folder)),
    answers: (port) => ask(urlOf(port), 'SELECT 1'),
    // SIGTERM would wait until every client has gone.
    stopSignal: 'SIGINT',
  })

  const family = (): readonly number[] => {
    const [parent] = pidIn(dataIn(server.folder))
    return parent === undefined ? [] : [parent, ...childrenOf(parent)]
  }
  const signal = (pids: readonly number[], name: NodeJS.Signals) => {
    for (const pid of pids) {
      try {
        process.kill(pid, name)
      } catch {
        // It has ended.
      }
    }
  }
  const url = urlOf(server.port)
  const admin: PostgresServer['admin'] = (sql, values = [], at = url) => ask(at, sql, values)
  const databases: string[] = [url]
  const disk = diskOf(server.folder, OS_USER, () => databases, family)

  const kill = async () => {
    const pids = family()
    await server.kill()
    signal(pids, 'SIGKILL')
    await gone(pids)
  }
  const stop = async () => {
    signal(family(), 'SIGCONT')
    await server.stop()
  }
  const prepareDisk = async () => {
    if (options.fillable && disk.mount()) await disk.use(admin)
  }

  await server.start()
  await prepareDisk()
  return {
    ...server,
    url,
    admin,
    kill,
    stop,
    async database(encoding) {
      const name = `db_${databases.length}`
      const made = urlOf(server.port, name)
      const as = encoding === undefined ? '' : ` ENCODING '${encoding}' LOCALE 'C'`
      await admin(`CREATE DATABASE ${name} TEMPLATE template0${as}`)
      databases.push(made)
      return made
    },
    async disconnect() {
      await admin('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()')
    },
    async readOnly(on) {
      await admin(`ALTER SYSTEM SET default_transaction_read_only = ${on ? 'on' : 'off'}`)
      await admin('SELECT pg_reload_conf()')
      // The processes of open connections read it when they next wake up.
      const wanted = on ? 'on' : 'off'
      for (;;) {
        const client = new pg.Client({ connectionString: url })
        await client.connect()
        const { rows } = await client.query('SHOW default_transaction_read_only')
        await client.end()
        if (rows[0]?.default_transaction_read_only === wanted) return
      }
    },
    pause() {
      const pids = family()
      signal(pids, 'SIGSTOP')
      untilStopped(pids)
    },
    resume: () => signal(family(), 'SIGCONT'),
    fill: () => disk.fill(admin),
    unfill: () => disk.unfill(admin),
    get full() {
      return disk.full
    },
    async empty() {
      await kill()
      databases.length = 1
      rmSync(dataIn(server.folder), { recursive: true, force: true })
      disk.unmount()
      copyData(await template(initdb, version), dataIn(server.folder))
      await server.start()
      await prepareDisk()
    },
    async close() {
      await kill()
      disk.unmount()
      await server.close()
    },
  }
}

async function ask(url: string, sql: string, values: readonly unknown[] = []) {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 20_000,
    options: '-c default_transaction_read_only=off',
  })
  // Such as its own end by `pg_terminate_backend`.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query(sql, [...values])
    return rows as Record<string, unknown>[]
  } finally {
    await client.end().catch(() => undefined)
  }
}

const pidIn = (data: string): number[] => {
  try {
    return [Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0])]
  } catch {
    return []
  }
}

const childrenOf = (pid: number): number[] => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  } catch {
    const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
    return (stdout ?? '').trim().split(/\s+/).filter(Boolean).map(Number)
  }
}

/** A server does not start while processes of the one before hold its memory. */
async function gone(pids: readonly number[]): Promise<void> {
  const alive = (pid: number) => {
    try {
      return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    } catch {
      return false
    }
  }
  while (pids.some(alive)) await new Promise((resolve) => setTimeout(resolve, 5))
}

const copyData = (from: string, to: string): void => {
  // As root, with owner and mode; the server refuses a folder that others may read.
  const { status, stderr } = spawnSync('cp', ['-a', from, to], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`cp: ${stderr}`)
}

/** A data folder as `initdb` makes it, once per machine and version: that takes two seconds, a copy next to nothing. */
async function template(initdb: string, version: string): Promise<string> {
  const cache = fileURLToPath(new URL('../../.cache', import.meta.url))
  const name = `postgres-${
    version
      .replace(/[^\d.]+/g, ' ')
      .trim()
      .split(' ')[0]
  }-${process.getuid?.() ?? 0}`
  const kept = join(cache, name)
  if (existsSync(join(kept, 'PG_VERSION'))) return kept
  // The server's user may not enter this project's folder: it is made where it may, and then moved.
  const folder = await serverFolder(OS_USER)
  try {
    const passwords = join(folder, 'password')
    writeFileSync(passwords, PASSWORD)
    const options = ['-D', join(folder, 'data'), '-U', USER, '--pwfile', passwords, '--no-sync', '--no-instructions']
    const how = [...options, '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C']
    const [program, ...args] = [...asUser(OS_USER), initdb, ...how] as [string, ...string[]]
    const { status, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' })
    if (status !== 0) throw new Error(`initdb: ${stderr}`)
    mkdirSync(cache, { recursive: true })
    const mine = `${kept}.${process.pid}`
    copyData(join(folder, 'data'), mine)
    try {
      renameSync(mine, kept)
    } catch {
      // Another test file was faster.
      rmSync(mine, { recursive: true, force: true })
    }
    return kept
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
