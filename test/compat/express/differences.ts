import type { Difference } from '../harness/compare.ts'
import { applications } from './differences/applications.ts'
import { cookies } from './differences/cookies.ts'
import { data } from './differences/data.ts'
import { methods } from './differences/methods.ts'
import { options } from './differences/options.ts'
import { races } from './differences/races.ts'
import { requests } from './differences/requests.ts'
import { responses } from './differences/responses.ts'
import { stores } from './differences/stores.ts'

/** Where the drop-in does better than the package that it stands in for, on purpose. Everything else is equal. */
export const differences: readonly Difference[] = [
  ...applications,
  ...cookies,
  ...data,
  ...methods,
  ...options,
  ...races,
  ...requests,
  ...responses,
  ...stores,
]
