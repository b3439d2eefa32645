import type { ExpressScenario } from '../support/types.ts'
import { matrix, withoutTouch } from './matrix.ts'

/** All scenarios by topic. */
export const topics: Readonly<Record<string, readonly ExpressScenario[]>> = {
  'the decision matrix': matrix,
  'a store without touch': withoutTouch,
}
