import { describe, expect, it } from 'vitest'
import { memoryStore, setup } from './setup.ts'

class Cart {
  total = 1
}

const cyclic: Record<string, unknown> = { a: {} }
;(cyclic.a as Record<string, unknown>).back = cyclic

const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])

describe('data that cannot be kept is an error that names the path', () => {
  it.each<[string, unknown, string, RegExp]>([
    ['T076 a Date', new Date(0), 'x', /instance of Date/],
    ['T076 a Date in an object', { list: [1, { at: new Date(0) }] }, 'x.list[1].at', /instance of Date/],
    ['T076 a Map', new Map(), 'x', /instance of Map/],
    ['T076 a Set', new Set([1]), 'x', /instance of Set/],
    ['T076 a Buffer', Buffer.from('a'), 'x', /instance of Buffer/],
    ['T076 a typed array', new Uint8Array(2), 'x', /Uint8Array/],
    ['T076 a RegExp', /a/, 'x', /RegExp/],
    ['T076 an Error', new Error('no'), 'x', /instance of Error/],
    ['T076 T088 an instance of a class', new Cart(), 'x', /instance of Cart/],
    ['T076 NaN', { n: Number.NaN }, 'x.n', /NaN/],
    ['T076 Infinity', [Number.POSITIVE_INFINITY], 'x[0]', /Infinity/],
    ['T073 a BigInt', { big: 10n }, 'x.big', /BigInt/],
    ['T077 a function', { f: () => 1 }, 'x.f', /function/],
    ['T077 a symbol', { s: Symbol('s') }, 'x.s', /symbol/],
    ['T072 a cycle', cyclic, 'x', /cycle/],
    [
      'T074 a toJSON that throws',
      {
        toJSON: () => {
          throw new Error('mine')
        },
      },
      'x.toJSON',
      /function/,
    ],
    [
      'T074 a getter that throws',
      Object.defineProperty({}, 'g', {
        enumerable: true,
        get() {
          throw new Error('mine')
        },
      }),
      'x.g',
      /getter/,
    ],
    ['T078 a sparse array', [1, , 3], 'x[1]', /undefined in an array/],
    ['T080 nesting beyond the limit', nested(100), 'x', /nested deeper/],
    ['a promise', Promise.resolve(1), 'x', /await/],
    ['a nested __proto__', JSON.parse('{"a":{"__proto__":{"admin":true}}}'), 'x.a.__proto__', /prototype/],
  ])('%s', async (_, value, path, message) => {
    const { user, calls } = await setup()
    const failed = user.request((session) => void (session.x = value))
    await expect(failed).rejects.toMatchObject({
      code: 'ERR_SESSION_DATA',
      status: 500,
      path: expect.stringContaining(path),
    })
    await expect(failed).rejects.toThrow(message)
    expect(calls).toEqual([])
    expect(Object.prototype).not.toHaveProperty('admin')
  })

  it('T076 even where the JSON would look the same as what is stored', async () => {
    const { user } = await setup()
    await user.request((session) => void (session.seen = {}))
    await expect(user.request((session) => void (session.seen = new Map([['a', 1]])))).rejects.toThrow(
      /instance of Map/,
    )
  })

  it('an error of the data leaves the old record as it was', async () => {
    const { user } = await setup()
    await user.request((session) => void (session.a = 1))
    await expect(user.request((session) => Object.assign(session, { a: 2, b: 10n }))).rejects.toThrow(/BigInt/)
    expect((await user.request((session) => ({ ...session }))).result).toEqual({ a: 1 })
  })

  it('T077 keys that are symbols are not kept, and nothing is lost by an undefined or a -0', async () => {
    const { user } = await setup()
    await user.request((session) =>
      Object.assign(session, { [Symbol('s')]: 1, gone: undefined, zero: -0, inner: { gone: undefined } }),
    )
    const { result } = await user.request((session) => ({ ...session }))
    expect(result).toEqual({ zero: 0, inner: {} })
  })
})

