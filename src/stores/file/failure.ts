/** What the store's errors say: the path, and nothing of what is in the file. */

import { isSessionError, SessionStoreError } from '../../core/errors.ts'
import { codeOf } from './disk.ts'

/** A folder that somebody else could have put things into. */
export function unsafe(path: string, problem: string): SessionStoreError {
  return new SessionStoreError('ERR_SESSION_STORE', `The file store does not use ${path}: it ${problem}.`, {
    help: 'Give it a folder of its own that only the user of this process can use (chmod 700).',
  })
}

const HELP: Readonly<Record<string, string>> = {
  EACCES: 'Let the user of this process read and write there.',
  EPERM: 'Let the user of this process read and write there.',
  EROFS: 'The file system is mounted read-only.',
  ENOSPC: 'Make room on the disk.',
  EDQUOT: 'Make room within the disk quota.',
  EMFILE: 'Raise the limit of open files (ulimit -n).',
}

/** System errors become errors of the store; all others stay what they are. */
export function coded(error: unknown, directory: string): unknown {
  const code = codeOf(error)
  if (code === undefined || isSessionError(error)) return error
  const { path = directory, syscall = 'use' } = error as NodeJS.ErrnoException
  return new SessionStoreError('ERR_SESSION_STORE', `The file store could not ${syscall} ${path}: ${code}.`, {
    cause: error,
    retryable: true,
    ...(HELP[code] ? { help: HELP[code] } : {}),
  })
}
