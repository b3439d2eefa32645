/**
 * Pages over all sessions, by SCAN. A cursor says where SCAN is, on which server. Its numbers mean something to the
 * server that gave them only, so a cursor also says which server that was and how the cluster's slots were spread: where
 * this has changed, the listing starts again, and what it has shown already is shown twice rather than something else never.
 */

import { createHash } from 'node:crypto'
import type { ListPage, StoreListing } from '../../core/store.ts'
import { type Calls, forEach, list, text } from './calls.ts'
import type { Driver, Master } from './client.ts'
import { replyWord } from './failure.ts'
import type { Names } from './names.ts'
import { HEADER_BYTES, type Header, headerLength, liveHeader } from './record.ts'

/** One page asks at most so often, so that it does not take long where most keys are somebody else's. */
const MOST_SCANS = 20
const MOST_LOOKED_AT = 1000
const MARK = 'hf:'

interface Cursor {
  readonly node: string
  /** Which process that server is, and how the slots are spread. */
  readonly server: string
  readonly position: string
  /** Set when a batch of SCAN was more than a page takes: the position after it, and the last key that was taken. */
  readonly next?: string
  readonly last?: string
}

export interface Pages {
  page(act: string, cursor: unknown, limit: number, now: number): Promise<ListPage>
  count(act: string, now: number): Promise<number>
}

/** The header of a live record, or `undefined`. */
export type ReadHeader = (act: string, key: string, now: number) => Promise<Header | undefined>

export interface Listing extends Pages {
  readonly header: ReadHeader
}

/** Which of the server's keys are listed. */
export type Listed = Pick<Names, 'keyIn' | 'pattern'>

export const listingOf = (driver: Driver, calls: Calls, names: Names): Listing => {
  const header: ReadHeader = (act, key, now) => {
    const read = async (bytes: number): Promise<string> => {
      try {
        return text(await driver.send(names.record(key), ['GETRANGE', names.record(key), '0', String(bytes - 1)]))
      } catch (error) {
        if (replyWord(error) === 'WRONGTYPE') return ''
        throw error
      }
    }
    return calls.ask(act, async () => {
      const start = await read(HEADER_BYTES)
      const length = headerLength(start)
      return liveHeader(length <= HEADER_BYTES ? start : await read(length), now)
    })
  }
  return { header, ...pagesOf(driver, calls, names, header) }
}

export const pagesOf = (driver: Driver, calls: Calls, names: Listed, header: ReadHeader): Pages => {
  const rowsOf = async (act: string, keys: readonly string[], now: number): Promise<StoreListing[]> => {
    const headers = await forEach(keys, (key) => header(act, key, now))
    return keys.flatMap((key, index) => {
      const found = headers[index]
      if (found === undefined) return []
      const { expiresAt, owner } = found
      return [owner === undefined ? { key, expiresAt } : { key, expiresAt, owner }]
    })
  }

  const mastersOf = (act: string): Promise<readonly Master[]> =>
    calls.ask(act, async () => {
      const masters = await driver.masters()
      return [...masters].sort((a, b) => (a.name < b.name ? -1 : 1))
    })

  return {
    async page(act, given, limit, now) {
      const masters = await mastersOf(act)
      const spread = await calls.ask(act, () => spreadOf(masters))
      const from = readCursor(given)
      let index = masters.findIndex(({ name }) => name === from?.node)
      let server = ''
      const turnTo = async (at: number): Promise<Master> => {
        const master = masters[at] as Master
        server = spread + (await calls.ask(act, () => processOf(master)))
        return master
      }
      let master = await turnTo(Math.max(index, 0))
      let at: Cursor = { node: master.name, server, position: '0' }
      if (from !== undefined && from.server === server) at = from
      else if (index > 0) master = await turnTo(0)
      if (at.node !== master.name) at = { node: master.name, server, position: '0' }
      index = masters.indexOf(master)

      const rows: StoreListing[] = []
      for (let scans = 0; scans < MOST_SCANS && rows.length < limit; scans++) {
        const { next, keys } = await calls.ask(act, () => scan(master, names, at.position, Math.max(limit, 10)))
        // The same stretch as when its first keys were taken. Another one may have keys that were not there then.
        const left = at.last !== undefined && at.next === next ? keys.filter((key) => key > (at.last as string)) : keys
        const taken = left.slice(0, limit - rows.length)
        rows.push(...(await rowsOf(act, taken, now)))
        if (taken.length < left.length) {
          const last = taken.at(-1) as string
          return { entries: rows, cursor: writeCursor({ ...at, server, next, last }) }
        }
        if (next === '0') {
          index++
          if (index === masters.length) return { entries: rows }
          master = await turnTo(index)
        }
        at = { node: master.name, server, position: next }
      }
      return { entries: rows, cursor: writeCursor(at) }
    },

    async count(act, now) {
      let entries = 0
      for (const master of await mastersOf(act)) {
        let position = '0'
        do {
          const { next, keys } = await calls.ask(act, () => scan(master, names, position, MOST_LOOKED_AT))
          for (const found of await forEach(keys, (key) => header(act, key, now))) if (found) entries++
          position = next
        } while (position !== '0')
      }
      return entries
    },
  }
}

