import type { Reason, Scene } from './scene.ts'
import { type Session, shownBy } from './session.ts'

/** Why a session is to be saved, if it is. */
export function reasonOf({ visit, opts, saved }: Scene, session: Session): Reason | undefined {
  const { latest, seen } = visit.bond
  const data = shownBy(session)
  if (!latest && Object.keys(data).length === 0) return undefined
  if (!latest || JSON.stringify(data) !== seen) return 'changed'
  if (saved) return undefined
  if (opts.rolling) return 'rolling'
  const { _expire: end, maxAge } = session
  const isLate = end && maxAge && end - Date.now() < (maxAge as number) / 2
  return opts.renew && isLate ? 'renew' : undefined
}
