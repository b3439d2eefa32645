import type { ResolvedOptions } from '../options.ts'
import { plan, situation } from './commit.ts'
import type { Contract } from './contract.ts'
import { cookieLines, cookieValues, coversPath } from './cookie.ts'
import { dataText } from './data.ts'
import { deadline } from './expiry.ts'
import { decodeRecord, encodeRecord } from './record.ts'
import { type Claim, nativeToken } from './token.ts'

/** The native contract: signed tokens, lifetimes in the record, a cookie only when it is new. */
export function nativeContract(options: ResolvedOptions): Contract {
  const { cookie, idleTimeout, maxBytes } = options
  const token = nativeToken(options.secrets, cookie.name)
  const lines = cookieLines(cookie)

  return {
    several: 'none',
    deletesUnstored: false,
    issue: token.issue,
    rotate: token.rotate,
    text: dataText,

    claims({ events }, { cookieHeader, path }) {
      const values = cookieValues(cookieHeader, cookie.name)
      if (values.length === 0 || !coversPath(cookie.path, path)) return NOBODY
      const claims: Claim[] = []
      for (const value of values) {
        const claim = token.verify(value)
        if (claim) claims.push(claim)
        else events.emit({ type: 'refused', reason: 'forged' })
      }
      return claims
    },

    decode({ value }) {
      if (typeof value !== 'string') return 'not-ours'
      return value.length > maxBytes + 4096 ? 'too-large' : decodeRecord(value)
    },

    encode: encodeRecord,

    expiresAt: (record, now, before = 0) => Math.max(before, deadline(record, idleTimeout, now)),

    plan: (visit, bond, call, text, now) => plan(situation(visit, bond, call, text, now)),

    barred: ({ bar, exchange }) => bar ?? (exchange.headersSent() ? 'headers-sent' : undefined),

    send(visit) {
      const { exchange, cookie: due, bond } = visit
      if (due === 'none') return
      visit.cookie = 'none'
      if (exchange.headersSent()) return
      const overTls = cookie.secure === 'auto' ? exchange.secure() : cookie.secure
      if (due === 'clear') {
        visit.origin = undefined
        exchange.setCookie(lines.clear(overTls))
      } else if (bond.claim && bond.latest) {
        visit.origin = bond.claim
        const { persistent, absoluteAt } = bond.latest.record
        const until = (persistent ?? cookie.persistent) ? absoluteAt : undefined
        exchange.setCookie(lines.set(token.write(bond.claim), overTls, until))
      }
    },
  }
}

const NOBODY: readonly Claim[] = []
