import type { StoreWeakness } from '../store-weaknesses.ts'

/** One rule of the store port is one test. Its title says the rule, so that the list of titles is the specification. */
export interface Rule<Subject> {
  readonly title: string
  readonly check: (subject: Subject) => Promise<void>
  /** Each of these excuses a store that declares it from the rule. */
  readonly unless: readonly StoreWeakness[]
}

export interface Chapter<Subject> {
  readonly title: string
  readonly rules: readonly Rule<Subject>[]
}

export const rule = <Subject>(
  title: string,
  check: (subject: Subject) => Promise<void>,
  ...unless: readonly StoreWeakness[]
): Rule<Subject> => ({ title, check, unless })
