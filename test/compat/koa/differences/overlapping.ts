import type { Difference } from '../../harness/compare.ts'

export const overlapping: readonly Difference[] = [
  {
    scenario: 'race: two keys',
    what: 'a slow request merges its change into what another one wrote',
    why: 'There the slower one overwrites the other: a lost update. The extra get looks at what is to be merged.',
    theirs: [
      "[2] note: store.set 'id1' { n: 1, a: 'slow', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[3] note: sees { data: { n: 1, a: 'slow' }, isNew: false, maxAge: 86400000, externalKey: 'id1', length: 2, populated: true }",
    ],
    ours: [
      "[2] note: store.get 'id1' 86400000 { rolling: false, ctx: 'of this request' }",
      "[2] note: store.set 'id1' { n: 1, b: 'fast', a: 'slow', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[3] note: sees { data: { n: 1, b: 'fast', a: 'slow' }, isNew: false, maxAge: 86400000, externalKey: 'id1', length: 3, populated: true }",
    ],
  },
  {
    scenario: 'race: two keys, three times',
    what: 'a slow request merges its change into what another one wrote',
    why: 'There the slower one overwrites the other: a lost update. The extra get looks at what is to be merged.',
    theirs: [
      "[2] note: store.set 'id1' { n: 1, a: 'slow', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[3] note: sees { data: { n: 1, a: 'slow' }, isNew: false, maxAge: 86400000, externalKey: 'id1', length: 2, populated: true }",
    ],
    ours: [
      "[2] note: store.get 'id1' 86400000 { rolling: false, ctx: 'of this request' }",
      "[2] note: store.set 'id1' { n: 'fast', b: 'fast', a: 'slow', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[3] note: sees { data: { n: 'fast', b: 'fast', a: 'slow' }, isNew: false, maxAge: 86400000, externalKey: 'id1', length: 3, populated: true }",
    ],
  },
  {
    scenario: 'race: one key',
    what: 'a slow request looks at what another one wrote before it writes',
    why: 'It merges its own changes into that; here the result is the same.',
    theirs: [],
    ours: ["[2] note: store.get 'id1' 86400000 { rolling: false, ctx: 'of this request' }"],
  },
  {
    scenario: 'race: a key and the same key deleted',
    what: 'a slow request looks at what another one wrote before it writes',
    why: 'It merges its own changes into that; here the result is the same.',
    theirs: [],
    ours: ["[2] note: store.get 'id1' 86400000 { rolling: false, ctx: 'of this request' }"],
  },
  {
    scenario: 'race: a deleted key and another',
    what: 'a slow request merges its change into what another one wrote',
    why: 'There the slower one overwrites the other: a lost update. The extra get looks at what is to be merged.',
    theirs: [
      "[2] note: store.set 'id1' { _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[3] note: sees { data: {}, isNew: false, maxAge: 86400000, externalKey: 'id1', length: 0, populated: false }",
    ],
    ours: [
      "[2] note: store.get 'id1' 86400000 { rolling: false, ctx: 'of this request' }",
      "[2] note: store.set 'id1' { b: 'fast', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[3] note: sees { data: { b: 'fast' }, isNew: false, maxAge: 86400000, externalKey: 'id1', length: 1, populated: true }",
    ],
  },
  {
    scenario: 'race: an explicit save',
    what: 'a slow request merges its change into what another one wrote',
    why: 'There the slower one overwrites the other: a lost update. The extra get looks at what is to be merged.',
    theirs: [
      "[2] note: store.set 'id1' { n: 1, a: 'slow', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: false, rolling: false, ctx: 'of this request' }",
      "[2] note: store.set 'id1' { n: 1, a: 'slow', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[3] note: sees { data: { n: 1, a: 'slow' }, isNew: false, maxAge: 86400000, externalKey: 'id1', length: 2, populated: true }",
    ],
    ours: [
      "[2] note: store.get 'id1' 86400000 { rolling: false, ctx: 'of this request' }",
      "[2] note: store.set 'id1' { n: 1, b: 'fast', a: 'slow', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: false, rolling: false, ctx: 'of this request' }",
      "[3] note: sees { data: { n: 1, b: 'fast', a: 'slow' }, isNew: false, maxAge: 86400000, externalKey: 'id1', length: 3, populated: true }",
    ],
  },
  {
    scenario: 'race: a logout beside a slow request',
    what: 'a slow request does not bring back a session that has ended',
    why: 'There it writes it again, so that who signed out is signed in, and the id from before a login works on.',
    theirs: [
      '[2]   set-cookie: koa.sess=id1; path=/; expires=Thu, 05 Mar 2026 12:00:00 GMT; httponly',
      '[2]   set-cookie: koa.sess.sig=Ik38Ai3TS1X-taREBPVK5hIceS4; path=/; expires=Thu, 05 Mar 2026 12:00:00 GMT; httponly',
      "[2] note: store.set 'id1' { n: 1, a: 'slow', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[3] note: store.get 'id1' undefined { rolling: false, ctx: 'of this request' }",
      "[3] note: sees { data: { n: 1, a: 'slow' }, isNew: false, maxAge: 86400000, externalKey: 'id1', length: 2, populated: true }",
      "[4] note: kept [ 'id1' ]",
    ],
    ours: [
      '[3] note: genid 2',
      "[3] note: sees { data: {}, isNew: true, maxAge: undefined, externalKey: 'id2', length: 0, populated: false }",
      '[4] note: kept []',
    ],
  },
  {
    scenario: 'race: a logout beside a slow save',
    what: 'a slow request that saves a session that has ended fails',
    why: 'There the session is back. Who waits for a save must hear that there was none.',
    theirs: [
      '[2] GET /slow-save -> 200 "ok"',
      '[2]   set-cookie: koa.sess=id1; path=/; expires=Thu, 05 Mar 2026 12:00:00 GMT; httponly',
      '[2]   set-cookie: koa.sess.sig=Ik38Ai3TS1X-taREBPVK5hIceS4; path=/; expires=Thu, 05 Mar 2026 12:00:00 GMT; httponly',
      "[2] note: store.set 'id1' { n: 1, a: 'slow', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: false, rolling: false, ctx: 'of this request' }",
      "[2] note: store.set 'id1' { n: 1, a: 'slow', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[3] note: store.get 'id1' undefined { rolling: false, ctx: 'of this request' }",
      "[3] note: sees { data: { n: 1, a: 'slow' }, isNew: false, maxAge: 86400000, externalKey: 'id1', length: 2, populated: true }",
      "[4] note: kept [ 'id1' ]",
    ],
    ours: [
      '[2] GET /slow-save -> 500 "Internal Server Error"',
      '[2] error: SessionStateError: The session ended while this request was using it. Nothing was saved. (ERR_SESSION_LOST)',
      '[3] note: genid 2',
      "[3] note: sees { data: {}, isNew: true, maxAge: undefined, externalKey: 'id2', length: 0, populated: false }",
      '[4] note: kept []',
    ],
  },
  {
    scenario: 'race: a logout beside a slow regenerate',
    what: 'a slow request that saves a session that has ended fails',
    why: 'There the session is back. Who waits for a save must hear that there was none.',
    theirs: [
      '[2] GET /slow-regenerate -> 200 "ok"',
      '[2]   set-cookie: koa.sess=id2; path=/; expires=Thu, 05 Mar 2026 12:00:00 GMT; httponly',
      '[2]   set-cookie: koa.sess.sig=RsgwkzIYkuBMgSUwsMqehj668wA; path=/; expires=Thu, 05 Mar 2026 12:00:00 GMT; httponly',
      "[2] note: store.destroy 'id1' { ctx: 'of this request' }",
      '[2] note: genid 2',
      "[2] note: store.set 'id2' { n: 1, _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: false, rolling: false, ctx: 'of this request' }",
      "[3] note: store.get 'id2' undefined { rolling: false, ctx: 'of this request' }",
      "[3] note: sees { data: { n: 1 }, isNew: false, maxAge: 86400000, externalKey: 'id2', length: 1, populated: true }",
      "[4] note: kept [ 'id2' ]",
    ],
    ours: [
      '[2] GET /slow-regenerate -> 500 "Internal Server Error"',
      '[2] error: SessionStateError: The session ended while this request was using it. Nothing was saved. (ERR_SESSION_LOST)',
      '[3] note: genid 2',
      "[3] note: sees { data: {}, isNew: true, maxAge: undefined, externalKey: 'id2', length: 0, populated: false }",
      '[4] note: kept []',
    ],
  },
  {
    scenario: 'race: a login beside a slow request',
    what: 'a slow request does not bring back a session that has ended',
    why: 'There it writes it again, so that who signed out is signed in, and the id from before a login works on.',
    theirs: [
      '[2]   set-cookie: koa.sess=id1; path=/; expires=Thu, 05 Mar 2026 12:00:00 GMT; httponly',
      '[2]   set-cookie: koa.sess.sig=Ik38Ai3TS1X-taREBPVK5hIceS4; path=/; expires=Thu, 05 Mar 2026 12:00:00 GMT; httponly',
      "[2] note: store.set 'id1' { n: 1, a: 'slow', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[3] note: store.get 'id1' undefined { rolling: false, ctx: 'of this request' }",
      "[3] note: sees { data: { n: 1, a: 'slow' }, isNew: false, maxAge: 86400000, externalKey: 'id1', length: 2, populated: true }",
      "[4] note: kept [ 'id2', 'id1' ]",
    ],
    ours: [
      "[3] note: store.get 'id2' undefined { rolling: false, ctx: 'of this request' }",
      "[3] note: sees { data: { n: 1 }, isNew: false, maxAge: 86400000, externalKey: 'id2', length: 1, populated: true }",
      "[4] note: kept [ 'id2' ]",
    ],
  },
  {
    scenario: 'race: a slow replacement beside a change',
    what: 'a slow request merges its change into what another one wrote',
    why: 'There the slower one overwrites the other: a lost update. The extra get looks at what is to be merged.',
    theirs: [
      "[2] note: store.set 'id1' { replaced: 'slow', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[3] note: sees { data: { replaced: 'slow' }, isNew: false, maxAge: 86400000, externalKey: 'id1', length: 1, populated: true }",
    ],
    ours: [
      "[2] note: store.get 'id1' 86400000 { rolling: false, ctx: 'of this request' }",
      "[2] note: store.set 'id1' { b: 'fast', replaced: 'slow', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[3] note: sees { data: { b: 'fast', replaced: 'slow' }, isNew: false, maxAge: 86400000, externalKey: 'id1', length: 2, populated: true }",
    ],
  },
  {
    scenario: 'race: a replacement beside a slow change',
    what: 'a slow request merges its change into what another one wrote',
    why: 'There the slower one overwrites the other: a lost update. The extra get looks at what is to be merged.',
    theirs: [
      "[2] note: store.set 'id1' { n: 1, a: 'slow', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[3] note: sees { data: { n: 1, a: 'slow' }, isNew: false, maxAge: 86400000, externalKey: 'id1', length: 2, populated: true }",
    ],
    ours: [
      "[2] note: store.get 'id1' 86400000 { rolling: false, ctx: 'of this request' }",
      "[2] note: store.set 'id1' { r: 'replaced', a: 'slow', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[3] note: sees { data: { r: 'replaced', a: 'slow' }, isNew: false, maxAge: 86400000, externalKey: 'id1', length: 2, populated: true }",
    ],
  },
  {
    scenario: 'race: two verbs of one request at once',
    what: 'verbs of one request run one after the other, and each old id is gone',
    why: 'There they run into each other: the ids of the session before stay in the store, and work.',
    theirs: [
      "[2] note: store.destroy 'id1' { ctx: 'of this request' }",
      "[4] note: store.set 'id3' { n: 1, _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: false, rolling: false, ctx: 'of this request' }",
      "[6] note: kept [ 'id2', 'id3', 'id4' ]",
    ],
    ours: [
      "[2] note: store.destroy 'id2' { ctx: 'of this request' }",
      "[4] note: store.set 'id4' { n: 1, _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: false, rolling: false, ctx: 'of this request' }",
      "[6] note: kept [ 'id4' ]",
    ],
  },
  {
    scenario: 'race: an emptied session beside a slow change',
    what: 'a slow request merges its change into what another one wrote',
    why: 'There the slower one overwrites the other: a lost update. The extra get looks at what is to be merged.',
    theirs: [
      "[2] note: store.set 'id1' { n: 1, a: 'slow', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[3] note: sees { data: { n: 1, a: 'slow' }, isNew: false, maxAge: 86400000, externalKey: 'id1', length: 2, populated: true }",
    ],
    ours: [
      "[2] note: store.get 'id1' 86400000 { rolling: false, ctx: 'of this request' }",
      "[2] note: store.set 'id1' { a: 'slow', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[3] note: sees { data: { a: 'slow' }, isNew: false, maxAge: 86400000, externalKey: 'id1', length: 1, populated: true }",
    ],
  },
]
