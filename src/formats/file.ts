/**
 * The sessions of session-file-store 1.5 in place: a file per session, `<directory>/<id>.json`, plain or encrypted with
 * its secret. It rewrites files without asking what is in them; here a file is replaced under a lock, if it still is what was
 * read.
 *
 * The chapters, in `file/`: `text` (what a file says, and when it ends), `sessions` (one file changes), `passes` (list, count,
 * sweep); and `kruptein.ts` (the encryption). Locks, disk and errors are those of the file store.
 */

import { hash } from 'node:crypto'
import { constants } from 'node:fs'
import { resolve } from 'node:path'
import { SessionError, SessionOptionError, SessionStoreError } from '../core/errors.ts'
import type { InPlaceStore, Store, StoreEntry, UpdateOutcome } from '../core/store.ts'
import { files as filesOn, systemDisk } from '../stores/file/disk.ts'
import { coded } from '../stores/file/failure.ts'
import { holder } from '../stores/file/holder.ts'
import { locks as locksIn } from '../stores/file/locks.ts'
import { queue as newQueue } from '../stores/file/queue.ts'
import { checkDeadline, checkEntry, clampLimit } from '../stores/internal/key.ts'
import { bound, checkNames } from '../stores/internal/options.ts'
import { passesOver } from './file/passes.ts'
import { type Found, sessionsIn } from './file/sessions.ts'
import { bare, dated } from './file/text.ts'
import { type KrupteinOptions, kruptein } from './kruptein.ts'

export type { KrupteinOptions } from './kruptein.ts'

export interface FileFormatOptions {
  /** The `path` of session-file-store. Default `'./sessions'`. */
  readonly directory?: string | undefined
  /** As there: how long, in seconds, a session lives after its last use whose cookie has no `maxAge`. Default 3600. */
  readonly ttl?: number | undefined
  /** As there. Default `'.json'`. */
  readonly fileExtension?: string | undefined
  /** As there: the files are encrypted with it. Default: they are not. */
  readonly secret?: string | undefined
  /**
   * As there, with `secret` only. Without it, what session-file-store takes (AES-256-GCM, SHA-512, scrypt); given, what is
   * missing in it is as in kruptein, where keys are derived by PBKDF2.
   */
  readonly crypto?: KrupteinOptions | undefined
  /** Whether a write is answered only when it is on the disk and survives a power cut. Default true. */
  readonly durable?: boolean | undefined
  /** As in the file store, in milliseconds. Default 5000. */
  readonly lockTimeout?: number | undefined
}

type Methods = 'list' | 'count' | 'sweep' | 'ready' | 'ping' | 'close'
export type FileFormat = InPlaceStore & { readonly [K in Methods]-?: NonNullable<Store[K]> }

const DEFAULT_TTL = 3600
const MAX_TTL = 100 * 366 * 86_400
const DEFAULT_LOCK_TIMEOUT = 5000
const MAX_LOCK_TIMEOUT = 10 * 60 * 1000
const MOST_LISTED = 1000
const MAX_NAME = 255
const NAMES = ['directory', 'ttl', 'fileExtension', 'secret', 'crypto', 'durable', 'lockTimeout']
/** What is safe as the name of a file, everywhere. Ids of express-session and koa-session are like this. */
const ID = /^[A-Za-z0-9_-]+$/
/** Beside the sessions, so that a rename can put a file in its place. */
const LOCKS = '.holdfast'

/**
 * Reads and writes the sessions of session-file-store where they are. Keys are ids of letters, digits, `_` and `-` alone;
 * everything else is unknown, and `insert` refuses it with `ERR_SESSION_KEY`, as it does a value that is not the JSON text of an
 * object.
 *
 * Throws `SessionOptionError` for an option that is wrong. All methods answer with promises; they reject with
 * `ERR_SESSION_STORE` (its message names the path) when the system fails, the folder is not there or the store is closed, and
 * with `ERR_SESSION_STORE_TIMEOUT` when a session stays locked.
 */
