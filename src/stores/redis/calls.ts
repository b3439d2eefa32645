/** The one place that asks the client: scripts that the server has forgotten, a short patience, coded errors. */

import { SessionStoreError } from '../../core/errors.ts'
import type { Driver } from './client.ts'
import { isNotBegun, replyWord, storeFailure } from './failure.ts'
import type { Script } from './scripts.ts'

/** Between attempts, when the server says that it has not begun. Together less than a failover takes a user's patience. */
const PAUSES_MS = [50, 100, 200]

export interface Calls {
  /** Resolves with what `send` resolves with. `act` is what the caller tries to do, for the message of a failure. */
  ask<T>(act: string, send: () => Promise<T>): Promise<T>
  /** Runs a script on one key, and resolves with its text. */
  run(act: string, script: Script, key: string, args: readonly string[]): Promise<string>
  /** The same of a script that answers with a list. */
  list(act: string, script: Script, key: string, args: readonly string[]): Promise<readonly unknown[]>
  /** Throws when the store was closed. */
  admit(act: string): void
  close(): void
}

export const callsOf = (driver: Driver): Calls => {
  let closed = false

  const admit = (act: string): void => {
    if (!closed) return
    throw new SessionStoreError('ERR_SESSION_STORE', `The redis store could not ${act}: it was closed.`)
  }

  const again = async <T>(act: string, send: () => Promise<T>, first: unknown): Promise<T> => {
    let error = first
    for (const pause of PAUSES_MS) {
      if (!isNotBegun(error)) break
      await new Promise((resolve) => setTimeout(resolve, pause))
      try {
        return await send()
      } catch (next) {
        error = next
      }
    }
    throw storeFailure(act, error)
  }

  const ask: Calls['ask'] = (act, send) => {
    admit(act)
    try {
      return send().catch((error: unknown) => again(act, send, error))
    } catch (error) {
      return again(act, send, error)
    }
  }

  return {
    ask,
    run: (act, script, key, args) => ask(act, async () => text(await evaluate(driver, script, key, args))),
    list: (act, script, key, args) => ask(act, async () => list(await evaluate(driver, script, key, args))),
    admit,
    close() {
      closed = true
    },
  }
}

/** EVALSHA, or EVAL where the server does not have the script (any more). */
export const evaluate = async (
  { send }: Pick<Driver, 'send'>,
  script: Script,
  key: string,
  args: readonly string[],
): Promise<unknown> => {
  try {
    return await send(key, ['EVALSHA', script.sha, '1', key, ...args])
  } catch (error) {
    if (replyWord(error) !== 'NOSCRIPT') throw error
    return send(key, ['EVAL', script.text, '1', key, ...args])
  }
}

/** A reply as text. Clients can be set to answer with bytes. */
export const text = (reply: unknown): string => {
  if (typeof reply === 'string') return reply
  if (reply instanceof Uint8Array) return Buffer.from(reply.buffer, reply.byteOffset, reply.byteLength).toString()
  if (typeof reply === 'number' || typeof reply === 'bigint') return String(reply)
  throw new TypeError(`The client answered with ${reply === null ? 'null' : typeof reply} where text was expected.`)
}

/** A reply as a list. */
export const list = (reply: unknown): readonly unknown[] => {
  if (Array.isArray(reply)) return reply
  throw new TypeError('The client answered with something else where a list was expected.')
}

/** The results for all items, a few at a time, so that a client whose queue is bounded is not overrun. */
export const forEach = async <T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> => {
  const results: R[] = []
  for (let from = 0; from < items.length; from += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(work))))
  }
  return results
}

const AT_ONCE = 100