/** One step of SCAN: the store's own keys in it, once each, in order. */
export const scan = async (
  { send }: Master,
  names: Listed,
  position: string,
  count: number,
): Promise<{ readonly next: string; readonly keys: readonly string[] }> => {
  const [next, found] = list(await send(['SCAN', position, 'MATCH', names.pattern, 'COUNT', String(count)]))
  const keys = new Set<string>()
  for (const name of list(found)) {
    const key = names.keyIn(text(name))
    if (key !== undefined) keys.add(key)
  }
  return { next: text(next), keys: [...keys].sort() }
}

/** Which process a server is, as far as it may be asked. */
const processOf = async ({ send }: Master): Promise<string> => {
  const info = await permitted(send(['INFO', 'server']))
  return /^run_id:(\S+)/m.exec(info)?.[1]?.slice(0, 12) ?? ''
}

/** How the slots of a cluster are spread over its masters, in short. */
const spreadOf = async (masters: readonly Master[]): Promise<string> => {
  const [first] = masters
  if (first === undefined || masters.length < 2) return ''
  const nodes = (await permitted(first.send(['CLUSTER', 'NODES'])))
    .split('\n')
    .map((line) => line.trim().split(' '))
    .filter((parts) => parts[2]?.includes('master'))
    .map((parts) => `${parts[0]} ${parts.slice(8).join(' ')}`)
  const known = [...nodes.sort(), ...masters.map(({ name }) => name)].join('\n')
  return `${createHash('sha1').update(known).digest('base64url').slice(0, 12)}.`
}

/** What is not permitted is not known. */
const permitted = async (reply: Promise<unknown>): Promise<string> => {
  try {
    return text(await reply)
  } catch (error) {
    if (['NOPERM', 'ERR'].includes(replyWord(error) ?? '')) return ''
    throw error
  }
}

const writeCursor = (cursor: Cursor): string => MARK + JSON.stringify(cursor)

const readCursor = (cursor: unknown): Cursor | undefined => {
  if (typeof cursor !== 'string' || !cursor.startsWith(MARK)) return undefined
  try {
    const { node, server, position, next, last } = JSON.parse(cursor.slice(MARK.length)) as Partial<Cursor>
    const texts = [node, server, position, next ?? '', last ?? '']
    if (!texts.every((one) => typeof one === 'string') || !/^[0-9]{1,20}$/.test(position as string)) return undefined
    return cursor.length > 2000 ? undefined : ({ node, server, position, next, last } as Cursor)
  } catch {
    return undefined
  }
}

/** A cursor of an owner's listing, which is a place in the index. */
export const writePlace = ([until, member]: readonly [string, string]): string => `${MARK}${until} ${member}`

export const readPlace = (cursor: unknown): readonly [string, string] | undefined => {
  const found = typeof cursor === 'string' ? /^hf:([0-9]{1,16}) ([ -~]{1,765})$/.exec(cursor) : null
  return found ? [found[1] as string, found[2] as string] : undefined
}