export const fileFormat = (options: FileFormatOptions = {}): FileFormat => {
  checkNames(options, NAMES)
  const { directory: given = './sessions', fileExtension = '.json', secret, crypto, durable = true } = options
  if (typeof given !== 'string' || given === '' || given.includes('\0')) {
    throw new SessionOptionError('directory', 'is not a path.')
  }
  if (typeof fileExtension !== 'string' || !/^[A-Za-z0-9._-]{0,32}$/.test(fileExtension)) {
    throw new SessionOptionError('fileExtension', 'is not the end of a file name.', 'The default is ".json".')
  }
  if (typeof durable !== 'boolean') throw new SessionOptionError('durable', 'is neither true nor false.')
  if (secret !== undefined && (typeof secret !== 'string' || secret === '')) {
    throw new SessionOptionError('secret', 'is not text.')
  }
  if (crypto !== undefined && secret === undefined) throw new SessionOptionError('crypto', 'needs a "secret".')
  const ttlMs = bound(options.ttl, 'ttl', DEFAULT_TTL, MAX_TTL) * 1000
  const lockTimeout = bound(options.lockTimeout, 'lockTimeout', DEFAULT_LOCK_TIMEOUT, MAX_LOCK_TIMEOUT)

  const directory = resolve(given)
  const files = filesOn(systemDisk, durable)
  const locks = locksIn(files, { locks: `${directory}/${LOCKS}` }, holder(), lockTimeout)
  const queue = newQueue()
  const pathOf = (key: string): string => `${directory}/${key}${fileExtension}`
  const sessions = sessionsIn({
    files,
    locks,
    queue,
    directory,
    ttlMs,
    pathOf,
    crypto: secret === undefined ? undefined : kruptein(secret, crypto ?? { use_scrypt: true }),
  })
  const isId = (key: unknown): key is string =>
    typeof key === 'string' && ID.test(key) && key.length + fileExtension.length <= MAX_NAME
  const passes = passesOver({
    files,
    sessions,
    directory,
    pathOf,
    tidy: locks.clear,
    restMs: secret === undefined ? undefined : ttlMs,
    keyIn(file) {
      const key = file.endsWith(fileExtension) ? file.slice(0, file.length - fileExtension.length) : ''
      return isId(key) ? key : undefined
    },
  })
  let closed = false

  const ask = async <T>(work: () => Promise<T>): Promise<T> => {
    if (closed) throw new SessionStoreError('ERR_SESSION_STORE', 'The file store is closed.')
    try {
      return await work()
    } catch (error) {
      throw coded(error, directory)
    }
  }

  const checkKept = (entry: StoreEntry): Found => {
    checkEntry(entry)
    const { value, expiresAt } = entry
    if (/\p{Surrogate}/u.test(value)) {
      throw new SessionError(
        'ERR_SESSION_KEY',
        "A store entry's value has half a surrogate pair, which UTF-8 cannot hold.",
      )
    }
    dated(value, expiresAt, ttlMs)
    return { value, expiresAt: Math.max(expiresAt, 0) }
  }

  return {
    name: 'file',

    revisionOf,
    lifetime: ttlMs,

    ready: () =>
      ask(async () => {
        await files.makeFolder(directory)
        await locks.clear()
        await locks.prepare()
      }),

    ping: () => ask(() => systemDisk.access(directory, constants.R_OK | constants.W_OK | constants.X_OK)),

    get: (key, { now }) =>
      ask(async () => {
        if (!isId(key)) return undefined
        const found = await sessions.read(key)
        return isLive(found, now) ? entryOf(found) : undefined
      }),

    insert: (key, entry, call) =>
      ask(async () => {
        if (!isId(key)) throw new SessionError('ERR_SESSION_KEY', REFUSAL)
        const put = checkKept(entry)
        return sessions.change(key, call, (found) =>
          isLive(found, call.now) ? { answer: 'taken' } : { answer: 'inserted', put },
        )
      }),

    update: (key, entry, call) =>
      ask(async () => {
        if (!isId(key)) return { outcome: 'gone' }
        const put = checkKept(entry)
        return sessions.change<UpdateOutcome>(key, call, (found) => {
          if (!isLive(found, call.now)) return { answer: { outcome: 'gone' } }
          const current = entryOf(found)
          if (current.revision === call.ifRevision) return { answer: { outcome: 'updated' }, put }
          return { answer: { outcome: 'conflict', current } }
        })
      }),

    touch: (key, expiresAt, call) =>
      ask(async () => {
        if (!isId(key)) return 'gone'
        checkDeadline(expiresAt)
        return sessions.change(key, call, (found) => {
          if (!isLive(found, call.now)) return { answer: 'gone' }
          if (revisionOf(found.value) !== call.ifRevision) return { answer: 'conflict' }
          return { answer: 'touched', put: { value: found.value, expiresAt: Math.max(expiresAt, 0) } }
        })
      }),

    delete: (key, call) =>
      ask(async () => {
        if (!isId(key)) return 'gone'
        return sessions.change(key, call, (found) => {
          if (!isLive(found, call.now)) return { answer: 'gone' }
          const { ifRevision } = call
          if (ifRevision !== undefined && revisionOf(found.value) !== ifRevision) return { answer: 'conflict' }
          return { answer: 'deleted', remove: true }
        })
      }),

    list: ({ owner, cursor, limit }, call) =>
      ask(async () =>
        owner === undefined ? passes.page(cursor, clampLimit(limit, MOST_LISTED), call) : { entries: [] },
      ),

    count: ({ owner }, call) => ask(async () => (owner === undefined ? passes.count(call) : 0)),

    sweep: (limit, call) => ask(() => passes.sweep(clampLimit(limit, MOST_LISTED), call)),

    async close() {
      closed = true
      await queue.idle()
      await locks.close()
    },
  }
}

const REFUSAL = 'A key of this store must be a session id of letters, digits, "_" and "-" that fits a file name.'

const revisionOf = (value: string): string => hash('sha1', bare(value), 'hex')

// Written so that a `now` which is not a number finds everything absent, not everything alive.
const isLive = (found: Found | undefined, now: number): found is Found => found !== undefined && found.expiresAt > now

const entryOf = ({ value, expiresAt }: Found): StoreEntry => ({ value, expiresAt, revision: revisionOf(value) })
