import type { Difference } from '../../harness/compare.ts'

const NOT_THROWN =
  'An error while a session is saved goes to next, as all others do; it is not thrown at the end() of a handler that may be far from here.'
const ORPHAN =
  'A session whose Secure cookie cannot be sent is not saved: nobody could ever use it, and each request would leave one more.'

export const cookies: readonly Difference[] = [
  {
    scenario: 'cookie: an expires that is text',
    what: 'how an error at the end of a request is reported',
    why: NOT_THROWN,
    theirs: [
      '[1] GET / -> (ECONNRESET)',
      '[1] note: thrown TypeError: maxAge must be a number or Date',
      '[2] GET /set -> (ECONNRESET)',
      '[2] note: thrown TypeError: maxAge must be a number or Date',
      '[3] GET / -> (ECONNRESET)',
      '[3] note: thrown TypeError: maxAge must be a number or Date',
      '[4] GET /set -> (ECONNRESET)',
      '[4] note: thrown TypeError: maxAge must be a number or Date',
    ],
    ours: [
      '[1] GET / -> 500 "maxAge must be a number or Date"',
      '[1] error: TypeError: maxAge must be a number or Date',
      '[2] GET /set -> 500 "maxAge must be a number or Date"',
      '[2] error: TypeError: maxAge must be a number or Date',
      '[3] GET / -> 500 "maxAge must be a number or Date"',
      '[3] error: TypeError: maxAge must be a number or Date',
      '[4] GET /set -> 500 "maxAge must be a number or Date"',
      '[4] error: TypeError: maxAge must be a number or Date',
    ],
  },
  {
    scenario: 'cookie: the cookie is taken away',
    what: 'how an error at the end of a request is reported',
    why: NOT_THROWN,
    theirs: [
      '[1] GET / -> (ECONNRESET)',
      "[1] note: thrown TypeError: Cannot read properties of undefined (reading 'originalMaxAge')",
      '[2] GET / -> (ECONNRESET)',
      "[2] note: thrown TypeError: Cannot read properties of undefined (reading 'originalMaxAge')",
      '[3] GET /set -> (ECONNRESET)',
      "[3] note: thrown TypeError: Cannot read properties of undefined (reading 'originalMaxAge')",
    ],
    ours: [
      '[1] GET / -> 500 "Cannot read properties of undefined (reading \'originalMaxAge\')"',
      "[1] error: TypeError: Cannot read properties of undefined (reading 'originalMaxAge')",
      '[2] GET / -> 500 "Cannot read properties of undefined (reading \'originalMaxAge\')"',
      "[2] error: TypeError: Cannot read properties of undefined (reading 'originalMaxAge')",
      '[3] GET /set -> 500 "Cannot read properties of undefined (reading \'originalMaxAge\')"',
      "[3] error: TypeError: Cannot read properties of undefined (reading 'originalMaxAge')",
    ],
  },
  {
    scenario: 'cookie: secure afterwards',
    what: 'whether an unusable session is stored',
    why: ORPHAN,
    theirs: [
      '[1] store: set "sid-1" {"cookie":{"originalMaxAge":null,"expires":null,"secure":true,"httpOnly":true,"path":"/"}}',
      '[2] store: set "sid-2" {"cookie":{"originalMaxAge":null,"expires":null,"secure":true,"httpOnly":true,"path":"/"}}',
      '[3] store: set "sid-3" {"cookie":{"originalMaxAge":null,"expires":null,"secure":true,"httpOnly":true,"path":"/"},"n":1}',
    ],
    ours: [],
  },
  {
    scenario: 'secure: no proxy option: req.secure counts',
    what: 'whether an unusable session is stored',
    why: ORPHAN,
    theirs: [
      '[2] store: set "sid-2" {"cookie":{"originalMaxAge":null,"expires":null,"secure":true,"httpOnly":true,"path":"/"},"n":1}',
      '[4] store: set "sid-4" {"cookie":{"originalMaxAge":null,"expires":null,"secure":true,"httpOnly":true,"path":"/"},"n":1}',
    ],
    ours: [],
  },
  {
    scenario: 'secure: proxy: true',
    what: 'whether an unusable session is stored',
    why: ORPHAN,
    theirs: [
      '[5] store: set "sid-4" {"cookie":{"originalMaxAge":null,"expires":null,"secure":true,"httpOnly":true,"path":"/"},"n":1}',
    ],
    ours: [],
  },
  {
    scenario: 'secure: proxy: false',
    what: 'whether an unusable session is stored',
    why: ORPHAN,
    theirs: [
      '[2] store: set "sid-2" {"cookie":{"originalMaxAge":null,"expires":null,"secure":true,"httpOnly":true,"path":"/"},"n":1}',
      '[4] store: set "sid-4" {"cookie":{"originalMaxAge":null,"expires":null,"secure":true,"httpOnly":true,"path":"/"},"n":1}',
      '[5] store: set "sid-5" {"cookie":{"originalMaxAge":null,"expires":null,"secure":true,"httpOnly":true,"path":"/"},"n":1}',
    ],
    ours: [],
  },
  {
    scenario: 'secure: proxy: null',
    what: 'whether an unusable session is stored',
    why: ORPHAN,
    theirs: [
      '[2] store: set "sid-2" {"cookie":{"originalMaxAge":null,"expires":null,"secure":true,"httpOnly":true,"path":"/"},"n":1}',
      '[4] store: set "sid-4" {"cookie":{"originalMaxAge":null,"expires":null,"secure":true,"httpOnly":true,"path":"/"},"n":1}',
    ],
    ours: [],
  },
  {
    scenario: 'secure: auto within a function',
    what: "'auto' from a function",
    why: 'The function form of `cookie` may say auto: it is resolved like that of the object form.',
    theirs: [
      '[1] GET /set -> 200 "{\\"cookie\\":{\\"originalMaxAge\\":1000,\\"expires\\":\\"2026-03-04T12:00:01.000Z\\",\\"secure\\":\\"auto\\",\\"httpOnly\\":true,\\"path\\":\\"/\\",\\"sameSite\\":\\"auto\\"},\\"n\\":1}"',
      '[1] store: set "sid-1" {"cookie":{"originalMaxAge":1000,"expires":"2026-03-04T12:00:01.000Z","secure":"auto","httpOnly":true,"path":"/","sameSite":"auto"},"n":1}',
      '[1] note: the headers had been sent',
      '[1] error: TypeError: option sameSite is invalid',
      '[2] GET /set -> 200 "{\\"cookie\\":{\\"originalMaxAge\\":1000,\\"expires\\":\\"2026-03-04T12:00:01.000Z\\",\\"secure\\":\\"auto\\",\\"httpOnly\\":true,\\"path\\":\\"/\\",\\"sameSite\\":\\"auto\\"},\\"n\\":1}"',
      '[2] store: set "sid-2" {"cookie":{"originalMaxAge":1000,"expires":"2026-03-04T12:00:01.000Z","secure":"auto","httpOnly":true,"path":"/","sameSite":"auto"},"n":1}',
      '[2] note: the headers had been sent',
      '[2] error: TypeError: option sameSite is invalid',
      '[3] GET / -> 200 "{\\"cookie\\":{\\"originalMaxAge\\":1000,\\"expires\\":\\"2026-03-04T12:00:01.000Z\\",\\"secure\\":\\"auto\\",\\"httpOnly\\":true,\\"path\\":\\"/\\",\\"sameSite\\":\\"auto\\"}}"',
      '[4] GET /set -> 200 "{\\"cookie\\":{\\"originalMaxAge\\":1000,\\"expires\\":\\"2026-03-04T12:00:01.000Z\\",\\"secure\\":\\"auto\\",\\"httpOnly\\":true,\\"path\\":\\"/\\",\\"sameSite\\":\\"auto\\"},\\"n\\":1}"',
      '[4] store: set "sid-4" {"cookie":{"originalMaxAge":1000,"expires":"2026-03-04T12:00:01.000Z","secure":"auto","httpOnly":true,"path":"/","sameSite":"auto"},"n":1}',
      '[4] note: the headers had been sent',
      '[4] error: TypeError: option sameSite is invalid',
      '[5] GET /set -> 200 "{\\"cookie\\":{\\"originalMaxAge\\":1000,\\"expires\\":\\"2026-03-04T12:00:01.000Z\\",\\"secure\\":\\"auto\\",\\"httpOnly\\":true,\\"path\\":\\"/\\",\\"sameSite\\":\\"auto\\"},\\"n\\":1}"',
      '[5] store: set "sid-5" {"cookie":{"originalMaxAge":1000,"expires":"2026-03-04T12:00:01.000Z","secure":"auto","httpOnly":true,"path":"/","sameSite":"auto"},"n":1}',
    ],
    ours: [
      '[1] GET /set -> 200 "{\\"cookie\\":{\\"originalMaxAge\\":1000,\\"expires\\":\\"2026-03-04T12:00:01.000Z\\",\\"secure\\":true,\\"httpOnly\\":true,\\"path\\":\\"/\\",\\"sameSite\\":\\"none\\"},\\"n\\":1}"',
      '[1]   set-cookie: connect.sid=<sid-1>; Path=/; Expires=Wed, 04 Mar 2026 12:00:01 GMT; HttpOnly; Secure; SameSite=None',
      '[1] store: set "sid-1" {"cookie":{"originalMaxAge":1000,"expires":"2026-03-04T12:00:01.000Z","secure":true,"httpOnly":true,"path":"/","sameSite":"none"},"n":1}',
      '[2] GET /set -> 200 "{\\"cookie\\":{\\"originalMaxAge\\":1000,\\"expires\\":\\"2026-03-04T12:00:01.000Z\\",\\"secure\\":true,\\"httpOnly\\":true,\\"path\\":\\"/\\",\\"sameSite\\":\\"none\\"},\\"n\\":1}"',
      '[2]   set-cookie: connect.sid=<sid-2>; Path=/; Expires=Wed, 04 Mar 2026 12:00:01 GMT; HttpOnly; Secure; SameSite=None',
      '[2] store: set "sid-2" {"cookie":{"originalMaxAge":1000,"expires":"2026-03-04T12:00:01.000Z","secure":true,"httpOnly":true,"path":"/","sameSite":"none"},"n":1}',
      '[3] GET / -> 200 "{\\"cookie\\":{\\"originalMaxAge\\":1000,\\"expires\\":\\"2026-03-04T12:00:01.000Z\\",\\"secure\\":true,\\"httpOnly\\":true,\\"path\\":\\"/\\",\\"sameSite\\":\\"none\\"},\\"n\\":1}"',
      '[3] store: get "sid-2"',
      '[3] store: touch "sid-2" {"cookie":{"originalMaxAge":1000,"expires":"2026-03-04T12:00:01.000Z","secure":true,"httpOnly":true,"path":"/","sameSite":"none"},"n":1}',
      '[4] GET /set -> 200 "{\\"cookie\\":{\\"originalMaxAge\\":1000,\\"expires\\":\\"2026-03-04T12:00:01.000Z\\",\\"secure\\":true,\\"httpOnly\\":true,\\"path\\":\\"/\\",\\"sameSite\\":\\"none\\"},\\"n\\":1}"',
      '[4]   set-cookie: connect.sid=<sid-3>; Path=/; Expires=Wed, 04 Mar 2026 12:00:01 GMT; HttpOnly; Secure; SameSite=None',
      '[4] store: set "sid-3" {"cookie":{"originalMaxAge":1000,"expires":"2026-03-04T12:00:01.000Z","secure":true,"httpOnly":true,"path":"/","sameSite":"none"},"n":1}',
      '[5] GET /set -> 200 "{\\"cookie\\":{\\"originalMaxAge\\":1000,\\"expires\\":\\"2026-03-04T12:00:01.000Z\\",\\"secure\\":false,\\"httpOnly\\":true,\\"path\\":\\"/\\",\\"sameSite\\":\\"lax\\"},\\"n\\":1}"',
      '[5]   set-cookie: connect.sid=<sid-4>; Path=/; Expires=Wed, 04 Mar 2026 12:00:01 GMT; HttpOnly; SameSite=Lax',
      '[5] store: set "sid-4" {"cookie":{"originalMaxAge":1000,"expires":"2026-03-04T12:00:01.000Z","secure":false,"httpOnly":true,"path":"/","sameSite":"lax"},"n":1}',
    ],
  },
  {
    scenario: 'secure: plain HTTP',
    what: 'whether an unusable session is stored',
    why: ORPHAN,
    theirs: [
      '[2] store: set "sid-2" {"cookie":{"originalMaxAge":null,"expires":null,"secure":true,"httpOnly":true,"path":"/"},"n":1}',
    ],
    ours: [],
  },
  {
    scenario: 'secure: plain HTTP, everything is saved',
    what: 'whether an unusable session is stored',
    why: ORPHAN,
    theirs: [
      '[1] store: set "sid-1" {"cookie":{"originalMaxAge":null,"expires":null,"secure":true,"httpOnly":true,"path":"/"}}',
      '[2] store: set "sid-2" {"cookie":{"originalMaxAge":null,"expires":null,"secure":true,"httpOnly":true,"path":"/"},"n":1}',
    ],
    ours: [],
  },
  {
    scenario: 'secure: a proxy that is not trusted',
    what: 'whether an unusable session is stored',
    why: ORPHAN,
    theirs: [
      '[2] store: set "sid-2" {"cookie":{"originalMaxAge":null,"expires":null,"secure":true,"httpOnly":true,"path":"/"},"n":1}',
    ],
    ours: [],
  },
  {
    scenario: 'secure: a proxy that says http first',
    what: 'whether an unusable session is stored',
    why: ORPHAN,
    theirs: [
      '[2] store: set "sid-2" {"cookie":{"originalMaxAge":null,"expires":null,"secure":true,"httpOnly":true,"path":"/"},"n":1}',
    ],
    ours: [],
  },
  {
    scenario: 'secure: a proxy that says nothing',
    what: 'whether an unusable session is stored',
    why: ORPHAN,
    theirs: [
      '[2] store: set "sid-2" {"cookie":{"originalMaxAge":null,"expires":null,"secure":true,"httpOnly":true,"path":"/"},"n":1}',
    ],
    ours: [],
  },
  {
    scenario: 'secure: a req.secure that is not true',
    what: 'whether an unusable session is stored',
    why: ORPHAN,
    theirs: [
      '[2] store: set "sid-2" {"cookie":{"originalMaxAge":null,"expires":null,"secure":true,"httpOnly":true,"path":"/"},"n":1}',
    ],
    ours: [],
  },
]
