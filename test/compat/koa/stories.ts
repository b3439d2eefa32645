import type { Story } from './scenario.ts'
import { assignment } from './scenarios/assignment.ts'
import { asynchronous } from './scenarios/async.ts'
import { construction } from './scenarios/construction.ts'
import { cookieOptions } from './scenarios/cookie-options.ts'
import { decisions, explicitSaves } from './scenarios/decisions.ts'
import { failures } from './scenarios/failures.ts'
import { hooks } from './scenarios/hooks.ts'
import { lifetime } from './scenarios/lifetime.ts'
import { live } from './scenarios/live.ts'
import { members } from './scenarios/members.ts'
import { mounting } from './scenarios/mounting.ts'
import { odd } from './scenarios/odd.ts'
import { races } from './scenarios/races.ts'
import { sent } from './scenarios/sent.ts'
import { hostileKeys, storedKeys } from './scenarios/stored-keys.ts'
import { stores } from './scenarios/stores.ts'
import { validity } from './scenarios/validity.ts'

/** Everything that is told to both. */
export const stories: readonly Story[] = [
  ...cookieOptions,
  ...lifetime,
  ...decisions,
  ...explicitSaves,
  ...members,
  ...assignment,
  ...storedKeys,
  ...hostileKeys,
  ...validity,
  ...stores,
  ...failures,
  ...hooks,
  ...live,
  ...construction,
  ...mounting,
  ...sent,
  ...asynchronous,
  ...races,
  ...odd,
]
