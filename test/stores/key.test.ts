import { describe, expect, it } from 'vitest'
import { isSessionError } from '../../src/core/errors.ts'
import {
  checkDeadline,
  checkEntry,
  checkKey,
  clampLimit,
  isKey,
  isOwner,
  isRevision,
} from '../../src/stores/internal/key.ts'

const notText: unknown[] = [
  undefined,
  null,
  7,
  7n,
  true,
  Symbol('key'),
  /key/,
  ['key'],
  { $ne: null },
  { $gt: '' },
  { _bsontype: 'ObjectId' },
  { toString: () => 'key' },
  new String('key'),
  () => 'key',
]

const codeOf = (act: () => void): { code: string; message: string } | undefined => {
  try {
    act()
  } catch (error) {
    if (isSessionError(error)) return { code: error.code, message: error.message }
    throw error
  }
  return undefined
}

describe('isKey', () => {
  it('takes 1 to 255 printable ASCII characters', () => {
    for (const key of [
      'k',
      '__proto__',
      'a b',
      '../../etc/passwd',
      `'; drop table x; --`,
      '{tag}',
      'x'.repeat(255),
      '~',
    ]) {
      expect(isKey(key), key).toBe(true)
    }
  })

  it('refuses empty, long, control and non-ASCII text', () => {
    for (const key of ['', 'x'.repeat(256), 'a\n', 'a\0', '\x7f', 'é', '\ud800', 'a\u2028']) {
      expect(isKey(key), JSON.stringify(key)).toBe(false)
    }
  })

  it('T053 T054: refuses what is not text, and never converts it', () => {
    for (const key of notText) expect(isKey(key)).toBe(false)
    const trap = new Proxy({}, { get: () => expect.fail('it was asked for a property') })
    expect(isKey(trap)).toBe(false)
  })
})

describe('isOwner and isRevision', () => {
  it('take text that every backend keeps apart', () => {
    for (const owner of ['u', '42', 'ünï😀', 'x'.repeat(255), ' ']) expect(isOwner(owner), owner).toBe(true)
    for (const owner of ['', 'x'.repeat(256), 'a\0', '\ud800', '\udc00a', ...notText])
      expect(isOwner(owner)).toBe(false)
    expect(isRevision('x'.repeat(64))).toBe(true)
    for (const revision of ['', 'x'.repeat(65), 'é', 'a\n', ...notText]) expect(isRevision(revision)).toBe(false)
  })
})

describe('checkKey, checkEntry and checkDeadline', () => {
  const good = { value: '', expiresAt: -1, revision: 'r' }

  it('pass what can be kept', () => {
    checkKey('k')
    checkEntry(good)
    checkEntry({ ...good, owner: undefined, value: '\ud800\0' })
    checkEntry({ ...good, owner: 'u', expiresAt: Number.MAX_SAFE_INTEGER })
    checkDeadline(0)
  })

  it('throw ERR_SESSION_KEY on what cannot', () => {
    const bad: (() => void)[] = [
      ...notText.map((key) => () => checkKey(key)),
      ...notText.map((entry) => () => checkEntry(entry)),
      ...notText.map((value) => () => checkEntry({ ...good, value })),
      ...notText.map((revision) => () => checkEntry({ ...good, revision })),
      ...notText.slice(1).map((owner) => () => checkEntry({ ...good, owner })),
      ...[Number.NaN, Number.POSITIVE_INFINITY, 1.5, 2 ** 53, '1', 1n, null].map((at) => () => checkDeadline(at)),
    ]
    for (const act of bad) expect(codeOf(act)?.code).toBe('ERR_SESSION_KEY')
  })

  it('never repeat what was given', () => {
    const canary = 'canary\n'.repeat(60)
    for (const act of [
      () => checkKey(canary),
      () => checkEntry({ ...good, revision: canary }),
      () => checkEntry({ ...good, owner: canary }),
    ]) {
      expect(codeOf(act)?.message).not.toContain('canary')
    }
  })
})

describe('clampLimit', () => {
  it('makes a whole number between 1 and the most', () => {
    expect([0, -5, 1, 2.9, 10, 11, Number.POSITIVE_INFINITY].map((n) => clampLimit(n, 10))).toEqual([
      1, 1, 1, 2, 10, 10, 10,
    ])
    expect([undefined, Number.NaN, '5', null].map((n) => clampLimit(n, 10))).toEqual([1, 1, 1, 1])
  })
})
