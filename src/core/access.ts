import { isPlain } from './data.ts'
import { SessionDataError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import { SessionObject } from './session.ts'
import { destroy } from './verbs.ts'
import { clearData, dataOf, type Kernel, newBond, show, type Visit } from './visit.ts'

/** How an application reaches its session: `visit.session`, read and assigned. */

const shape = {
  get session(): SessionObject {
    return sessionOf(this as unknown as Visit)
  },
  set session(value: unknown) {
    assignSession(this as unknown as Visit, value)
  },
}

export function newVisit(kernel: Kernel, exchange: Exchange): Visit {
  const visit = Object.create(shape)
  visit.kernel = kernel
  visit.exchange = exchange
  visit.origin = undefined
  visit.bar = undefined
  visit.bond = newBond()
  visit.dying = NOBODY
  visit.cookie = 'none'
  visit.tail = undefined
  return visit
}

const NOBODY: readonly string[] = []

/** The session object of a request; its data are parsed now. */
function sessionOf(visit: Visit): SessionObject {
  if (visit.bond.live) return visit.bond.live as SessionObject
  const { claim, latest } = visit.bond
  const data = claim && latest ? dataOf(visit.kernel, claim.handle, latest.record.text) : undefined
  if (latest && !data) visit.bond = newBond()
  const { bond } = visit
  const live = new SessionObject(visit, bond)
  bond.live = live
  if (data) show(bond, data)
  return live
}

function assignSession(visit: Visit, value: unknown): void {
  if (value === null) {
    // A failure comes out of `finish`, which tries again.
    void destroy(visit, visit.bond)
    return
  }
  if (value !== undefined && value === visit.bond.live) return
  if (typeof value !== 'object' || !isPlain(value)) {
    throw new SessionDataError(
      'ERR_SESSION_DATA',
      '',
      'A session can be assigned null (which destroys it) or an object with its new data.',
    )
  }
  const live = sessionOf(visit)
  clearData(visit.bond)
  Object.assign(live, value)
}
