import type { Difference } from '../harness/compare.ts'

/** Where the drop-in does better than the package that it stands in for, on purpose. Everything else is equal. */
export const differences: readonly Difference[] = []
