import * as door from '../../src/index.ts'

/**
 * The engine that proofs run on: the project's own, or a copy of it with a fault seeded into it. Proofs take it as a
 * parameter and import only its types, so that one run can put them to many engines.
 */
export type Engine = typeof door

export const ENGINE: Engine = door

/** 32 bytes and more, different from each other, and no secrets. */
export const SECRET = 'a secret for tests, which is longer than 32 bytes'
export const OLD_SECRET = 'the secret before that one, not shorter than 32 bytes'
