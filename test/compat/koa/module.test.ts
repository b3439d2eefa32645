import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'

// The built package, as its users get it.
const require = createRequire(import.meta.url)

interface Options {
  parse(given: unknown): Record<string, unknown>
}
interface Module {
  readonly default: unknown
  readonly createSession: unknown
  readonly SessionOptions: Options
}

const esm = async (name: string): Promise<Module> => (await import(/* @vite-ignore */ name)) as Module
const theirs = require('koa-session') as Module
const ours = require('holdfast/koa-session') as Module

describe('the module', () => {
  it('is the function itself for require(), as in 6.x, with all that the published one has', () => {
    expect(typeof ours).toBe('function')
    expect(ours.default).toBe(ours)
    expect(ours.createSession).toBe(ours)
    for (const name of Object.keys(theirs)) expect(Object.keys(ours)).toContain(name)
    expect((ours as { __esModule?: boolean }).__esModule).toBe(true)
  })

  it('has the same exports for import, under the same names', async () => {
    const [original, dropIn] = [await esm('koa-session'), await esm('holdfast/koa-session')]
    for (const name of Object.keys(original)) expect(Object.keys(dropIn)).toContain(name)
    expect(dropIn.default).toBe(dropIn.createSession)
    const { name, length } = dropIn.default as { name: string; length: number }
    expect({ name, length }).toEqual({ name: 'createSession', length: 2 })
  })
})

describe('SessionOptions.parse', () => {
  const parsed = ({ SessionOptions }: Module, given: unknown): unknown => {
    try {
      const entries = Object.entries(SessionOptions.parse(given))
      // Functions are wrapped by the published one.
      return Object.fromEntries(entries.map(([name, value]) => [name, typeof value === 'function' ? '()' : value]))
    } catch (error) {
      const { name, issues } = error as { name: string; issues?: { path: unknown; message: unknown }[] }
      return { name, issues: issues?.map(({ path, message }) => ({ path, message })) }
    }
  }

  it.each<[string, unknown]>([
    ['nothing', {}],
    ['what is known', { key: 'k', maxAge: 5, rolling: true, prefix: 'p', secure: false, sameSite: 'lax' }],
    ['the browser session', { maxAge: 'session' }],
    ['what is unknown', { domain: 'x', path: '/' }],
    ['functions', { genid: () => '', valid: () => true, beforeSave: () => {}, encode: () => '' }],
    ['a wrong key', { key: 5 }],
    ['several mistakes', { key: 5, signed: 'yes', maxAge: '1d' }],
    ['half a store', { store: { get() {} } }],
    ['half an externalKey', { externalKey: { set() {} } }],
    ['no object', 'text'],
    ['undefined', undefined],
    ['null', null],
  ])('answers the same to %s', (_, given) => {
    expect(parsed(ours, given)).toEqual(parsed(theirs, given))
  })
})
