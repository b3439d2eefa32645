import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { found } from './found.ts'
import { PASSWORD, USER } from './postgres.ts'
import { type ServerProcess, serverProcess } from './server-process.ts'

/** A PgBouncer in front of a PostgreSQL server. */
export interface PgBouncer extends ServerProcess {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string
}

/**
 * Started. In transaction mode (the default) each transaction may run on another connection to the server, of which
 * there are two, so that what belongs to a connection is missed at once.
 */
export async function pgbouncer(
  postgresUrl: string,
  mode: 'transaction' | 'session' | 'statement' = 'transaction',
): Promise<PgBouncer> {
  const { programs } = found('pgbouncer')
  const { hostname, port: target, pathname } = new URL(postgresUrl)
  const database = pathname.slice(1)
  const urlOf = (port: number) => `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/${database}`
  const server = await serverProcess({
    program: programs.pgbouncer ?? 'pgbouncer',
    user: 'postgres',
    prepare: (folder) => writeFileSync(join(folder, 'users.txt'), `"${USER}" "${PASSWORD}"\n`),
    args: ({ port, folder }) => {
      const settings = {
        listen_addr: '127.0.0.1',
        listen_port: port,
        unix_socket_dir: '',
        auth_type: 'plain',
        auth_file: join(folder, 'users.txt'),
        pool_mode: mode,
        default_pool_size: mode === 'session' ? 20 : 2,
        max_client_conn: 200,
        // The most recently used one would be taken again and again, and hide what is missed on another.
        server_round_robin: 1,
        // How soon it tries again to reach a server that was down. Its default is 15.
        server_login_retry: 1,
        ignore_startup_parameters: 'extra_float_digits,options',
      }
      const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`)
      const file = join(folder, 'pgbouncer.ini')
      const databases = `${database} = host=${hostname} port=${target} dbname=${database}`
      writeFileSync(file, `[databases]\n${databases}\n\n[pgbouncer]\n${lines.join('\n')}\n`)
      return [file]
    },
    answers: async (port) => {
      const client = new pg.Client({ connectionString: urlOf(port), connectionTimeoutMillis: 5_000 })
      await client.connect()
      await client.query('SELECT 1')
      await client.end()
    },
    stopSignal: 'SIGTERM',
  })
  await server.start()
  return { ...server, url: urlOf(server.port) }
}
