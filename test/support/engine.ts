import { cookieValues } from '../../src/core/cookie.ts'
import { applied, difference } from '../../src/core/patch.ts'
import { decodeRecord, encodeRecord } from '../../src/core/record.ts'
import { nativeToken } from '../../src/core/token.ts'
import { createSessions } from '../../src/index.ts'

/**
 * The engine that proofs run on: the project's own, or a copy of it with a fault seeded into it. Proofs take it as a
 * parameter, so that one run can put them to many engines.
 */
export interface Engine {
  readonly createSessions: typeof createSessions
  readonly nativeToken: typeof nativeToken
  readonly cookieValues: typeof cookieValues
  readonly encodeRecord: typeof encodeRecord
  readonly decodeRecord: typeof decodeRecord
  readonly difference: typeof difference
  readonly applied: typeof applied
}

export const ENGINE: Engine = {
  createSessions,
  nativeToken,
  cookieValues,
  encodeRecord,
  decodeRecord,
  difference,
  applied,
}

/** The engine of a copy of `src`, as it is or compiled. */
export async function engineAt(folder: string, extension: 'ts' | 'mjs' = 'ts'): Promise<Engine> {
  const files = ['index', 'core/token', 'core/cookie', 'core/record', 'core/patch']
  const modules = await Promise.all(files.map((file) => import(/* @vite-ignore */ `${folder}/${file}.${extension}`)))
  return Object.assign({}, ...modules) as Engine
}

/** 32 bytes and more, different from each other, and no secrets. */
export const SECRET = 'a secret for tests, which is longer than 32 bytes'
export const OLD_SECRET = 'the secret before that one, not shorter than 32 bytes'
