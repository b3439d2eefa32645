import type { Difference } from '../../harness/compare.ts'

const THROWN =
  'What a store throws is an error of that store like one that it hands to its callback. It does not end the process.'
const ACKNOWLEDGED = 'Only a session that the store has acknowledged gets a cookie.'
const WAITING = 'Headers and body leave when the store has answered, or when `storeTimeout` is over.'

export const stores: readonly Difference[] = [
  {
    scenario: 'Store: an emitter that has nothing of ours',
    what: 'a store that does not inherit from Store',
    why: 'A store need not inherit from Store to be read: sessions are made without its help.',
    theirs: [
      '[2] GET / -> 500 "store.createSession is not a function"',
      '[2] error: TypeError: store.createSession is not a function',
      '[3] GET /set -> 500 "store.createSession is not a function"',
      '[3] error: TypeError: store.createSession is not a function',
    ],
    ours: [
      '[2] GET / -> 200 "{~,\\"n\\":1}"',
      '[3] GET /set -> 200 "{~,\\"n\\":2}"',
      '[3] store: set "sid-1" {~,"n":2}',
    ],
  },
  {
    scenario: 'store errors: get throws',
    what: 'what becomes of an error that a store throws',
    why: THROWN,
    theirs: ['[3] GET / -> (ECONNRESET)', '[3] note: thrown Error: boom!'],
    ours: ['[3] GET / -> 500 "boom!"', '[3] error: Error: boom!'],
  },
  {
    scenario: 'store errors: set',
    what: 'the cookie after a failed save',
    why: ACKNOWLEDGED,
    theirs: [
      '[2]   set-cookie: connect.sid=<sid-1>; Path=/; HttpOnly',
      '[3] store: get "sid-1"',
      '[4]   set-cookie: connect.sid=<sid-3>; Path=/; HttpOnly',
      '[4] store: get "sid-1"',
    ],
    ours: [],
  },
  {
    scenario: 'store errors: set, saved anyway',
    what: 'the cookie after a failed save',
    why: ACKNOWLEDGED,
    theirs: [
      '[2]   set-cookie: connect.sid=<sid-1>; Path=/; HttpOnly',
      '[3]   set-cookie: connect.sid=<sid-2>; Path=/; HttpOnly',
      '[3] store: get "sid-1"',
    ],
    ours: [],
  },
  {
    scenario: 'store errors: set of a loaded session, with maxAge',
    what: 'the cookie after a failed save',
    why: ACKNOWLEDGED,
    theirs: ['[3]   set-cookie: connect.sid=<sid-1>; Path=/; Expires=Wed, 04 Mar 2026 12:00:01 GMT; HttpOnly'],
    ours: [],
  },
  {
    scenario: 'store errors: set of a loaded session, rolling',
    what: 'the cookie after a failed save',
    why: ACKNOWLEDGED,
    theirs: ['[3]   set-cookie: connect.sid=<sid-1>; Path=/; HttpOnly'],
    ours: [],
  },
  {
    scenario: 'store errors: set throws',
    what: 'what becomes of an error that a store throws',
    why: THROWN,
    theirs: ['[2] GET /set -> (ECONNRESET)', '[2] note: thrown Error: boom!'],
    ours: ['[2] GET /set -> 200 "{~,\\"n\\":1}"', '[2] note: the headers had been sent', '[2] error: Error: boom!'],
  },
  {
    scenario: 'store errors: touch throws',
    what: 'what becomes of an error that a store throws',
    why: THROWN,
    theirs: ['[3] GET / -> (ECONNRESET)', '[3] note: uncaught Error: boom!'],
    ours: ['[3] GET / -> 200 "{~,\\"n\\":1}"', '[3] note: the headers had been sent', '[3] error: Error: boom!'],
  },
  {
    scenario: 'store errors: destroy throws',
    what: 'what becomes of an error that a store throws',
    why: THROWN,
    theirs: ['[3] GET /end -> (ECONNRESET)', '[3] note: uncaught Error: boom!'],
    ours: ['[3] GET /end -> 200 "ended 1"', '[3] note: the headers had been sent', '[3] error: Error: boom!'],
  },
  {
    scenario: 'store errors: set calls back twice, the second time with an error',
    what: 'a second answer of a store',
    why: 'The first answer of a store is its answer.',
    theirs: ['[2] note: the headers had been sent', '[2] error: Error: boom!'],
    ours: [],
  },
  {
    scenario: 'store errors: set never calls back',
    what: 'what the browser gets before the store has answered',
    why: WAITING,
    theirs: [
      '[2] GET /set -> 200 "{~,\\"n\\":1}" (no answer)',
      '[2]   set-cookie: connect.sid=<sid-1>; Path=/; HttpOnly',
    ],
    ours: ['[2] GET /set -> (no answer)'],
  },
  {
    scenario: 'store errors: touch never calls back',
    what: 'what the browser gets before the store has answered',
    why: WAITING,
    theirs: ['[3] GET / -> 200 "{~,\\"n\\":1}" (no answer)'],
    ours: ['[3] GET / -> (no answer)'],
  },
  {
    scenario: 'store errors: destroy never calls back',
    what: 'what the browser gets before the store has answered',
    why: WAITING,
    theirs: ['[3] GET /end -> 200 "ended 1" (no answer)'],
    ours: ['[3] GET /end -> (no answer)'],
  },
  {
    scenario: 'store errors: save within the handler, and at the end again',
    what: 'the cookie after a failed save',
    why: ACKNOWLEDGED,
    theirs: [
      '[2]   set-cookie: connect.sid=<sid-1>; Path=/; HttpOnly',
      '[3]   set-cookie: connect.sid=<sid-2>; Path=/; HttpOnly',
      '[3] store: get "sid-1"',
    ],
    ours: [],
  },
]
