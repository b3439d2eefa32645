import type { Store } from '../../core/store.ts'
import type { FileStoreOptions } from '../file.ts'
import type { MemoryStoreOptions } from '../memory.ts'
import type { MongodbStoreOptions } from '../mongodb.ts'
import type { MysqlStoreOptions } from '../mysql.ts'
import type { PostgresStoreOptions } from '../postgres.ts'
import type { RedisStoreOptions } from '../redis.ts'
import type { SqliteStoreOptions } from '../sqlite.ts'

/** What the URL's store takes, but for what the URL says. An option of another store is an error. */
export type OpenStoreOptions = MemoryStoreOptions &
  Omit<FileStoreOptions, 'directory'> &
  SqliteStoreOptions &
  RedisStoreOptions &
  PostgresStoreOptions &
  MysqlStoreOptions &
  MongodbStoreOptions

export interface Opening {
  /** In lower case, without the colon. */
  readonly scheme: string
  /** What follows the colon. */
  readonly rest: string
  readonly options: OpenStoreOptions
}

/** Makes the store that a URL names. It loads the driver that it needs, and no other. */
export type Opener = (opening: Opening) => Promise<Store>
