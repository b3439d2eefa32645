import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Connection, createConnection } from 'mysql2/promise'
import { found } from './found.ts'
import { asUser, type ServerProcess, serverFolder, serverProcess } from './server-process.ts'

const run = promisify(execFile)

const USER = 'mysql'
const DATABASE = 'holdfast'
const cache = fileURLToPath(new URL('../../.cache/', import.meta.url))

export interface MariadbServer extends ServerProcess {
  /** `mysql://holdfast:secret@127.0.0.1:port/holdfast`: a user who may do everything in this database, and nothing else. */
  readonly url: string
  /** The superuser, on the same database. */
  readonly adminUrl: string
  /** Statements of the superuser on a connection of their own; answers the rows of the last one. */
  admin(...statements: string[]): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** No room for another byte in any table: writes fail as on a full disk, and reads work. */
  fill(): Promise<void>
  /** Makes room, with a restart. */
  unfill(): Promise<void>
  /** `SET GLOBAL read_only`, which holds for every user but the superuser. */
  readOnly(on: boolean): Promise<void>
  /** Kills it and starts it without its data: the database is there, and no table. */
  empty(): Promise<void>
  /** At most so many connections at once (and one more for the superuser). */
  maxConnections(most: number): Promise<void>
}

export interface MariadbServerOptions {
  readonly port?: number
  /** Further arguments of `mariadbd`. */
  readonly args?: readonly string[]
}

/** A MariaDB of our own, not started yet. Its commits are in the file when they are answered, so it has them after `kill`. */
export async function mariadbServer({ port, args = [] }: MariadbServerOptions = {}): Promise<MariadbServer> {
  const { programs } = found('mariadb')
  const template = await makeTemplate()
  let room = ROOM_MB
  const server = await serverProcess({
    program: programs.mariadbd as string,
    args: (at) => [
      '--no-defaults',
      ...[`--datadir=${join(at.folder, 'data')}`, `--tmpdir=${at.folder}`, `--socket=${join(at.folder, 's')}`],
      ...['--bind-address=127.0.0.1', `--port=${at.port}`, '--skip-name-resolve', '--skip-log-bin'],
      // Enough for thousands of sessions, little to set up, and full some day: see `fill`.
      ...['--innodb-file-per-table=0', `--innodb-data-file-path=ibdata1:12M:autoextend:max:${room}M`],
      ...['--innodb-buffer-pool-size=32M', '--innodb-log-file-size=16M', '--innodb-flush-log-at-trx-commit=2'],
      ...['--innodb-fast-shutdown=2', `--pid-file=${join(at.folder, 'pid')}`],
      ...args,
    ],
    prepare: (folder) => copyData(template, folder),
    answers: async (at) => {
      const connection = await createConnection({ ...SUPERUSER, port: at, connectTimeout: 2000 })
      await connection.query('SELECT 1')
      await connection.end()
    },
    user: USER,
    ...(port === undefined ? {} : { port }),
  })
  const admin = async (...statements: string[]) => {
    const connection = await createConnection({ ...SUPERUSER, port: server.port, database: DATABASE })
    try {
      return await ask(connection, statements)
    } finally {
      await connection.end()
    }
  }
  /** How many rows there was room for. */
  const addUntilFull = async (bytes: number) => {
    for (let added = 0; ; added += 1) {
      try {
        await admin(`INSERT INTO ballast (weight) VALUES (REPEAT('x', ${bytes}))`)
      } catch (error) {
        if ((error as { readonly errno?: number }).errno !== TABLE_IS_FULL) throw error
        return added
      }
    }
  }
  return {
    ...server,
    url: `mysql://holdfast:secret@127.0.0.1:${server.port}/${DATABASE}`,
    adminUrl: `mysql://root@127.0.0.1:${server.port}/${DATABASE}`,
    admin,
    async fill() {
      await admin('CREATE TABLE ballast (at INT AUTO_INCREMENT PRIMARY KEY, weight LONGBLOB NOT NULL)')
      // The server makes room for some time, by removing what undoing is over for.
      for (let added = 1; added > 0; await pause(300)) {
        added = 0
        for (const bytes of [2 ** 20, 2 ** 16, 2 ** 12]) added += await addUntilFull(bytes)
      }
    },
    async unfill() {
      // What is full cannot even drop a table.
      room += ROOM_MB
      await server.stop()
      await server.start()
      await admin('DROP TABLE IF EXISTS ballast')
    },
    async readOnly(on) {
      await admin(`SET GLOBAL read_only = ${on ? 1 : 0}`)
    },
    async empty() {
      await server.kill()
      await rm(join(server.folder, 'data'), { recursive: true })
      await copyData(template, server.folder)
      await server.start()
    },
    async maxConnections(most) {
      await admin(`SET GLOBAL max_connections = ${most}`)
    },
  }
}

/** Tables and undo log together may take this much, and as much again after each `unfill`. */
const ROOM_MB = 96
const TABLE_IS_FULL = 1114
const SUPERUSER = { host: '127.0.0.1', user: 'root' }

async function ask(connection: Connection, statements: readonly string[]) {
  let rows: unknown
  for (const statement of statements) [rows] = await connection.query(statement)
  return Array.isArray(rows) ? (rows as Readonly<Record<string, unknown>>[]) : []
}

/** An initialised data folder with our database and user in it, made once per version and kept. */
async function makeTemplate(): Promise<string> {
  const { programs, version } = found('mariadb')
  const template = join(cache, `mariadb-${/\d+(\.\d+)+/.exec(version)?.[0] ?? 'unknown'}`)
  if (existsSync(template)) return template
  const folder = await serverFolder(USER)
  try {
    const [program, ...args] = [
      ...asUser(USER),
      programs['mariadb-install-db'] as string,
      ...['--no-defaults', `--datadir=${join(folder, 'data')}`, '--skip-test-db', '--skip-name-resolve'],
      ...['--auth-root-authentication-method=normal', '--innodb-log-file-size=16M'],
    ] as [string, ...string[]]
    await run(program, args, { cwd: folder, timeout: 60_000 })
    await addDatabase(folder)
    await mkdir(cache, { recursive: true })
    const copy = `${template}-${process.pid}`
    await cp(join(folder, 'data'), copy, { recursive: true })
    // Another test process may have been faster; what it made is as good.
    await rename(copy, template).catch(() => rm(copy, { recursive: true }))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return template
}

/** By the server itself without its network: nobody can meet it half made. */
async function addDatabase(folder: string): Promise<void> {
  const statements = [
    'FLUSH PRIVILEGES;',
    `CREATE DATABASE ${DATABASE};`,
    `CREATE USER holdfast@'127.0.0.1' IDENTIFIED BY 'secret';`,
    `GRANT ALL ON ${DATABASE}.* TO holdfast@'127.0.0.1';`,
  ]
  const [program, ...args] = [
    ...asUser(USER),
    found('mariadb').programs.mariadbd as string,
    ...['--no-defaults', `--datadir=${join(folder, 'data')}`, `--tmpdir=${folder}`, '--bootstrap'],
    ...['--skip-networking', '--innodb-log-file-size=16M'],
  ] as [string, ...string[]]
  const running = run(program, args, { cwd: folder, timeout: 60_000 })
  running.child.stdin?.end(`${statements.join('\n')}\n`)
  await running
}

/** Copies the template to where the server's user may write it. */
async function copyData(template: string, folder: string): Promise<void> {
  const data = join(folder, 'data')
  await cp(template, data, { recursive: true })
  if (asUser(USER).length > 0) await run('chown', ['-R', `${USER}:`, data])
}
