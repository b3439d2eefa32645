/** Deletes that are acknowledged only when replicas have them, so that a failover does not bring a session back. */

import { SessionOptionError } from '../../core/errors.ts'
import { checkNames } from '../internal/options.ts'
import { evaluate, text } from './calls.ts'
import type { Driver } from './client.ts'
import { failure } from './failure.ts'
import type { Script } from './scripts.ts'

export interface RedisWait {
  /** How many replicas have to acknowledge it: 1 to 16. */
  readonly replicas: number
  /** For how long, in milliseconds: 1 to 60,000. Default 500. */
  readonly timeout?: number | undefined
}

export type CheckedWait = Required<RedisWait> | undefined

const DEFAULT_TIMEOUT_MS = 500

export const checkWait = (wait: unknown): CheckedWait => {
  if (wait === undefined) return undefined
  if (typeof wait !== 'object' || wait === null) {
    throw new SessionOptionError('wait', 'is not an object.', 'For example: { replicas: 1, timeout: 500 }.')
  }
  checkNames(wait, ['replicas', 'timeout'])
  const { replicas, timeout = DEFAULT_TIMEOUT_MS } = wait as Partial<RedisWait>
  return { replicas: whole(replicas, 'wait.replicas', 16), timeout: whole(timeout, 'wait.timeout', 60_000) }
}

const whole = (value: unknown, option: string, most: number): number => {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value
  throw new SessionOptionError(option, `is not a whole number from 1 to ${most}.`)
}

/**
 * Runs a script on one key and waits for the replicas, whatever its answer: one that finds nothing may be the second
 * attempt of one that was not confirmed.
 */
export const confirmed = (
  driver: Driver,
  wait: Required<RedisWait>,
  act: string,
  script: Script,
  key: string,
  args: readonly string[],
): Promise<string> =>
  driver.onOneConnection(key, async (send) => {
    const answer = text(await evaluate({ send: (_key, command) => send(command) }, script, key, args))
    const replicas = Number(text(await send(['WAIT', String(wait.replicas), String(wait.timeout)])))
    // A connection that was made anew in between may lead to a new master, to which the delete never came.
    const isBack = answer.startsWith('1') && Number(text(await send(['EXISTS', key]))) > 0
    if (replicas >= wait.replicas && !isBack) return answer
    const help = 'It may come back if the server fails over now. Try again, or look at the replicas.'
    throw failure(act, 'it is done, but too few replicas have acknowledged it in time.', help, true)
  })
