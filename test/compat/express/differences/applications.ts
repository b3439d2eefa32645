import type { Difference } from '../../harness/compare.ts'

export const applications: readonly Difference[] = [
  {
    scenario: 'application: a regenerate that nobody waits for',
    what: 'which session the browser gets',
    why: 'The end of a request waits for what its session is doing, so that the browser gets the new session and not one that is about to be destroyed.',
    theirs: [
      '[2] store: touch "sid-1" {~,"n":1}',
      '[3] store: get "sid-1"',
      '[4] store: get "sid-1"',
      '[4] store: destroy "sid-4"',
      '[5] store: get "sid-1"',
    ],
    ours: [
      '[2]   set-cookie: connect.sid=<sid-2>; Path=/; HttpOnly',
      '[2] store: set "sid-2" {~}',
      '[3] store: get "sid-2"',
      '[3] store: touch "sid-2" {~}',
      '[4]   set-cookie: connect.sid=<sid-3>; Path=/; HttpOnly',
      '[4] store: get "sid-2"',
      '[4] store: destroy "sid-2"',
      '[4] store: set "sid-3" {~}',
      '[5] store: get "sid-3"',
      '[5] store: touch "sid-3" {~}',
    ],
  },
  {
    scenario: 'application: server-sent events',
    what: 'how often a session is touched',
    why: 'The session is committed before the headers leave, and again at the end for what has changed since.',
    theirs: [],
    ours: ['[2] store: touch "sid-1" {~,"n":1}', '[4] store: touch "sid-1" {~,"n":2}'],
  },
]
