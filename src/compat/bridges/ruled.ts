import { within } from '../../core/backend.ts'
import { SessionStoreError } from '../../core/errors.ts'
import type { Answer, Store, StoreEntry } from '../../index.ts'
import { checkDeadline, checkEntry, checkKey, isKey, orNone } from '../../stores/internal/key.ts'
import { memoryOf } from '../internal/store-memory.ts'
import { type ForeignRecord, recordIn, recordOf, sidOf } from './foreign-record.ts'

/** The calls of a store that only gets, sets and destroys. They answer at once or later, or fail as that store fails. */
export interface PlainCalls {
  /** What is stored, or something falsy. */
  readonly get: (sid: string) => Answer<unknown>
  /** Creates or overwrites. `ttl` is in ms. */
  readonly set: (sid: string, record: ForeignRecord, ttl: number) => Answer<unknown>
  readonly destroy: (sid: string) => Answer<unknown>
}

/** After this the next call of the same session need not wait any longer (ms). Whether it took effect is unknown. */
const PATIENCE = 30_000
const HELP = "See the error's cause."

/**
 * Such a store as one of the port. What it lacks, comparing before it writes, is made up for by reading first and by letting the
 * writes of one session take turns: within this process nothing comes between. `store` is the object that is shared.
 */
export function ruled(name: string, store: object, calls: PlainCalls): Store {
  const memory = memoryOf(store)

  const send = async <T>(operation: string, act: () => Answer<T>, late?: () => void): Promise<T> => {
    const failed = (cause: unknown): Error =>
      new SessionStoreError('ERR_SESSION_STORE', `The ${name} failed (${operation}).`, {
        cause,
        retryable: true,
        help: HELP,
      })
    let answer: Promise<T>
    try {
      answer = Promise.resolve(act())
    } catch (cause) {
      throw failed(cause)
    }
    const tooSlow = (): Error => {
      if (late) answer.then(late, late)
      const message = `The ${name} did not answer within ${PATIENCE} ms (${operation}).`
      return new SessionStoreError('ERR_SESSION_STORE_TIMEOUT', message, { retryable: true })
    }
    return within(answer, PATIENCE, tooSlow, failed)
  }

  const read = async (sid: string, now: number): Promise<StoreEntry | undefined> => {
    const entry = recordIn(await send('get', () => calls.get(sid)))
    return entry && entry.expiresAt > now ? entry : undefined
  }
  const bury = (sid: string): Promise<unknown> => send('destroy', () => calls.destroy(sid))
  const write = async (sid: string, entry: StoreEntry, now: number): Promise<void> => {
    const [record, ttl] = recordOf(entry, now)
    // A write that comes through after a sign-out must not undo it.
    const late = (): void => void (memory.isDead(sid) && bury(sid).catch(() => undefined))
    await send('set', () => calls.set(sid, record, ttl), late)
  }
  const inTurn = async <T>(sid: string, act: () => Promise<T>): Promise<T> => memory.inOrder(sid, act)

  return {
    name,

    async get(key, { now }) {
      return isKey(key) ? read(sidOf(key), now) : undefined
    },

    async insert(key, entry, { now }) {
      checkKey(key)
      checkEntry(entry)
      const sid = sidOf(key)
      const mine = { ...entry }
      return inTurn(sid, async () => {
        if (await read(sid, now)) return 'taken'
        memory.wrote(sid, mine.revision)
        await write(sid, mine, now)
        return 'inserted'
      })
    },

    async update(key, entry, { now, ifRevision }) {
      if (!isKey(key)) return { outcome: 'gone' }
      checkEntry(entry)
      const sid = sidOf(key)
      const mine = { ...entry }
      return inTurn(sid, async () => {
        const current = await read(sid, now)
        if (!current) return { outcome: 'gone' }
        if (current.revision !== orNone(ifRevision)) return { outcome: 'conflict', current }
        await write(sid, mine, now)
        return { outcome: 'updated' }
      })
    },

    async touch(key, expiresAt, { now, ifRevision }) {
      if (!isKey(key)) return 'gone'
      checkDeadline(expiresAt)
      const sid = sidOf(key)
      return inTurn(sid, async () => {
        const current = await read(sid, now)
        if (!current) return 'gone'
        if (current.revision !== orNone(ifRevision)) return 'conflict'
        // With `set`: what other stores' `touch` moves is not in the record, or not at all.
        await write(sid, { ...current, expiresAt }, now)
        return 'touched'
      })
    },

    async delete(key, { now, ifRevision }) {
      if (!isKey(key)) return 'gone'
      const sid = sidOf(key)
      return inTurn(sid, async () => {
        const current = await read(sid, now)
        if (!current) return 'gone'
        if (ifRevision !== undefined && current.revision !== orNone(ifRevision)) return 'conflict'
        memory.died(sid)
        await bury(sid)
        memory.buried(sid)
        return 'deleted'
      })
    },

    /** Asks for a session that nobody has. */
    async ping() {
      await send('get', () => calls.get(NOBODYS))
    },
  }
}

const NOBODYS = '0'.repeat(32)
