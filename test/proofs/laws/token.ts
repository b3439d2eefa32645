import fc from 'fast-check'
import { type Engine, OLD_SECRET, SECRET } from '../../support/engine.ts'

/** Only what this server signed, for this cookie, as a whole, is a claim. Throws with the first that is not so. */
export function tokenLaws({ nativeToken }: Engine, numRuns: number, seed: number): void {
  const scheme = nativeToken([SECRET], 'sid')
  const claim = scheme.issue()
  const value = scheme.write(claim)
  const refuse = (text: string, how: string): void => {
    if (scheme.verify(text)) throw new Error(`a cookie with ${how} was taken for ours`)
  }

  // T026: every bit of it, every end of it.
  for (let at = 0; at < value.length; at++) {
    for (let bit = 0; bit < 16; bit++) {
      const flipped = String.fromCharCode(value.charCodeAt(at) ^ (1 << bit))
      refuse(value.slice(0, at) + flipped + value.slice(at + 1), `bit ${bit} of character ${at} flipped`)
    }
    refuse(value.slice(0, at), `only ${at} characters`)
    refuse(value.slice(0, at) + value.slice(at + 1), `character ${at} missing`)
    refuse(`${value.slice(0, at)}.${value.slice(at)}`, `a dot before character ${at}`)
  }
  for (const end of ['.', 'A', '=', '\0', '\u0100', ' ']) refuse(value + end, `${JSON.stringify(end)} at its end`)

  // T028 T033 T061: another cookie's, another server's.
  refuse(nativeToken([SECRET], 'other').write(claim), 'the MAC of another cookie name')
  refuse(nativeToken([OLD_SECRET], 'sid').write(claim), 'the MAC of another secret')

  // T032 T034: all verify, the first signs.
  const both = nativeToken([SECRET, OLD_SECRET], 'sid')
  const old = both.verify(nativeToken([OLD_SECRET], 'sid').write(claim))
  if (old?.signedBy !== 1 || both.verify(value)?.signedBy !== 0) throw new Error('a secret in the list did not verify')
  if (both.write(claim) !== value) throw new Error('another secret than the first one signed')

  // T132: a rotation keeps the handle and nothing else; claims never repeat.
  const next = scheme.rotate(claim)
  if (next.handle !== claim.handle) throw new Error('a rotation changed the handle')
  if (next.nonce === claim.nonce || next.proof === claim.proof) throw new Error('a rotation kept the nonce')
  const many = Array.from({ length: 1000 }, () => scheme.issue())
  if (new Set(many.flatMap(({ handle, nonce }) => [handle, nonce])).size !== 2000)
    throw new Error('a claim was repeated')

  fc.assert(
    fc.property(fc.nat({ max: 1_000_000 }), (renewal) => {
      const written = scheme.verify(scheme.write({ ...claim, renewal }))
      const read = JSON.stringify({ ...written, signedBy: 0 })
      if (read !== JSON.stringify({ ...claim, renewal, signedBy: 0 })) throw new Error(`${renewal} was read as ${read}`)
    }),
    { numRuns, seed },
  )
  // T025: whatever else there is.
  const anything = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(fc.stringMatching(/^[A-Za-z0-9_-]{0,43}$/), { maxLength: 5 }).map((parts) => parts.join('.')),
  )
  fc.assert(
    fc.property(anything, (text) => refuse(text, 'nothing of ours')),
    { numRuns, seed },
  )
}
