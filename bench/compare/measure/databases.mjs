// The stores' servers, started for a part of the comparison and ended after it, and how each counts what it is asked.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { counters } from '../../http/counters.mjs'
import { serverMakers } from '../../servers.mjs'

let makers

const started = async (making) => {
  const server = await making
  await server.start()
  return server
}

const redis = async ({ redisServer }) => {
  const server = await started(redisServer())
  return { url: server.url, count: () => counters.ioredis(server.url), close: server.close }
}

const LOG = 'statements.log'
const STATEMENT = /^LOG: {2}(statement|execute [^:]*): /gm

/** PostgreSQL writes down each statement while it counts; its statistics come too late and know transactions only. */
const postgres = async ({ postgresServer }) => {
  const log = { logging_collector: 'on', log_directory: 'log', log_filename: LOG, log_line_prefix: '' }
  const server = await postgresServer({ maxConnections: 300, settings: { ...log, log_rotation_age: '0' } })
  const path = join(server.folder, 'data', 'log', LOG)
  const setting = async (value) => {
    await server.admin(`ALTER SYSTEM SET log_statement = '${value}'`)
    await server.admin('SELECT pg_reload_conf()')
  }
  let marks = 0
  /** What the server has written up to a statement of our own, once that is there. */
  const written = async () => {
    const mark = `mark ${++marks}.`
    for (;;) {
      // Again, because the first one may come before the setting does.
      await server.admin(`SELECT '${mark}'`)
      await new Promise((resolve) => setTimeout(resolve, 20))
      const text = readFileSync(path, 'utf8')
      const at = text.indexOf(mark)
      if (at >= 0) return { text, first: at, last: text.lastIndexOf(mark) }
    }
  }
  const count = async () => {
    await setting('all')
    const { last } = await written()
    return async () => {
      const { text, first } = await written()
      await setting('none')
      // Less the one that asked.
      return [...text.slice(last, first).matchAll(STATEMENT)].length - 1
    }
  }
  return { url: server.url, count, close: server.close }
}

const mariadb = async ({ mariadbServer }) => {
  const server = await started(mariadbServer())
  return { url: server.url, count: () => counters.mysql2(server.url), close: server.close }
}

const HOUSEKEEPING = new Set(['hello', 'ismaster', 'isMaster', 'ping', 'endSessions', 'saslStart', 'saslContinue'])

/** The gate before FerretDB counts, and slows: only while it counts do the clients go through it. */
const mongodb = async ({ mongodbServer }) => {
  const server = await started(mongodbServer())
  const count = async () => {
    server.gate.counts.clear()
    return async () => {
      const commands = [...server.gate.counts].filter(([name]) => !HOUSEKEEPING.has(name))
      return commands.reduce((sum, [, n]) => sum + n, 0)
    }
  }
  return { url: server.directUrl, countUrl: server.url, count, close: server.close }
}

const kinds = { redis, postgres, mariadb, mongodb }

/** Starts one. Throws where there is none on this machine. `count()` begins to count; what it answers ends that and answers how many. */
export async function startDatabase(kind) {
  makers ??= await serverMakers()
  const { url, countUrl, count, close } = await kinds[kind](makers)
  let own
  return {
    url,
    countUrl,
    close,
    async count() {
      // Asking is counted too by some.
      own ??= await (await count())()
      const end = await count()
      return async () => (await end()) - own
    },
  }
}
