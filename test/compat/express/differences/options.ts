import type { Difference } from '../../harness/compare.ts'

const ROTATION =
  'A cookie that an older secret has signed is signed anew, so that the older secret can be retired without signing anybody out.'

export const options: readonly Difference[] = [
  {
    scenario: 'options: a store has to emit',
    what: 'whether a store without `on` is refused',
    why: 'A store that never tells of its connection is as good as any; modules in use make such stores.',
    theirs: [
      '[1] note: a store has to emit TypeError: store.on is not a function',
      '[1] note: a store has to emit TypeError: store.on is not a function',
    ],
    ours: ['[1] note: a store has to emit "function"', '[1] note: a store has to emit "function"'],
  },
  {
    scenario: 'options: an id that is empty',
    what: 'what a cookie with an empty id opens',
    why: 'An empty id is no id: a request that carries it gets a new session.',
    theirs: ['[3] store: set "" {~}'],
    ours: ['[4]   set-cookie: connect.sid=s%3A.aJcKKTu8Uv0mRiw7LTI435t%2BpOa%2BgiU%2FWLAuLCKGEFc; Path=/; HttpOnly'],
  },
  {
    scenario: 'secrets: a new one first, the old one still known',
    what: 'the cookie after a change of secrets',
    why: ROTATION,
    theirs: [
      '[5] GET / -> 200 "{~,\\"n\\":2}"',
      '[5] store: get "sid-1"',
      '[5] store: touch "sid-1" {~,"n":2}',
      '[6] GET /set -> 200 "{~,\\"n\\":3}"',
      '[6] store: get "sid-1"',
      '[6] store: set "sid-1" {~,"n":3}',
    ],
    ours: [
      '[2]   set-cookie: connect.sid=s%3Asid-1.%2ByWilV2igly8m8LqE8JOZcyewpY6lYl7cpVp5IRlEp4; Path=/; HttpOnly',
      '[5] GET / -> 200 "{~}"',
      '[6] GET /set -> 200 "{~,\\"n\\":1}"',
      '[6]   set-cookie: connect.sid=s%3Asid-3.Sp2QHREnZfidAf2%2FGEzL7De98K9uyogsItjK1bmSpng; Path=/; HttpOnly',
      '[6] store: set "sid-3" {~,"n":1}',
    ],
  },
  {
    scenario: 'secrets: a new one first, with maxAge',
    what: 'the cookie after a change of secrets',
    why: ROTATION,
    theirs: [],
    ours: [
      '[2]   set-cookie: connect.sid=s%3Asid-1.%2ByWilV2igly8m8LqE8JOZcyewpY6lYl7cpVp5IRlEp4; Path=/; Expires=Wed, 04 Mar 2026 12:01:00 GMT; HttpOnly',
    ],
  },
  {
    scenario: 'secrets: a new one first, resave',
    what: 'the cookie after a change of secrets',
    why: ROTATION,
    theirs: [
      '[5] GET / -> 200 "{~,\\"n\\":2}"',
      '[5] store: get "sid-1"',
      '[5] store: set "sid-1" {~,"n":2}',
      '[6] GET /set -> 200 "{~,\\"n\\":3}"',
      '[6] store: get "sid-1"',
      '[6] store: set "sid-1" {~,"n":3}',
    ],
    ours: [
      '[2]   set-cookie: connect.sid=s%3Asid-1.%2ByWilV2igly8m8LqE8JOZcyewpY6lYl7cpVp5IRlEp4; Path=/; HttpOnly',
      '[5] GET / -> 200 "{~}"',
      '[6] GET /set -> 200 "{~,\\"n\\":1}"',
      '[6]   set-cookie: connect.sid=s%3Asid-3.Sp2QHREnZfidAf2%2FGEzL7De98K9uyogsItjK1bmSpng; Path=/; HttpOnly',
      '[6] store: set "sid-3" {~,"n":1}',
    ],
  },
  {
    scenario: 'secrets: signed with the first only',
    what: 'the cookie after a change of secrets',
    why: ROTATION,
    theirs: [],
    ours: ['[5]   set-cookie: connect.sid=s%3Asid-3.1jhiJ6Xi6xobsFXxPoCaCnnF5kHxSlMiTccBZaTZ2zU; Path=/; HttpOnly'],
  },
  {
    scenario: 'secrets: read with any',
    what: 'the cookie after a change of secrets',
    why: ROTATION,
    theirs: [
      '[5] GET / -> 200 "{~,\\"n\\":2}"',
      '[5] store: get "sid-1"',
      '[5] store: touch "sid-1" {~,"n":2}',
      '[6] GET /set -> 200 "{~,\\"n\\":3}"',
      '[6] store: get "sid-1"',
      '[6] store: set "sid-1" {~,"n":3}',
    ],
    ours: [
      '[2]   set-cookie: connect.sid=s%3Asid-1.MiacbJuiWU3s89VF7PDPV3CFjW91M4q6Oaz10IS5BNU; Path=/; HttpOnly',
      '[5] GET / -> 200 "{~}"',
      '[6] GET /set -> 200 "{~,\\"n\\":1}"',
      '[6]   set-cookie: connect.sid=s%3Asid-3.PNxL%2FHeHavQ4ewRR%2BwTfC48mlOFTW5escTKyg2eloSQ; Path=/; HttpOnly',
      '[6] store: set "sid-3" {~,"n":1}',
    ],
  },
  {
    scenario: 'options: a session belongs to its request',
    what: "whether a session's methods are its own properties",
    why: 'Methods are where they belong, on the prototype. None of them is enumerable on either side.',
    theirs: [
      '[1] note: own ["req","id","cookie","reload","save"] ["cookie"]',
      '[2] note: own ["req","id","cookie","n","reload","save"] ["cookie","n"]',
    ],
    ours: ['[1] note: own ["req","id","cookie"] ["cookie"]', '[2] note: own ["req","id","cookie","n"] ["cookie","n"]'],
  },
  {
    scenario: 'options: the module',
    what: 'which members the module has',
    why: 'Imports by name and of the default work from both module systems.',
    theirs: ['[1] note: keys ["Cookie","MemoryStore","Session","Store"]'],
    ours: ['[1] note: keys ["Cookie","MemoryStore","Session","Store","default","session"]'],
  },
]
