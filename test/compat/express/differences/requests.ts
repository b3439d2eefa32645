import type { Difference } from '../../harness/compare.ts'

const ANY_COOKIE =
  'Of several cookies of one name, the one that opens a session counts, wherever it stands: a stale one must not lock anybody out.'
const SEGMENTS = 'Paths are compared by segments, as browsers do: the cookie would not come back from the others.'

export const requests: readonly Difference[] = [
  {
    scenario: 'lookup: spaces around it',
    what: 'a cookie with spaces around its equals sign',
    why: 'No browser sends one, and the one parser of Cookie headers here does not take it.',
    theirs: [
      '[2] GET /set -> 200 "{~,\\"n\\":2}"',
      '[2] store: get "sid-1"',
      '[2] store: set "sid-1" {~,"n":2}',
      '[3] GET /set -> 200 "{~,\\"n\\":3}"',
      '[3] store: set "sid-1" {~,"n":3}',
      '[4] GET /set -> 200 "{~,\\"n\\":4}"',
      '[4] store: set "sid-1" {~,"n":4}',
    ],
    ours: [
      '[2] GET /set -> 200 "{~,\\"n\\":1}"',
      '[2]   set-cookie: connect.sid=<sid-2>; Path=/; HttpOnly',
      '[2] store: set "sid-2" {~,"n":1}',
      '[3] GET /set -> 200 "{~,\\"n\\":2}"',
      '[3] store: set "sid-1" {~,"n":2}',
      '[4] GET /set -> 200 "{~,\\"n\\":3}"',
      '[4] store: set "sid-1" {~,"n":3}',
    ],
  },
  {
    scenario: 'lookup: escapes that are broken',
    what: 'which of several cookies counts',
    why: ANY_COOKIE,
    theirs: [
      '[3] GET /set -> 200 "{~,\\"n\\":1}"',
      '[3]   set-cookie: connect.sid=<sid-3>; Path=/; HttpOnly',
      '[3] store: set "sid-3" {~,"n":1}',
    ],
    ours: ['[3] GET /set -> 200 "{~,\\"n\\":2}"', '[3] store: get "sid-1"', '[3] store: set "sid-1" {~,"n":2}'],
  },
  {
    scenario: 'lookup: two, the good one last',
    what: 'which of several cookies counts',
    why: ANY_COOKIE,
    theirs: [
      '[2] GET /set -> 200 "{~,\\"n\\":1}"',
      '[2]   set-cookie: connect.sid=<sid-2>; Path=/; HttpOnly',
      '[2] store: set "sid-2" {~,"n":1}',
      '[3] GET /set -> 200 "{~,\\"n\\":1}"',
      '[3]   set-cookie: connect.sid=<sid-3>; Path=/; HttpOnly',
      '[3] store: set "sid-3" {~,"n":1}',
    ],
    ours: [
      '[2] GET /set -> 200 "{~,\\"n\\":2}"',
      '[2] store: get "sid-1"',
      '[2] store: set "sid-1" {~,"n":2}',
      '[3] GET /set -> 200 "{~,\\"n\\":3}"',
      '[3] store: get "sid-1"',
      '[3] store: set "sid-1" {~,"n":3}',
    ],
  },
  {
    scenario: 'lookup: two that are signed, the first is not there',
    what: 'which of several cookies counts',
    why: ANY_COOKIE,
    theirs: [
      '[2] GET /set -> 200 "{~,\\"n\\":1}"',
      '[2]   set-cookie: connect.sid=<sid-2>; Path=/; HttpOnly',
      '[2] store: set "sid-2" {~,"n":1}',
    ],
    ours: ['[2] GET /set -> 200 "{~,\\"n\\":2}"', '[2] store: get "sid-1"', '[2] store: set "sid-1" {~,"n":2}'],
  },
  {
    scenario: 'path: a path of the same beginning',
    what: 'which requests have a session',
    why: SEGMENTS,
    theirs: [
      '[1] GET /administrator -> 200 "{\\"cookie\\":{\\"originalMaxAge\\":null,\\"expires\\":null,\\"httpOnly\\":true,\\"path\\":\\"/admin\\"}}"',
      '[1]   set-cookie: connect.sid=<sid-1>; Path=/admin; HttpOnly',
      '[1] store: set "sid-1" {"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/admin"}}',
      '[1] note: seen "/administrator" "object" "string" "object"',
      '[2] GET /admin2/x -> 200 "{\\"cookie\\":{\\"originalMaxAge\\":null,\\"expires\\":null,\\"httpOnly\\":true,\\"path\\":\\"/admin\\"}}"',
      '[2]   set-cookie: connect.sid=<sid-2>; Path=/admin; HttpOnly',
      '[2] store: set "sid-2" {"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/admin"}}',
      '[2] note: seen "/admin2/x" "object" "string" "object"',
    ],
    ours: [
      '[1] GET /administrator -> 200 "\\"none\\""',
      '[1] note: seen "/administrator" "undefined" "undefined" "undefined"',
      '[2] GET /admin2/x -> 200 "\\"none\\""',
      '[2] note: seen "/admin2/x" "undefined" "undefined" "undefined"',
    ],
  },
  {
    scenario: 'path: a query and escapes',
    what: 'which requests have a session',
    why: SEGMENTS,
    theirs: [
      '[2] GET /foo%2Fbar -> 200 "{\\"cookie\\":{\\"originalMaxAge\\":null,\\"expires\\":null,\\"httpOnly\\":true,\\"path\\":\\"/foo\\"}}"',
      '[2]   set-cookie: connect.sid=<sid-2>; Path=/foo; HttpOnly',
      '[2] store: set "sid-2" {"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/foo"}}',
      '[2] note: seen "/foo%2Fbar" "object" "string" "object"',
      '[4] GET /foo;v=1 -> 200 "{\\"cookie\\":{\\"originalMaxAge\\":null,\\"expires\\":null,\\"httpOnly\\":true,\\"path\\":\\"/foo\\"}}"',
      '[4]   set-cookie: connect.sid=<sid-3>; Path=/foo; HttpOnly',
      '[4] store: set "sid-3" {"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/foo"}}',
      '[4] note: seen "/foo;v=1" "object" "string" "object"',
    ],
    ours: [
      '[2] GET /foo%2Fbar -> 200 "\\"none\\""',
      '[2] note: seen "/foo%2Fbar" "undefined" "undefined" "undefined"',
      '[4] GET /foo;v=1 -> 200 "\\"none\\""',
      '[4] note: seen "/foo;v=1" "undefined" "undefined" "undefined"',
    ],
  },
  {
    scenario: 'path: no url',
    what: 'a request without a url',
    why: 'A request without a url is one for the root, not an error.',
    theirs: [
      '[1] GET / -> (ECONNRESET)',
      "[1] note: thrown TypeError: Cannot read properties of undefined (reading 'pathname')",
    ],
    ours: [
      '[1] GET / -> 200 "object"',
      '[1]   set-cookie: connect.sid=<sid-1>; Path=/; HttpOnly',
      '[1] store: set "sid-1" {~}',
    ],
  },
]
