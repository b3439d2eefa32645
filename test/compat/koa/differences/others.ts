import type { Difference } from '../../harness/compare.ts'

export const others: readonly Difference[] = [
  {
    scenario: 'members: the external key after a regenerate',
    what: 'externalKey is the new one after a regenerate',
    why: 'There it is still the old one, which is worth nothing any more.',
    theirs: [
      "[1] note: after 'id1'",
      "[1] note: store.set 'id2' { n: 1, _expire: 1772712000000, _maxAge: 86400000 } 86410000 { changed: true, rolling: false, ctx: 'of this request' }",
    ],
    ours: ["[1] note: after 'id2'"],
  },
  {
    scenario: 'failure: encode undefined',
    what: 'undefined is as good as not given',
    why: 'There the application starts and then fails with every session. As in 6.x.',
    theirs: [
      '[1] GET /set -> 500 "Internal Server Error"',
      '[1] error: TypeError: opts.encode is not a function',
      '[2] note: sees { data: {}, isNew: true, maxAge: undefined, externalKey: undefined, length: 0, populated: false }',
    ],
    ours: [
      '[1] GET /set -> 200 "1"',
      '[1]   set-cookie: koa.sess=eyJuIjoxLCJfZXhwaXJlIjoxNzcyNzEyMDAwMDAwLCJfbWF4QWdlIjo4NjQwMDAwMH0=; path=/; httponly',
      '[1]   set-cookie: koa.sess.sig=XErCX_PNi8I3ZJSst4mNdt4H8To; path=/; httponly',
      '[2] note: sees { data: { n: 1 }, isNew: false, maxAge: 86400000, externalKey: undefined, length: 1, populated: true }',
    ],
  },
  {
    scenario: 'failure: decode undefined',
    what: 'undefined is as good as not given',
    why: 'There the application starts and then fails with every session. As in 6.x.',
    theirs: [
      '[2] GET /read -> 500 "Internal Server Error"',
      '[2]   set-cookie: koa.sess=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly',
      '[2]   set-cookie: koa.sess.sig=OutgMohMu21khLGNzdTgaP9EjPI; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly',
      '[2] error: TypeError: opts.decode is not a function',
    ],
    ours: [
      '[2] GET /read -> 200 "ok"',
      '[2] note: sees { data: { n: 1 }, isNew: false, maxAge: 86400000, externalKey: undefined, length: 1, populated: true }',
    ],
  },
  {
    scenario: 'hook: genid answers empty text',
    what: 'who saves a session under no id hears of it',
    why: 'There its data go into the cookie, and are looked for in the store from then on.',
    theirs: [
      '[1] GET /set -> 200 "1"',
      '[1]   set-cookie: koa.sess=eyJuIjoxLCJfZXhwaXJlIjoxNzcyNzEyMDAwMDAwLCJfbWF4QWdlIjo4NjQwMDAwMH0=; path=/; httponly',
      '[1]   set-cookie: koa.sess.sig=XErCX_PNi8I3ZJSst4mNdt4H8To; path=/; httponly',
      "[2] note: store.get 'eyJuIjoxLCJfZXhwaXJlIjoxNzcyNzEyMDAwMDAwLCJfbWF4QWdlIjo4NjQwMDAwMH0=' undefined { rolling: false, ctx: 'of this request' }",
      "[2] event: session:missed { key: 'eyJuIjoxLCJfZXhwaXJlIjoxNzcyNzEyMDAwMDAwLCJfbWF4QWdlIjo4NjQwMDAwMH0=', value: undefined } with ctx",
      "[3] note: store.get 'eyJuIjoxLCJfZXhwaXJlIjoxNzcyNzEyMDAwMDAwLCJfbWF4QWdlIjo4NjQwMDAwMH0=' undefined { rolling: false, ctx: 'of this request' }",
      "[3] event: session:missed { key: 'eyJuIjoxLCJfZXhwaXJlIjoxNzcyNzEyMDAwMDAwLCJfbWF4QWdlIjo4NjQwMDAwMH0=', value: undefined } with ctx",
    ],
    ours: [
      '[1] GET /set -> 500 "Internal Server Error"',
      '[1] error: TypeError: The option genid has to answer an id at once, as text that is not empty.',
    ],
  },
  {
    scenario: 'hook: genid answers nothing',
    what: 'who saves a session under no id hears of it',
    why: 'There its data go into the cookie, and are looked for in the store from then on.',
    theirs: [
      '[1] GET /set -> 200 "1"',
      '[1]   set-cookie: koa.sess=eyJuIjoxLCJfZXhwaXJlIjoxNzcyNzEyMDAwMDAwLCJfbWF4QWdlIjo4NjQwMDAwMH0=; path=/; httponly',
      '[1]   set-cookie: koa.sess.sig=XErCX_PNi8I3ZJSst4mNdt4H8To; path=/; httponly',
      "[2] note: store.get 'eyJuIjoxLCJfZXhwaXJlIjoxNzcyNzEyMDAwMDAwLCJfbWF4QWdlIjo4NjQwMDAwMH0=' undefined { rolling: false, ctx: 'of this request' }",
      "[2] event: session:missed { key: 'eyJuIjoxLCJfZXhwaXJlIjoxNzcyNzEyMDAwMDAwLCJfbWF4QWdlIjo4NjQwMDAwMH0=', value: undefined } with ctx",
    ],
    ours: [
      '[1] GET /set -> 500 "Internal Server Error"',
      '[1] error: TypeError: The option genid has to answer an id at once, as text that is not empty.',
    ],
  },
  {
    scenario: 'odd: beforeSave puts null into the context, cookie',
    what: 'a session that beforeSave takes away is removed',
    why: 'There the request fails with a TypeError of the library.',
    theirs: [
      '[1] GET /set -> 500 "Internal Server Error"',
      '[1] error: TypeError: this.session.toJSON is not a function',
      '[3] GET /set -> 500 "Internal Server Error"',
      '[3] error: TypeError: this.session.toJSON is not a function',
    ],
    ours: [
      '[1] GET /set -> 200 "1"',
      '[1]   set-cookie: koa.sess=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly',
      '[1]   set-cookie: koa.sess.sig=OutgMohMu21khLGNzdTgaP9EjPI; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly',
      '[3] GET /set -> 200 "1"',
      '[3]   set-cookie: koa.sess=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly',
      '[3]   set-cookie: koa.sess.sig=OutgMohMu21khLGNzdTgaP9EjPI; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly',
    ],
  },
  {
    scenario: 'odd: beforeSave puts null into the context, store',
    what: 'a session that beforeSave takes away is removed',
    why: 'There the request fails with a TypeError of the library.',
    theirs: [
      '[1] GET /set -> 500 "Internal Server Error"',
      '[1] error: TypeError: this.session.toJSON is not a function',
      '[3] GET /set -> 500 "Internal Server Error"',
      '[3] error: TypeError: this.session.toJSON is not a function',
    ],
    ours: [
      '[1] GET /set -> 200 "1"',
      '[1]   set-cookie: koa.sess=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly',
      '[1]   set-cookie: koa.sess.sig=OutgMohMu21khLGNzdTgaP9EjPI; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly',
      "[1] note: store.destroy 'id1' { ctx: 'of this request' }",
      '[3] GET /set -> 200 "1"',
      '[3]   set-cookie: koa.sess=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly',
      '[3]   set-cookie: koa.sess.sig=OutgMohMu21khLGNzdTgaP9EjPI; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly',
      "[3] note: store.destroy 'id3' { ctx: 'of this request' }",
    ],
  },
]
