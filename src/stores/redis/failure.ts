/** What the server or the driver said, as one coded error. Decided by the first word of an error reply. */

import { isSessionError, SessionStoreError } from '../../core/errors.ts'

interface Meaning {
  readonly problem: string
  readonly help: string
  readonly retryable?: boolean
}

const CREDENTIALS: Meaning = {
  problem: "the server does not accept the client's user and password",
  help: 'Give the client the present credentials.',
}
const FAILING_OVER: Meaning = {
  problem: 'the server is not, or not yet, one that takes this command',
  help: 'This passes when a failover, a restart or a move of slots is over.',
  retryable: true,
}

const MEANINGS: Readonly<Record<string, Meaning>> = {
  READONLY: {
    problem: 'the server is a replica and takes no writes',
    help: 'This passes when the client has found the new master. If it lasts, connect it by Sentinel or Cluster.',
    retryable: true,
  },
  LOADING: FAILING_OVER,
  MASTERDOWN: FAILING_OVER,
  CLUSTERDOWN: FAILING_OVER,
  TRYAGAIN: FAILING_OVER,
  MOVED: FAILING_OVER,
  ASK: FAILING_OVER,
  NOREPLICAS: {
    problem: 'too few replicas are connected to the server (min-replicas-to-write)',
    help: 'Look at the replicas; nothing was written.',
    retryable: true,
  },
  BUSY: { problem: 'the server is busy with a script', help: 'See SCRIPT KILL.', retryable: true },
  OOM: {
    problem: "the server's memory is full",
    help: 'Raise maxmemory or make room; nothing was written.',
  },
  MISCONF: {
    problem: 'the server cannot save to its disk and takes no writes',
    help: "Look at the server's log and disk; nothing was written.",
  },
  NOAUTH: CREDENTIALS,
  WRONGPASS: CREDENTIALS,
  NOPERM: {
    problem: "the server does not permit the client's user this command or key",
    help: "Add it to the user's ACL; the documentation of the store lists what is needed.",
  },
  WRONGTYPE: {
    problem: 'a key that the store uses holds something else',
    help: 'Give the store a prefix of its own.',
  },
  CROSSSLOT: { problem: 'the server and the client disagree on the slot of a key', help: 'Use a cluster client.' },
}

/** Redis 6 and earlier puts a script's error behind its own words, with a hyphen before it. */
const REPLY = /^-?([A-Z][A-Z0-9]+)(?: |$)/

/** The first word of an error reply, like `READONLY`. `undefined` when the error is the driver's and no reply. */
export const replyWord = (error: unknown): string | undefined => {
  const message = (error as { readonly message?: unknown } | null | undefined)?.message
  return typeof message === 'string' ? REPLY.exec(message)?.[1] : undefined
}

/** Replies of a server that has not begun with the command, and perhaps does so in a moment. */
const NOT_BEGUN = new Set(['READONLY', 'LOADING', 'MASTERDOWN', 'CLUSTERDOWN', 'TRYAGAIN', 'MOVED', 'ASK'])

export const isNotBegun = (error: unknown): boolean => NOT_BEGUN.has(replyWord(error) ?? '')

/** The coded error for whatever happened while the store tried to `act`, with the driver's error as its cause. */
export const storeFailure = (act: string, error: unknown): unknown => {
  if (isSessionError(error)) return error
  const word = replyWord(error)
  if (word === undefined) {
    const help = "Look at the server, the network and the client's options; the error's cause says more."
    return failure(act, 'the client got no answer.', help, true, error)
  }
  const meaning = MEANINGS[word]
  const isRefusedClient = word === 'ERR' && /max number of clients/.test((error as Error).message)
  if (isRefusedClient) return failure(act, 'the server has too many clients.', 'See maxclients.', true, error)
  if (meaning === undefined) return failure(act, `the server failed (${word}).`, "See the error's cause.", false, error)
  return failure(act, `${meaning.problem} (${word}).`, meaning.help, meaning.retryable === true, error)
}

export const failure = (
  act: string,
  problem: string,
  help: string,
  retryable: boolean,
  cause?: unknown,
): SessionStoreError =>
  new SessionStoreError('ERR_SESSION_STORE', `The redis store could not ${act}: ${problem} ${help}`, {
    retryable,
    help,
    ...(cause === undefined ? {} : { cause }),
  })
