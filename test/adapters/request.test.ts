import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { isEncrypted, pathOf } from '../../src/adapters/internal/request.ts'

describe('T024 the path of a request target', () => {
  const paths: Record<string, string> = {
    '/': '/',
    '/a/b': '/a/b',
    '/a?b=/c': '/a',
    '/a?b#c': '/a',
    '/a#b?c': '/a',
    '?a': '',
    '//sid': '//sid',
    '//sid//a?b': '//sid//a',
    '/a://b': '/a://b',
    '/%2F%2e%2e/a': '/%2F%2e%2e/a',
    '*': '*',
    'http://host/a?b': '/a',
    'http://host:1/a/b#c': '/a/b',
    'HTTPS://host/a': '/a',
    'http://host': '/',
    'http://host?a=/b': '/',
    'http://host#/b': '/',
    'http://': '/',
    '?x=http://host/a': '',
    'host:443': 'host:443',
  }
  for (const [target, path] of Object.entries(paths)) {
    it(`of ${target} is ${path}`, () => expect(pathOf(target)).toBe(path))
  }

  it('of nothing is the root', () => {
    expect(pathOf(undefined)).toBe('/')
    expect(pathOf('')).toBe('/')
  })
})

it('a connection without a socket is not encrypted', () => {
  expect(isEncrypted({} as IncomingMessage)).toBe(false)
  expect(isEncrypted({ socket: { encrypted: true } } as unknown as IncomingMessage)).toBe(true)
})
