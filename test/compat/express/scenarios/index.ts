import type { ExpressScenario } from '../support/types.ts'
import { applications } from './applications.ts'
import { composition } from './composition.ts'
import { cookieObject } from './cookie-object.ts'
import { cookies } from './cookies.ts'
import { data } from './data.ts'
import { lookup } from './lookup.ts'
import { matrix, withoutTouch } from './matrix.ts'
import { methods } from './methods.ts'
import { options } from './options.ts'
import { paths } from './paths.ts'
import { races } from './races.ts'
import { responses } from './responses.ts'
import { storeBase } from './store-base.ts'
import { stores } from './stores.ts'

/** All scenarios by topic. */
export const topics: Readonly<Record<string, readonly ExpressScenario[]>> = {
  'the decision matrix': matrix,
  'a store without touch': withoutTouch,
  options,
  cookies,
  lookup,
  paths,
  methods,
  'the Cookie object': cookieObject,
  'the Store, the Session, the MemoryStore': storeBase,
  stores,
  responses,
  'session data': data,
  applications,
  composition,
  races,
}