describe('names that data cannot have', () => {
  it.each([
    'id',
    'handle',
    'save',
    'reload',
    'regenerate',
    'destroy',
    'touch',
    'update',
    'cookie',
    'isNew',
    'setLifetime',
  ])('T070 %s', async (name) => {
    const { user } = await setup()
    await user.request((session) => {
      expect(() => Object.assign(session, { [name]: 1 })).toThrow(
        expect.objectContaining({ code: 'ERR_SESSION_DATA', path: name }),
      )
      expect(typeof session.save).toBe('function')
    })
  })

  it('T066 __proto__ in a request body does not reach the session or any prototype', async () => {
    const { user } = await setup()
    const body = JSON.parse('{"__proto__":{"admin":true}}')
    await user.request((session) => {
      expect(() => Object.assign(session, body)).toThrow(/__proto__/)
      expect(session.admin).toBeUndefined()
      session.ok = 1
    })
    expect((await user.request((session) => session.ok)).result).toBe(1)
    expect({}).not.toHaveProperty('admin')
  })

  it('T070 a stored key of such a name stays in the store and shadows nothing', async () => {
    const store = memoryStore()
    const { user, clock } = await setup({ store })
    const { result: handle } = await user.request((session) => {
      session.first = 1
      return session.handle
    })
    const entry = await store.get(handle, { now: clock.now() })
    if (!entry) throw new Error('not stored')
    const value = entry.value.replace('"first":1', '"first":1,"save":"old"')
    await store.update(handle, { ...entry, value, revision: 'other' }, { now: clock.now(), ifRevision: entry.revision })
    await user.request(async (session) => {
      expect({ ...session }).toEqual({ first: 1 })
      session.b = 2
      await session.save()
    })
    expect((await store.get(handle, { now: clock.now() }))?.value).toContain('"save":"old"')
  })

  it('other names of Object.prototype are data like any', async () => {
    const { user } = await setup()
    const odd = {
      constructor: 1,
      toString: 'x',
      hasOwnProperty: [1],
      valueOf: null,
      toJSON: 2,
      then: 3,
      '': 4,
      'a.b': 5,
      $set: 6,
      'k\u0000': 7,
    }
    await user.request((session) => void Object.assign(session, odd))
    expect((await user.request((session) => ({ ...session }))).result).toEqual(odd)
  })
})

describe('what is assigned to a session', () => {
  it.each([['text'], [42], [true], [undefined], [[1]], [new Map()], [() => 1]])('T089 %s is refused', async (value) => {
    const { user } = await setup()
    await user.request((_, visit) => {
      expect(() => {
        visit.session = value as never
      }).toThrow(expect.objectContaining({ code: 'ERR_SESSION_DATA' }))
    })
  })

  it('T089 null destroys, and an object replaces the data of the same session', async () => {
    const { user, sessions } = await setup()
    const { result: first } = await user.request((session) => {
      session.a = 1
      return session.handle
    })
    await user.request((_, visit) => {
      visit.session = { b: 2 }
    })
    const { result } = await user.request((session) => ({ handle: session.handle, data: { ...session } }))
    expect(result).toEqual({ handle: first, data: { b: 2 } })
    const { setCookies } = await user.request((_, visit) => {
      visit.session = null
    })
    expect(setCookies[0]).toContain('Expires=Thu, 01 Jan 1970')
    expect(await sessions.count()).toBe(0)
    expect(user.jar.header()).toBeUndefined()
  })

  it('T090 T084 text of every kind comes back exactly', async () => {
    const { user } = await setup()
    const text = '<script>\u001b[31m\ud800 \u0000 \uffff \u{1f600} "\\\u2028'
    await user.request((session) => void (session.text = text))
    expect((await user.request((session) => session.text)).result).toBe(text)
  })
})

