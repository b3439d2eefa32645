import type { Difference } from '../../harness/compare.ts'

const NO_KEY = 'A key of this name is not data: it is neither stored, nor is it a reason to store.'
const NOT_THROWN =
  'An error while a session is saved goes to next, as all others do; it is not thrown at the end() of a handler that may be far from here.'
const THROWN =
  'What a store throws is an error of that store like one that it hands to its callback. It does not end the process.'

export const data: readonly Difference[] = [
  {
    scenario: 'data: a key called __proto__',
    what: 'a key that would change the prototype',
    why: NO_KEY,
    theirs: [
      '[1]   set-cookie: connect.sid=<sid-1>; Path=/; Expires=Wed, 04 Mar 2026 12:01:00 GMT; HttpOnly',
      '[1] store: set "sid-1" {~60000 2026-03-04T12:01:00.000Z,"__proto__":{"a":1}}',
      '[2]   set-cookie: connect.sid=<sid-1>; Path=/; Expires=Wed, 04 Mar 2026 12:01:00 GMT; HttpOnly',
      '[2] store: get "sid-1"',
      '[2] store: set "sid-1" {~60000 2026-03-04T12:01:00.000Z}',
    ],
    ours: [],
  },
  {
    scenario: 'data: reserved names',
    what: 'how an error at the end of a request is reported',
    why: NOT_THROWN,
    theirs: ['[1] GET /0 -> (ECONNRESET)', '[1] note: end TypeError: req.session.touch is not a function'],
    ours: [
      '[1] GET /0 -> 500 "session.touch is not a function"',
      '[1] error: TypeError: session.touch is not a function',
    ],
  },
  {
    scenario: 'data: methods that are overwritten',
    what: 'data in place of a method',
    why: "Names of a session's methods are not data, so they are not stored.",
    theirs: [
      '[1] GET /0 -> 200 "{~60000 2026-03-04T12:01:00.000Z}"',
      '[2]   set-cookie: connect.sid=<sid-2>; Path=/; Expires=Wed, 04 Mar 2026 12:01:00 GMT; HttpOnly',
      '[2] store: set "sid-2" {~60000 2026-03-04T12:01:00.000Z,"regenerate":1}',
      '[3]   set-cookie: connect.sid=<sid-2>; Path=/; Expires=Wed, 04 Mar 2026 12:01:00 GMT; HttpOnly',
      '[3] store: get "sid-2"',
      '[3] store: set "sid-2" {~60000 2026-03-04T12:01:00.000Z}',
    ],
    ours: ['[1] GET /0 -> 200 "{~60000 2026-03-04T12:01:00.000Z,\\"reload\\":\\"mine\\"}"'],
  },
  {
    scenario: 'data: BigInt',
    what: 'how an error at the end of a request is reported',
    why: NOT_THROWN,
    theirs: ['[2] GET /1 -> (ECONNRESET)', '[2] note: end TypeError: Do not know how to serialize a BigInt'],
    ours: [
      '[2] GET /1 -> 500 "Do not know how to serialize a BigInt"',
      '[2] error: TypeError: Do not know how to serialize a BigInt',
    ],
  },
  {
    scenario: 'data: a circle',
    what: 'how an error at the end of a request is reported',
    why: NOT_THROWN,
    theirs: [
      '[2] GET /1 -> (ECONNRESET)',
      "[2] note: end TypeError: Converting circular structure to JSON\n    --> starting at object with constructor 'Session'\n    --- property 'circle' closes the circle",
    ],
    ours: [
      "[2] GET /1 -> 500 \"Converting circular structure to JSON\\n    --> starting at object with constructor 'Session'\\n    --- property 'circle' closes the circle\"",
      "[2] error: TypeError: Converting circular structure to JSON\n    --> starting at object with constructor 'Session'\n    --- property 'circle' closes the circle",
    ],
  },
  {
    scenario: 'data: the cookie is no cookie',
    what: 'how an error at the end of a request is reported',
    why: NOT_THROWN,
    theirs: [
      '[2] GET /1 -> (ECONNRESET)',
      "[2] note: end TypeError: Cannot read properties of null (reading 'originalMaxAge')",
    ],
    ours: [
      '[2] GET /1 -> 500 "Cannot read properties of null (reading \'originalMaxAge\')"',
      "[2] error: TypeError: Cannot read properties of null (reading 'originalMaxAge')",
    ],
  },
  {
    scenario: 'req.session: a plain object',
    what: 'how an error at the end of a request is reported',
    why: NOT_THROWN,
    theirs: [
      '[1] GET /act -> (ECONNRESET)',
      '[1] note: end TypeError: req.session.touch is not a function',
      '[3] GET /act -> (ECONNRESET)',
      '[3] note: end TypeError: req.session.touch is not a function',
    ],
    ours: [
      '[1] GET /act -> 500 "session.touch is not a function"',
      '[1] error: TypeError: session.touch is not a function',
      '[3] GET /act -> 500 "session.touch is not a function"',
      '[3] error: TypeError: session.touch is not a function',
    ],
  },
  {
    scenario: 'req.session: text',
    what: 'how an error at the end of a request is reported',
    why: NOT_THROWN,
    theirs: [
      '[1] GET /act -> (ECONNRESET)',
      '[1] note: end TypeError: req.session.touch is not a function',
      '[3] GET /act -> (ECONNRESET)',
      '[3] note: end TypeError: req.session.touch is not a function',
    ],
    ours: [
      '[1] GET /act -> 500 "session.touch is not a function"',
      '[1] error: TypeError: session.touch is not a function',
      '[3] GET /act -> 500 "session.touch is not a function"',
      '[3] error: TypeError: session.touch is not a function',
    ],
  },
  {
    scenario: 'stored: a key called __proto__',
    what: 'a key that would change the prototype',
    why: NO_KEY,
    theirs: ['[3] store: set "sid-1" {~,"n":1}'],
    ours: ['[3] store: touch "sid-1" {~,"n":1}'],
  },
  {
    scenario: 'stored: text and numbers',
    what: 'what becomes of an error that a store throws',
    why: THROWN,
    theirs: [
      '[12] GET / -> (ECONNRESET)',
      "[12] note: thrown TypeError: Cannot read properties of null (reading 'cookie')",
      '[13] GET /set -> (ECONNRESET)',
      "[13] note: thrown TypeError: Cannot read properties of null (reading 'cookie')",
    ],
    ours: [
      '[12] GET / -> 500 "Cannot read properties of null (reading \'cookie\')"',
      "[12] error: TypeError: Cannot read properties of null (reading 'cookie')",
      '[13] GET /set -> 500 "Cannot read properties of null (reading \'cookie\')"',
      "[13] error: TypeError: Cannot read properties of null (reading 'cookie')",
    ],
  },
  {
    scenario: 'stored: text that is no JSON',
    what: 'what becomes of an error that a store throws',
    why: THROWN,
    theirs: [
      '[3] GET / -> (ECONNRESET)',
      "[3] note: thrown SyntaxError: Expected property name or '}' in JSON at position 1",
      '[4] GET /set -> (ECONNRESET)',
      "[4] note: thrown SyntaxError: Expected property name or '}' in JSON at position 1",
    ],
    ours: [
      '[3] GET / -> 500 "Expected property name or \'}\' in JSON at position 1"',
      "[3] error: SyntaxError: Expected property name or '}' in JSON at position 1",
      '[4] GET /set -> 500 "Expected property name or \'}\' in JSON at position 1"',
      "[4] error: SyntaxError: Expected property name or '}' in JSON at position 1",
    ],
  },
]
