import type { Difference } from '../harness/compare.ts'

/** The reviewed list: where ours differs from the published package on purpose, and exactly how. */
export const differences: readonly Difference[] = []
