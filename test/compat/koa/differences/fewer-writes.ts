import type { Difference } from '../../harness/compare.ts'

export const fewerWrites: readonly Difference[] = [
  {
    scenario: 'the cookie: overwrite false and two saves',
    what: 'what was saved by hand is not saved once more at the end of the request',
    why: 'Nothing has changed since, so the second write only costs a round trip.',
    theirs: [
      '[1]   set-cookie: koa.sess=eyJuIjoxLCJfZXhwaXJlIjoxNzcyNzEyMDAwMDAwLCJfbWF4QWdlIjo4NjQwMDAwMH0=; path=/; httponly',
    ],
    ours: [],
  },
  {
    scenario: 'explicit: set-save, default, store',
    what: 'what was saved by hand is not saved once more at the end of the request',
    why: 'Nothing has changed since, so the second write only costs a round trip.',
    theirs: [
      "[1] note: store.set 'id1' { n: 1, _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[4] note: store.set 'id2' { n: 2, _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
    ],
    ours: [],
  },
  {
    scenario: 'explicit: set-regenerate, default, store',
    what: 'what was saved by hand is not saved once more at the end of the request',
    why: 'Nothing has changed since, so the second write only costs a round trip.',
    theirs: [
      "[1] note: store.set 'id2' { n: 1, _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[4] note: store.set 'id4' { n: 2, _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
    ],
    ours: [],
  },
  {
    scenario: 'explicit: set-manual, default, store',
    what: 'what was saved by hand is not saved once more at the end of the request',
    why: 'Nothing has changed since, so the second write only costs a round trip.',
    theirs: [
      "[1] note: store.set 'id1' { n: 1, _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[4] note: store.set 'id2' { n: 2, _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
    ],
    ours: [],
  },
  {
    scenario: 'members: saving with callbacks, store',
    what: 'what was saved by hand is not saved once more at the end of the request',
    why: 'Nothing has changed since, so the second write only costs a round trip.',
    theirs: [
      "[1] note: store.set 'id1' { m: 'save', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[2] note: store.set 'id1' { m: 'commit', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[3] note: store.set 'id2' { m: 'regenerate', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[4] note: store.set 'id2' { m: 'regenerate', n: 'save', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[5] note: store.set 'id2' { m: 'regenerate', n: 'commit', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[6] note: store.set 'id3' { m: 'regenerate', n: 'regenerate', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
    ],
    ours: [],
  },
  {
    scenario: 'members: a regenerate and what follows, store',
    what: 'what was saved by hand is not saved once more at the end of the request',
    why: 'Nothing has changed since, so the second write only costs a round trip.',
    theirs: [
      "[3] note: store.set 'id3' { old: true, user: 'p', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
    ],
    ours: [],
  },
  {
    scenario: 'store: rolling with maxAge',
    what: 'what was saved by hand is not saved once more at the end of the request',
    why: 'Nothing has changed since, so the second write only costs a round trip.',
    theirs: [
      "[7] note: store.set 'id4' { n: 2, _expire: 1772625660000, _maxAge: 60000 } 70000 { changed: false, rolling: true, ctx: 'of this request' }",
    ],
    ours: [],
  },
  {
    scenario: 'mounting: twice with the same options, store',
    what: 'the outer of two middleware does not write again what the inner one wrote',
    why: 'Nothing has changed since, so the second write only costs a round trip.',
    theirs: [
      "[2] note: store.set 'id4' { n: 1, _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[4] note: store.set 'id4' { n: 2, _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[5] note: store.destroy 'id4' { ctx: 'of this request' }",
      "[6] note: store.set 'id6' { n: 1, _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
    ],
    ours: [],
  },
  {
    scenario: 'mounting: one middleware used twice, store',
    what: 'the outer of two middleware does not write again what the inner one wrote',
    why: 'Nothing has changed since, so the second write only costs a round trip.',
    theirs: [
      "[2] note: store.set 'id4' { n: 1, _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[4] note: store.set 'id4' { n: 2, _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[5] note: store.destroy 'id4' { ctx: 'of this request' }",
      "[6] note: store.set 'id6' { n: 1, _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
    ],
    ours: [],
  },
  {
    scenario: 'the response: saved-first, cookie',
    what: 'no second save after the headers have left',
    why: 'What was saved by hand is not saved again, so there is no cookie to set when it is too late and no error about it.',
    theirs: [
      '[2] error: Error: Cannot set headers after they are sent to the client (ERR_HTTP_HEADERS_SENT)',
      '[4] error: Error: Cannot set headers after they are sent to the client (ERR_HTTP_HEADERS_SENT)',
    ],
    ours: [],
  },
  {
    scenario: 'the response: saved-first, store',
    what: 'no second save after the headers have left',
    why: 'What was saved by hand is not saved again, so there is no cookie to set when it is too late and no error about it.',
    theirs: [
      "[2] note: store.set 'id1' { n: 'saved first', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      '[2] error: Error: Cannot set headers after they are sent to the client (ERR_HTTP_HEADERS_SENT)',
      "[4] note: store.set 'id2' { n: 'saved first', _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      '[4] error: Error: Cannot set headers after they are sent to the client (ERR_HTTP_HEADERS_SENT)',
    ],
    ours: [],
  },
  {
    scenario: 'odd: saves that nobody waits for, store',
    what: 'what was saved by hand is not saved once more at the end of the request',
    why: 'Nothing has changed since, so the second write only costs a round trip.',
    theirs: [
      "[1] note: store.set 'id1' { n: 1, _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[5] note: store.set 'id1' { n: 3, after: true, _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[7] note: store.set 'id1' { n: 5, after: true, _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[7] note: store.set 'id1' { n: 5, after: true, _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
    ],
    ours: [],
  },
  {
    scenario: 'odd: what insiders do, store',
    what: 'what was saved by hand is not saved once more at the end of the request',
    why: 'Nothing has changed since, so the second write only costs a round trip.',
    theirs: [
      "[12] note: store.set 'id1' { x: 1, _expire: 1772625610000, _maxAge: 10000 } 20000 { changed: true, rolling: false, ctx: 'of this request' }",
      "[14] note: store.destroy 'id1' { ctx: 'of this request' }",
    ],
    ours: [],
  },
]