describe('size', () => {
  it('T082 too large is refused before any store call, names the largest keys, and keeps the old record', async () => {
    const { user, calls } = await setup({ maxBytes: 1000 })
    await user.request((session) => void (session.a = 1))
    const before = calls.length
    const failed = user.request((session) => Object.assign(session, { small: 'x', big: 'y'.repeat(2000) }))
    await expect(failed).rejects.toMatchObject({ code: 'ERR_SESSION_TOO_LARGE', path: 'big' })
    await expect(failed).rejects.toThrow(/big \(2002\)/)
    expect(calls.slice(before).map((call) => call.operation)).toEqual(['get'])
    expect((await user.request((session) => ({ ...session }))).result).toEqual({ a: 1 })
  })

  it('counts bytes, not characters', async () => {
    const { user } = await setup({ maxBytes: 1000 })
    await expect(user.request((session) => void (session.a = '\u20ac'.repeat(400)))).rejects.toThrow(/1208 bytes/)
  })

  it('warns before, with an event', async () => {
    const { user, events } = await setup({ warnBytes: 100 })
    await user.request((session) => void (session.a = 'x'.repeat(200)))
    expect(events('large')).toMatchObject([{ bytes: 208, largestKeys: [{ key: 'a', bytes: 202 }] }])
  })
})

describe('what the store holds is not ours to trust', () => {
  it.each([
    ['T092 cut off', (value: string) => value.slice(0, -3)],
    ['T092 empty', () => ''],
    ['T092 null', () => 'null'],
    ['T092 a number', () => '1'],
    ['T092 an array', () => '[]'],
    ['T092 an empty object', () => '{}'],
    ['T093 another application', () => '{"cookie":{"expires":null},"user":1}'],
    ['T094 a newer version', (value: string) => value.replace('"v":1', '"v":99')],
    ['T157 a deadline that is no number', (value: string) => value.replace(/"a":\d+/, '"a":"soon"')],
    ['T157 no deadline', (value: string) => value.replace(/,"a":\d+/, '')],
    ['data that are an array', (value: string) => value.replace(/"d":.*$/, '"d":[1]}')],
    ['data that are broken', (value: string) => value.replace('"secret"', '"sec')],
    [
      'T080 data nested without end',
      (value: string) => value.replace(/"d":.*$/, `"d":{"x":${'['.repeat(9000)}${']'.repeat(9000)}}}`),
    ],
    ['T105 an unknown codec', () => 'e:AAAA'],
  ])('%s: no session, an event, and the record is left alone', async (_, broken) => {
    const store = memoryStore()
    const { user, clock, events } = await setup({ store })
    const { result: handle } = await user.request((session) => {
      session.key = 'secret'
      return session.handle
    })
    const now = clock.now()
    const entry = await store.get(handle, { now })
    if (!entry) throw new Error('not stored')
    const value = broken(entry.value)
    await store.update(handle, { ...entry, value, revision: 'broken' }, { now, ifRevision: entry.revision })
    const { result } = await user.request((session) => {
      const seen = { ...session }
      session.next = 1
      return seen
    })
    expect(result).toEqual({})
    expect(events('unreadable')).toHaveLength(1)
    expect((await store.get(handle, { now }))?.value).toBe(value)
    expect((await user.request((session) => session.next)).result).toBe(1)
  })

  it('T098 T189 a record under another handle opens nothing', async () => {
    const store = memoryStore()
    const { user, other, clock } = await setup({ store })
    const call = { now: clock.now() }
    const a = (await user.request((session) => [void (session.name = 'a'), session.handle] as const)).result[1]
    const b = (await other.request((session) => [void (session.name = 'b'), session.handle] as const)).result[1]
    const [ofA, ofB] = [await store.get(a, call), await store.get(b, call)]
    if (!ofA || !ofB) throw new Error('not stored')
    await store.update(b, ofA, { ...call, ifRevision: ofB.revision })
    expect((await other.request((session) => session.name)).result).toBeUndefined()
  })
})
