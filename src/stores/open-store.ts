/** One store from one URL, for applications that configure it by an environment variable. */

import { SessionOptionError } from '../core/errors.ts'
import type { Store } from '../core/store.ts'
import { openFiles, openMemory, openSqlite } from './open/embedded.ts'
import { openMongodb } from './open/mongodb.ts'
import { openMysql } from './open/mysql.ts'
import type { Opener, OpenStoreOptions } from './open/opener.ts'
import { openPostgres } from './open/postgres.ts'
import { openRedis } from './open/redis.ts'

export type { OpenStoreOptions } from './open/opener.ts'

const openers: ReadonlyMap<string, Opener> = new Map([
  ['memory', openMemory],
  ['file', openFiles],
  ['sqlite', openSqlite],
  ['redis', openRedis],
  ['rediss', openRedis],
  ['redis+cluster', openRedis],
  ['rediss+cluster', openRedis],
  ['redis+sentinel', openRedis],
  ['rediss+sentinel', openRedis],
  ['postgres', openPostgres],
  ['postgresql', openPostgres],
  ['mysql', openMysql],
  ['mariadb', openMysql],
  ['mongodb', openMongodb],
  ['mongodb+srv', openMongodb],
])

/**
 * Opens the store that the URL names:
 *
 * - `memory:` is `memoryStore(options)`.
 * - `file:./sessions` is `fileStore({ directory: './sessions', ...options })`.
 * - `sqlite:./sessions.db` is `sqliteStore(database, options)` on a database file. The file and its folder are made
 *   if missing, for this user only. Driver: `node:sqlite` where this Node has it, else `better-sqlite3` or `libsql`.
 * - `redis://user:password@host:6379/0`, or `rediss://` with TLS, is `redisStore(client, options)`. So are
 *   `redis+cluster://host1:6379,host2:6379` and `redis+sentinel://host1:26379,host2:26379/mymaster/0` (also `rediss+...`).
 *   Driver: `ioredis`, `iovalkey` or `redis`.
 * - `postgres://user:password@host:5432/database` (or `postgresql:`) is `postgresStore(pool, options)`. Driver: `pg` or `postgres`.
 * - `mysql://user:password@host:3306/database` (or `mariadb:`) is `mysqlStore(pool, options)`. Driver: `mysql2`.
 * - `mongodb://...` and `mongodb+srv://...` are `mongodbStore(client, options)`. Driver: `mongodb`.
 *
 * A path is relative to the current directory, or absolute (`file:/var/sessions`, `file:///var/sessions`). A driver is
 * the one that is installed for the project in the current directory; of several, the first named here. `close()` closes
 * what was opened. A server is first spoken to by `ready()`, which `createSessions` calls, or by the first call.
 *
 * Rejects with `SessionOptionError` for a URL or option that is wrong, or when a driver is missing (with the command that
 * installs it), and with `SessionStoreError` when a database file cannot be opened. No message repeats the URL, which may
 * have a password in it.
 */
export async function openStore(url: string, options: OpenStoreOptions = {}): Promise<Store> {
  if (typeof url !== 'string') throw new SessionOptionError('url', 'is not text.', known())
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]
  if (scheme === undefined) throw new SessionOptionError('url', 'does not begin with a scheme.', known())
  const opener = openers.get(scheme.toLowerCase())
  if (opener === undefined) throw new SessionOptionError('url', 'has a scheme that does not exist.', known())
  return opener({ scheme: scheme.toLowerCase(), rest: url.slice(scheme.length + 1), options })
}

function known(): string {
  return `Known are: ${[...openers.keys()].map((scheme) => `${scheme}:`).join(', ')}.`
}
