import type { Difference } from '../../harness/compare.ts'

const ONCE = 'regenerate() and save() write once: what save() has stored is not stored again at the end.'
const DESTROYED_ONCE = 'What this request has destroyed is not destroyed again.'
const DEAD_AND_TOLD =
  'A session that was destroyed is not brought back by a request that still holds it. The callback is told.'
const CHAINED = 'All methods answer the session, as is documented, also on a session that the middleware made.'

export const methods: readonly Difference[] = [
  {
    scenario: 'methods: regenerate and save, nothing saved without need',
    what: 'how often the new session is stored',
    why: ONCE,
    theirs: [
      '[1] store: set "sid-2" {~,"user":"ann"}',
      '[2] store: set "sid-3" {~,"user":"ann"}',
      '[4] store: set "sid-4" {~,"user":"ann"}',
    ],
    ours: [],
  },
  {
    scenario: 'methods: destroy and regenerate, nothing saved without need',
    what: 'how often the old session is destroyed',
    why: DESTROYED_ONCE,
    theirs: ['[1] store: destroy "sid-1"', '[2] store: destroy "sid-2"', '[4] store: destroy "sid-3"'],
    ours: [],
  },
  {
    scenario: 'methods: save the destroyed one, nothing saved without need',
    what: 'what save() does after destroy()',
    why: DEAD_AND_TOLD,
    theirs: [
      '[2] store: set "sid-1" {~,"n":1}',
      '[2] note: saved',
      '[3] store: set "sid-1" {~,"n":2}',
      '[4] GET /act -> 200 "[\\"none\\",\\"sid-1\\",false]"',
      '[4] store: get "sid-1"',
      '[4] store: destroy "sid-1"',
      '[4] store: set "sid-1" {~,"n":2}',
      '[4] note: saved',
    ],
    ours: [
      '[2] note: saved SessionStateError: The session ended while this request was using it. Nothing was saved. (ERR_SESSION_LOST)',
      '[3]   set-cookie: connect.sid=<sid-2>; Path=/; HttpOnly',
      '[3] store: set "sid-2" {~,"n":1}',
      '[4] GET /act -> 200 "[\\"none\\",\\"sid-2\\",false]"',
      '[4] store: get "sid-2"',
      '[4] store: destroy "sid-2"',
      '[4] note: saved SessionStateError: The session ended while this request was using it. Nothing was saved. (ERR_SESSION_LOST)',
    ],
  },
  {
    scenario: 'methods: regenerate and save, saved anyway',
    what: 'how often the new session is stored',
    why: ONCE,
    theirs: [
      '[1] store: set "sid-2" {~,"user":"ann"}',
      '[2] store: set "sid-3" {~,"user":"ann"}',
      '[4] store: set "sid-4" {~,"user":"ann"}',
    ],
    ours: [],
  },
  {
    scenario: 'methods: destroy and regenerate, saved anyway',
    what: 'how often the old session is destroyed',
    why: DESTROYED_ONCE,
    theirs: ['[1] store: destroy "sid-1"', '[2] store: destroy "sid-2"', '[4] store: destroy "sid-3"'],
    ours: [],
  },
  {
    scenario: 'methods: save the destroyed one, saved anyway',
    what: 'what save() does after destroy()',
    why: DEAD_AND_TOLD,
    theirs: [
      '[2] store: set "sid-1" {~,"n":1}',
      '[2] note: saved',
      '[3] store: set "sid-1" {~,"n":2}',
      '[4] GET /act -> 200 "[\\"none\\",\\"sid-1\\",false]"',
      '[4] store: get "sid-1"',
      '[4] store: destroy "sid-1"',
      '[4] store: set "sid-1" {~,"n":2}',
      '[4] note: saved',
    ],
    ours: [
      '[2] note: saved SessionStateError: The session ended while this request was using it. Nothing was saved. (ERR_SESSION_LOST)',
      '[3]   set-cookie: connect.sid=<sid-2>; Path=/; HttpOnly',
      '[3] store: set "sid-2" {~,"n":1}',
      '[4] GET /act -> 200 "[\\"none\\",\\"sid-2\\",false]"',
      '[4] store: get "sid-2"',
      '[4] store: destroy "sid-2"',
      '[4] note: saved SessionStateError: The session ended while this request was using it. Nothing was saved. (ERR_SESSION_LOST)',
    ],
  },
  {
    scenario: 'methods: regenerate and save, with maxAge, rolling',
    what: 'how often the new session is stored',
    why: ONCE,
    theirs: [
      '[1] store: set "sid-2" {~60000 2026-03-04T12:01:00.000Z,"user":"ann"}',
      '[2] store: set "sid-3" {~60000 2026-03-04T12:01:00.000Z,"user":"ann"}',
      '[4] store: set "sid-4" {~60000 2026-03-04T12:01:00.000Z,"user":"ann"}',
    ],
    ours: [],
  },
  {
    scenario: 'methods: destroy and regenerate, with maxAge, rolling',
    what: 'how often the old session is destroyed',
    why: DESTROYED_ONCE,
    theirs: ['[1] store: destroy "sid-1"', '[2] store: destroy "sid-2"', '[4] store: destroy "sid-3"'],
    ours: [],
  },
  {
    scenario: 'methods: save the destroyed one, with maxAge, rolling',
    what: 'what save() does after destroy()',
    why: DEAD_AND_TOLD,
    theirs: [
      '[2] store: set "sid-1" {~60000 2026-03-04T12:01:00.000Z,"n":1}',
      '[2] note: saved',
      '[3]   set-cookie: connect.sid=<sid-1>; Path=/; Expires=Wed, 04 Mar 2026 12:01:00 GMT; HttpOnly',
      '[3] store: set "sid-1" {~60000 2026-03-04T12:01:00.000Z,"n":2}',
      '[4] GET /act -> 200 "[\\"none\\",\\"sid-1\\",false]"',
      '[4] store: get "sid-1"',
      '[4] store: destroy "sid-1"',
      '[4] store: set "sid-1" {~60000 2026-03-04T12:01:00.000Z,"n":2}',
      '[4] note: saved',
    ],
    ours: [
      '[2] note: saved SessionStateError: The session ended while this request was using it. Nothing was saved. (ERR_SESSION_LOST)',
      '[3]   set-cookie: connect.sid=<sid-2>; Path=/; Expires=Wed, 04 Mar 2026 12:01:00 GMT; HttpOnly',
      '[3] store: set "sid-2" {~60000 2026-03-04T12:01:00.000Z,"n":1}',
      '[4] GET /act -> 200 "[\\"none\\",\\"sid-2\\",false]"',
      '[4] store: get "sid-2"',
      '[4] store: destroy "sid-2"',
      '[4] note: saved SessionStateError: The session ended while this request was using it. Nothing was saved. (ERR_SESSION_LOST)',
    ],
  },
  {
    scenario: 'methods: all answer the session',
    what: 'what save() and reload() answer',
    why: CHAINED,
    theirs: ['[2] note: itself true true false false', '[4] note: itself true true false false'],
    ours: ['[2] note: itself true true true true', '[4] note: itself true true true true'],
  },
  {
    scenario: 'methods: without callbacks',
    what: 'what save() and reload() answer',
    why: CHAINED,
    theirs: ['[2] note: saved 2 false', '[4] note: saved 4 false'],
    ours: ['[2] note: saved 2 true', '[4] note: saved 4 true'],
  },
  {
    scenario: 'methods: methods that the application replaces',
    what: 'whether the end of a request calls a replaced save()',
    why: "The end of a request commits by itself; `save` is the application's verb.",
    theirs: ['[2] note: own save', '[4] note: own save'],
    ours: [],
  },
  {
    scenario: "methods: regenerate while the store's set fails",
    what: 'the cookie after a failed save',
    why: 'Only a session that the store has acknowledged gets a cookie.',
    theirs: [
      '[3]   set-cookie: connect.sid=<sid-2>; Path=/; HttpOnly',
      '[4]   set-cookie: connect.sid=<sid-4>; Path=/; HttpOnly',
    ],
    ours: [],
  },
  {
    scenario: 'Cookie: a copy of a cookie',
    what: 'whether a copy has own methods',
    why: 'A copy has the methods of its prototype, not copies of them.',
    theirs: [
      '[1] note: copy ["keys path,_expires,originalMaxAge,httpOnly,color,serialize,toJSON","own path,_expires,originalMaxAge,httpOnly,color,serialize,toJSON","path \\"/one\\"","maxAge 1000","httpOnly true","expires \\"2026-03-04T12:00:01.000Z\\"","originalMaxAge 1000","secure undefined","sameSite undefined","domain undefined","partitioned undefined","priority undefined","data originalMaxAge,partitioned,priority,expires,secure,httpOnly,domain,path,sameSite {\\"originalMaxAge\\":1000,\\"expires\\":\\"2026-03-04T12:00:01.000Z\\",\\"httpOnly\\":true,\\"path\\":\\"/one\\"}","JSON {\\"originalMaxAge\\":1000,\\"expires\\":\\"2026-03-04T12:00:01.000Z\\",\\"httpOnly\\":true,\\"path\\":\\"/one\\"}"]',
    ],
    ours: [
      '[1] note: copy ["keys path,_expires,originalMaxAge,httpOnly,color","own path,_expires,originalMaxAge,httpOnly,color","path \\"/one\\"","maxAge 1000","httpOnly true","expires \\"2026-03-04T12:00:01.000Z\\"","originalMaxAge 1000","secure undefined","sameSite undefined","domain undefined","partitioned undefined","priority undefined","data originalMaxAge,partitioned,priority,expires,secure,httpOnly,domain,path,sameSite {\\"originalMaxAge\\":1000,\\"expires\\":\\"2026-03-04T12:00:01.000Z\\",\\"httpOnly\\":true,\\"path\\":\\"/one\\"}","JSON {\\"originalMaxAge\\":1000,\\"expires\\":\\"2026-03-04T12:00:01.000Z\\",\\"httpOnly\\":true,\\"path\\":\\"/one\\"}"]',
    ],
  },
]
