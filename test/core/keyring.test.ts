import { createHmac, hkdfSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyring } from '../../src/core/keyring.ts'
import { randomText } from '../../src/core/random.ts'

const SECRET = 'a secret for tests, which is longer than 32 bytes'

describe('keyring', () => {
  it('signs exactly as HMAC-SHA256 under an HKDF key', () => {
    const key = Buffer.from(hkdfSync('sha256', SECRET, '', 'holdfast/token/v1', 32))
    const { sign } = keyring([SECRET], 'token/v1')
    fc.assert(
      fc.property(
        fc.string({ maxLength: 700, unit: fc.integer({ min: 32, max: 0x2fff }).map((c) => String.fromCharCode(c)) }),
        (message) => {
          expect(sign(message)).toBe(createHmac('sha256', key).update(message, 'utf8').digest('base64url'))
        },
      ),
    )
  })

  it('T029 T044 T112 another purpose or another hash is another key', () => {
    const mac = keyring([SECRET], 'csrf').sign('x')
    expect(keyring([SECRET], 'token/v1').verify('x', mac)).toBe(-1)
    expect(keyring([SECRET], 'token/v1').verify('x', createHmac('sha1', SECRET).update('x').digest('base64url'))).toBe(
      -1,
    )
  })

  it('T026 T041 accepts the exact MAC only, of whatever length the other is', () => {
    const ring = keyring([SECRET], 'token/v1')
    const mac = ring.sign('x')
    expect(ring.verify('x', mac)).toBe(0)
    for (let length = 0; length <= 128; length++)
      if (length !== 43) expect(ring.verify('x', mac.repeat(3).slice(0, length))).toBe(-1)
    for (let at = 0; at < 43; at++) {
      for (let bit = 0; bit < 7; bit++) {
        const flipped = mac.slice(0, at) + String.fromCharCode(mac.charCodeAt(at) ^ (1 << bit)) + mac.slice(at + 1)
        expect(ring.verify('x', flipped)).toBe(-1)
      }
      // The same low byte in a wider character.
      expect(
        ring.verify('x', mac.slice(0, at) + String.fromCharCode(mac.charCodeAt(at) + 0x100) + mac.slice(at + 1)),
      ).toBe(-1)
    }
  })

  it('T108 random texts do not repeat', () => {
    const seen = new Set(Array.from({ length: 100_000 }, () => randomText(8)))
    expect(seen.size).toBe(100_000)
    expect(randomText(16)).toMatch(/^[\w-]{22}$/)
  })
})
