import { constants } from 'node:fs'
import { SessionStoreError } from '../../core/errors.ts'
import type {
  ConditionalCall,
  DeleteCall,
  DeleteOwnedQuery,
  ListPage,
  ListQuery,
  Store,
  StoreCall,
  StoreEntry,
  SweepResult,
  UpdateOutcome,
} from '../../core/store.ts'
import { checkDeadline, checkEntry, checkKey, isKey } from '../internal/key.ts'
import { type Disk, files as filesOn } from './disk.ts'
import { coded, unsafe } from './failure.ts'
import { hints as hintsIn } from './hints.ts'
import { holder } from './holder.ts'
import { layout as layoutOf } from './layout.ts'
import { locks as locksIn } from './locks.ts'
import { passes as passesOver } from './passes.ts'
import { queue as newQueue } from './queue.ts'
import type { Found } from './record.ts'
import { records as recordsIn } from './records.ts'

export interface FileSettings {
  /** Absolute. */
  readonly directory: string
  readonly durable: boolean
  readonly lockTimeout: number
}

/** A store that has every method of the port, each of which answers with a promise. */
export interface FileStore extends Store {
  get(key: string, call: StoreCall): Promise<StoreEntry | undefined>
  insert(key: string, entry: StoreEntry, call: StoreCall): Promise<'inserted' | 'taken'>
  update(key: string, entry: StoreEntry, call: ConditionalCall): Promise<UpdateOutcome>
  touch(key: string, expiresAt: number, call: ConditionalCall): Promise<'touched' | 'gone' | 'conflict'>
  delete(key: string, call: DeleteCall): Promise<'deleted' | 'gone' | 'conflict'>
  list(query: ListQuery, call: StoreCall): Promise<ListPage>
  count(query: { readonly owner?: string | undefined }, call: StoreCall): Promise<number>
  deleteOwned(query: DeleteOwnedQuery, call: StoreCall): Promise<readonly string[]>
  sweep(limit: number, call: StoreCall): Promise<SweepResult>
  ready(): Promise<void>
  ping(call: StoreCall): Promise<void>
  close(): Promise<void>
}

/** The store on a given disk. */
export function fileStoreOn(disk: Disk, { directory, durable, lockTimeout }: FileSettings): FileStore {
  const layout = layoutOf(directory)
  const files = filesOn(disk, durable)
  const hints = hintsIn(files, layout)
  const locks = locksIn(files, layout, holder(), lockTimeout)
  const queue = newQueue()
  const records = recordsIn({ files, layout, hints, locks, queue })
  const passes = passesOver({ files, layout, hints, locks, records })
  let closed = false

  const ask = async <T>(work: () => Promise<T>): Promise<T> => {
    if (closed) throw new SessionStoreError('ERR_SESSION_STORE', 'The file store is closed.')
    try {
      return await work()
    } catch (error) {
      throw coded(error, directory)
    }
  }

  const checkFolder = async (path: string, look: Disk['stat']): Promise<void> => {
    const stats = await look(path)
    if (!stats.isDirectory()) throw unsafe(path, 'is not a folder')
    const me = process.geteuid?.()
    if (me === undefined) return
    if (me !== 0 && stats.uid !== me) throw unsafe(path, 'belongs to another user')
    if ((stats.mode & 0o002) !== 0) throw unsafe(path, 'can be written to by every user of the machine')
  }

  const makeFolders = async (): Promise<void> => {
    await files.makeFolder(directory)
    await checkFolder(directory, disk.stat)
    for (const path of [layout.records, layout.owners, layout.locks]) {
      await files.makeFolder(path)
      await checkFolder(path, disk.lstat)
    }
    await disk.access(directory, constants.R_OK | constants.W_OK | constants.X_OK)
  }

  return {
    name: 'file',

    ready: () =>
      ask(async () => {
        await makeFolders()
        await locks.clear()
        await locks.prepare()
      }),

    ping: () => ask(makeFolders),

    get: (key, { now }) =>
      ask(async () => {
        if (!isKey(key)) return undefined
        const found = await records.read(key)
        return isLive(found, now) ? entryOf(found) : undefined
      }),

    insert: (key, entry, call) =>
      ask(async () => {
        checkKey(key)
        checkEntry(entry)
        const put = entryOf(entry)
        return records.change(key, call, (found) =>
          isLive(found, call.now) || found === 'newer' ? { answer: 'taken' } : { answer: 'inserted', put },
        )
      }),

    update: (key, entry, call) =>
      ask(async () => {
        if (!isKey(key)) return { outcome: 'gone' }
        checkEntry(entry)
        const put = entryOf(entry)
        return records.change<UpdateOutcome>(key, call, (found) => {
          if (!isLive(found, call.now)) return { answer: { outcome: 'gone' } }
          if (found.revision === call.ifRevision) return { answer: { outcome: 'updated' }, put }
          return { answer: { outcome: 'conflict', current: entryOf(found) } }
        })
      }),

    touch: (key, expiresAt, call) =>
      ask(async () => {
        if (!isKey(key)) return 'gone'
        checkDeadline(expiresAt)
        return records.change(key, call, (found) => {
          if (!isLive(found, call.now)) return { answer: 'gone' }
          if (found.revision !== call.ifRevision) return { answer: 'conflict' }
          return { answer: 'touched', put: { ...entryOf(found), expiresAt } }
        })
      }),

    delete: (key, call) =>
      ask(async () => {
        if (!isKey(key)) return 'gone'
        return records.change(key, call, (found) => {
          if (!isLive(found, call.now)) return { answer: 'gone' }
          if (call.ifRevision !== undefined && found.revision !== call.ifRevision) return { answer: 'conflict' }
          return { answer: 'deleted', remove: found }
        })
      }),

    list: (query, call) => ask(() => passes.list(query, call)),
    count: (query, call) => ask(() => passes.count(query, call)),
    deleteOwned: (query, call) => ask(() => passes.deleteOwned(query, call)),
    sweep: (limit, call) => ask(() => passes.sweep(limit, call)),

    async close() {
      closed = true
      await queue.idle()
      await locks.close()
    },
  }
}

// Written so that a `now` which is not a number finds everything absent, not everything alive.
function isLive(found: Found, now: number): found is Exclude<Found, string> {
  return typeof found !== 'string' && found.expiresAt > now
}

function entryOf({ value, expiresAt, revision, owner }: StoreEntry): StoreEntry {
  return owner === undefined ? { value, expiresAt, revision } : { value, expiresAt, revision, owner }
}
