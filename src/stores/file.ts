/**
 * Sessions as files: for one machine, one process or many, with nothing to install. Every change is complete or has not
 * happened, whatever dies in the middle of it: a change is prepared beside its place, put on the disk, and moved into
 * place under a lock per session that ends with the process which holds it.
 *
 * The chapters, in `file/`: `layout` (where things are), `record` (what a file holds), `locks`, `hints` (the index by
 * owner), `records` (one record changes), `passes` (list, count, deleteOwned, sweep), `store` (the port's methods).
 *
 * What stands in a record's place and is not a whole record of ours (torn, cut short, a link, a pipe, somebody else's
 * file) is absent to every method. `update`, `touch`, `delete` and `sweep` leave it as it is; `insert` puts the new record
 * in its place, without following a link. A record that a newer version of the format wrote is absent as well, but
 * `insert` answers `'taken'` and keeps it.
 *
 * When the disk is full, inserts and updates fail, what was there stays, and deleting and sweeping go on.
 *
 * The directory belongs on a file system of this machine. Where several machines share it, a lock that a crashed
 * machine left is taken over after `lockTimeout`.
 */

import { resolve } from 'node:path'
import { SessionOptionError } from '../core/errors.ts'
import { systemDisk } from './file/disk.ts'
import { type FileStore, fileStoreOn } from './file/store.ts'
import { bound, checkNames } from './internal/options.ts'

export type { FileStore } from './file/store.ts'

export interface FileStoreOptions {
  /**
   * Where the files are. Made if missing, for this user only. Nothing outside of it is ever touched. It must not belong to
   * another user or be writable by everybody.
   */
  readonly directory: string
  /**
   * Whether a write is answered only when it is on the disk and survives a power cut. Without, it survives the end of the
   * process but not that of the machine, and never waits for the disk. Default: true.
   */
  readonly durable?: boolean | undefined
  /**
   * How old (ms) the lock of a process may get that is stopped, or on another machine, before others take it; and half of
   * how long a call waits for a lock at most. The lock of a process that died on this machine is taken at once. Default: 5000.
   */
  readonly lockTimeout?: number | undefined
}

const DEFAULT_LOCK_TIMEOUT = 5000
const MAX_LOCK_TIMEOUT = 10 * 60 * 1000

/**
 * Throws `SessionOptionError` on a wrong option. All methods answer with promises; they reject with `ERR_SESSION_STORE`
 * (its message names the path) when the system fails or the store is closed, and with `ERR_SESSION_STORE_TIMEOUT` when
 * an entry stays locked. `ready` also removes what processes that crashed have left.
 */
export function fileStore(options: FileStoreOptions): FileStore {
  checkNames(options, ['directory', 'durable', 'lockTimeout'])
  const { directory, durable = true, lockTimeout } = options ?? {}
  if (typeof directory !== 'string' || directory === '' || directory.includes('\0')) {
    throw new SessionOptionError('directory', 'is not a path.', 'Name a folder for the sessions, like "data/sessions".')
  }
  if (typeof durable !== 'boolean') throw new SessionOptionError('durable', 'is neither true nor false.')
  return fileStoreOn(systemDisk, {
    directory: resolve(directory),
    durable,
    lockTimeout: bound(lockTimeout, 'lockTimeout', DEFAULT_LOCK_TIMEOUT, MAX_LOCK_TIMEOUT),
  })
}
