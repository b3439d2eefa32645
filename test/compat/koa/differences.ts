import type { Difference } from '../harness/compare.ts'
import { asynchronous } from './differences/asynchronous.ts'
import { fewerWrites } from './differences/fewer-writes.ts'
import { hostileData } from './differences/hostile-data.ts'
import { nullOptions } from './differences/null-options.ts'
import { others } from './differences/others.ts'
import { overlapping } from './differences/overlapping.ts'
import { sessionLifetime } from './differences/session-lifetime.ts'

/** The reviewed list: where ours differs from the published package on purpose, and exactly how. */
export const differences: readonly Difference[] = [
  ...nullOptions,
  ...fewerWrites,
  ...sessionLifetime,
  ...hostileData,
  ...asynchronous,
  ...overlapping,
  ...others,
]
