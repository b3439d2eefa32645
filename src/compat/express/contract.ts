import { addCookie, headersGone } from '../../adapters/internal/hold.ts'
import type { Contract } from '../../core/contract.ts'
import type { InPlaceStore, Store } from '../../core/store.ts'
import type { Claim } from '../../core/token.ts'
import { claimOf } from '../internal/engine.ts'
import { decodeCompat, LAST_DATE } from '../internal/record.ts'
import { cookieLine } from './cookie.ts'
import { canSend, type Passage, shouldSave, shouldSetCookie } from './passage.ts'
import { Session } from './session.ts'
import { signed, type Verified } from './signature.ts'

/** How long a session without `cookie.expires` is kept from its last use. As in the stores of express-session. */
export const DEFAULT_TTL = 86_400_000

/** The contract of express-session for one request. `store` is the Holdfast store, if it is one. */
export function expressContract(passage: Passage, ids: readonly Verified[], store: Store | undefined): Contract {
  const { settings, res } = passage
  const lifetime = (store as Partial<InPlaceStore> | undefined)?.lifetime ?? DEFAULT_TTL
  const live = (): Session => passage.visit.bond.live as Session

  return {
    several: 'first',
    deletesUnstored: store === undefined,

    claims: () => ids.map(({ id, signedBy }): Claim => claimOf(store, id, signedBy)),

    issue: () => claimOf(store, passage.req.sessionID as string),

    // `regenerate()` of express-session ends one session and begins another.
    rotate: (claim) => claim,

    text(data) {
      try {
        passage.text = dataTextOf(data)
      } catch (error) {
        passage.unkeepable = error
        throw error
      }
      return passage.text
    },

    decode(entry) {
      const record = decodeCompat(entry, dataTextOf)
      passage.raw = record === 'corrupt' ? undefined : record.raw
      return record
    },

    encode({ text }) {
      passage.put = text
      const cookie = JSON.stringify(live().cookie)
      return text === '{}' ? `{"cookie":${cookie}}` : `{"cookie":${cookie},${text.slice(1)}`
    },

    expiresAt(_record, now) {
      const expires = live().cookie?.expires
      const at = expires instanceof Date ? expires.getTime() : Number.NaN
      return Number.isNaN(at) ? now + lifetime : Math.min(at, LAST_DATE)
    },

    plan(visit, bond, { explicit }, text) {
      if (bond.over) return 'nothing'
      const write = bond.latest ? 'update' : 'insert'
      if (!bond.live || visit.bond !== bond) return 'nothing'
      const first = passage.begunText === undefined
      if (!explicit) {
        const due = first ? shouldSave(passage, text) : text !== passage.begunText
        passage.begunText = text
        if (!due) return first && bond.latest && passage.cookieId === passage.req.sessionID ? 'touch' : 'nothing'
        // A session whose cookie cannot be sent would stay in the store with nobody to use it.
        if (!bond.latest && (!canSend(passage) || headersGone(res))) return 'nothing'
      }
      passage.savedId = live().id
      passage.savedText = text
      return write
    },

    barred: () => undefined,

    send({ bond }) {
      const { req, sent } = passage
      // Only what the store is known to hold gets a cookie.
      if (sent || bond.over || !bond.latest || headersGone(res)) return
      if (!shouldSetCookie(passage) || !canSend(passage)) return
      passage.sent = true
      const [secret] = passage.secrets
      const value = signed(req.sessionID as string, secret as NonNullable<typeof secret>)
      try {
        addCookie(res, cookieLine(settings.name, value, (req.session as Session).cookie.data))
      } catch (error) {
        setImmediate(passage.next, error)
      }
    },
  }
}

/** The data as JSON text: everything but the cookie, and but keys that would be members of a session. */
export function dataTextOf(data: object): string {
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(data)) {
    if (key !== 'cookie' && !(key in Session.prototype)) copy[key] = (data as Record<string, unknown>)[key]
  }
  return JSON.stringify(copy) ?? '{}'
}
