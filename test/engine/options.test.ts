import { describe, expect, it } from 'vitest'
import { SECRET } from '../support/engine.ts'
import { createSessions, memoryStore } from './setup.ts'

const built = (options: object) => (): unknown => createSessions({ secrets: SECRET, sweepEvery: false, ...options })

describe('options', () => {
  it.each<[string, object, string, RegExp]>([
    ['an unknown one', { idelTimeout: 1 }, 'idelTimeout', /Did you mean "idleTimeout"/],
    ["another library's secret", { secret: 'x' }, 'secret', /Did you mean "secrets"/],
    ["another library's maxAge", { maxAge: 1 }, 'maxAge', /Did you mean "idleTimeout"/],
    ['one far from all', { zzzzzzzzzz: 1 }, 'zzzzzzzzzz', /There are: secrets, store/],
    ['an unknown cookie option', { cookie: { samesite: 'lax' } }, 'cookie.samesite', /Did you mean "cookie.sameSite"/],
    ['a duration without unit', { idleTimeout: '30' }, 'idleTimeout', /not a duration/],
    ['a duration that is not a number', { idleTimeout: Number.NaN }, 'idleTimeout', /not a duration/],
    ['a duration of nothing', { absoluteTimeout: 0 }, 'absoluteTimeout', /not a duration/],
    [
      'idle longer than absolute',
      { idleTimeout: '8d', absoluteTimeout: '7d' },
      'idleTimeout',
      /longer than absoluteTimeout/,
    ],
    [
      'T168 touchAfter not shorter than idle',
      { idleTimeout: '5m', touchAfter: '5m' },
      'touchAfter',
      /busy sessions would expire/,
    ],
    ['a store of another library', { store: { get() {}, set() {}, destroy() {} } }, 'store', /no method "insert"/],
    ['no store at all', { store: null }, 'store', /not an object/],
    ['an owner that is no function', { owner: 'user' }, 'owner', /not a function/],
    ['a policy that does not exist', { onLost: 'ignore' }, 'onLost', /event, error/],
    ['bytes that are none', { maxBytes: '1mb' }, 'maxBytes', /whole number of bytes/],
    ['options that are none', { cookie: 5 }, 'cookie', /not an object/],
    ['T020 a cookie name __proto__', { cookie: { name: '__proto__' } }, 'cookie.name', /not a cookie name/],
    ['T020 a cookie name constructor', { cookie: { name: 'constructor' } }, 'cookie.name', /not a cookie name/],
    ['T020 an empty cookie name', { cookie: { name: '' } }, 'cookie.name', /not a cookie name/],
    ['T020 a cookie name with a semicolon', { cookie: { name: 'a;b' } }, 'cookie.name', /not a cookie name/],
    ['T020 a cookie name with a line break', { cookie: { name: 'a\r\nb' } }, 'cookie.name', /not a cookie name/],
    ['a path with a line break', { cookie: { path: '/\r\nSet-Cookie: a=b' } }, 'cookie.path', /invalid/],
    ['a relative path', { cookie: { path: 'app' } }, 'cookie.path', /start with/],
    ['a domain with a semicolon', { cookie: { domain: 'a.b;c' } }, 'cookie.domain', /invalid/],
    ['T129 SameSite=None without Secure', { cookie: { sameSite: 'none' } }, 'cookie.sameSite', /secure: true/],
    ['T129 Partitioned without Secure', { cookie: { partitioned: true } }, 'cookie.partitioned', /secure: true/],
    ['T129 __Host- without Secure', { cookie: { name: '__Host-sid' } }, 'cookie.name', /secure: true/],
    [
      'T129 __Host- with a path',
      { cookie: { name: '__Host-sid', secure: true, path: '/app' } },
      'cookie.name',
      /path "\/"/,
    ],
    [
      'T129 __Host- with a domain',
      { cookie: { name: '__Host-sid', secure: true, domain: 'a.b' } },
      'cookie.name',
      /no domain/,
    ],
    ['T008 __HOST- in another case', { cookie: { name: '__HOST-sid' } }, 'cookie.name', /secure: true/],
    ['SameSite of no kind', { cookie: { sameSite: 'Lax' } }, 'cookie.sameSite', /lax, strict, none/],
    ['secure of no kind', { cookie: { secure: 'yes' } }, 'cookie.secure', /auto/],
  ])('%s is an error that names it', (_, options, option, message) => {
    expect(built(options)).toThrow(
      expect.objectContaining({ name: 'SessionOptionError', code: 'ERR_SESSION_OPTION', option }),
    )
    expect(built(options)).toThrow(message)
  })

  it('never repeats the value of an option', () => {
    expect(built({ idleTimeout: 'canary' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('canary') }),
    )
    expect(() => createSessions({ secrets: 'canary' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('canary') }),
    )
  })

  it('T120 does not change what it was given, and may be given frozen objects', () => {
    const cookie = Object.freeze({ name: 'x' })
    const options = Object.freeze({ secrets: SECRET, store: memoryStore(), cookie, sweepEvery: false as const })
    const before = JSON.stringify(options)
    createSessions(options)
    createSessions(options)
    expect(JSON.stringify(options)).toBe(before)
  })

  it('knows every error by its brand, whichever copy made it', async () => {
    const { isSessionError } = await import('../../src/index.ts')
    const [error, not] = [caught(built({ nothing: 1 })), new Error('no')]
    expect([isSessionError(error), isSessionError(not), isSessionError(undefined), isSessionError('ERR')]).toEqual([
      true,
      false,
      false,
      false,
    ])
  })
})

function caught(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
}
