import { NOON } from '../../../support/movable-clock.ts'
import { type Story, topic } from '../scenario.ts'
import { sealed, stored } from './modes.ts'

/** What a store or a cookie may bring, as the text that it is. */
const records: Readonly<Record<string, string>> = {
  'nothing but data': '{"a":1}',
  'no keys at all': '{}',
  '_expire in the future': `{"a":1,"_expire":${NOON + 5000}}`,
  '_expire now': `{"a":1,"_expire":${NOON}}`,
  '_expire a moment ago': `{"a":1,"_expire":${NOON - 1}}`,
  '_expire as text': '{"a":1,"_expire":"5"}',
  '_expire null': '{"a":1,"_expire":null}',
  '_expire 0': '{"a":1,"_expire":0}',
  _maxAge: '{"a":1,"_maxAge":5000}',
  '_maxAge session': '{"a":1,"_maxAge":"session"}',
  '_maxAge null': '{"a":1,"_maxAge":null}',
  _session: '{"a":1,"_session":true}',
  '_session false': '{"a":1,"_session":false}',
  '_session and _maxAge': '{"a":1,"_maxAge":5000,"_session":true}',
  _requireSave: '{"a":1,"_requireSave":true}',
  'another hidden key': '{"a":1,"_other":2}',
  isNew: '{"a":1,"isNew":true}',
  maxAge: '{"a":1,"maxAge":5000}',
  'length, populated and externalKey': '{"a":1,"length":9,"populated":"no","externalKey":"stolen"}',
  'deep data': '{"a":{"b":[1,{"c":null}]},"":"empty","0":"zero"}',
  text: '"text"',
  'a number': '7',
  true: 'true',
  'an array': '["x"]',
  false: 'false',
  zero: '0',
  null: 'null',
  'empty text': '""',
}

/** Data that would take the session's own members away. */
const hostile: readonly (readonly [name: string, text: string])[] = [
  ['__proto__', '{"a":1,"__proto__":{"admin":true}}'],
  ['__proto__ null', '{"a":1,"__proto__":null}'],
  ['constructor', '{"a":1,"constructor":{"prototype":{"admin":true}}}'],
  ['toJSON', '{"a":1,"toJSON":1}'],
  ['save', '{"a":1,"save":1}'],
  ['regenerate', '{"a":1,"regenerate":1}'],
  ['commit', '{"a":1,"commit":1}'],
  ['manuallyCommit', '{"a":1,"manuallyCommit":1}'],
  ['hasOwnProperty', '{"a":1,"hasOwnProperty":1}'],
]

const both = (name: string, text: string): Story[] => {
  const routes: Story['routes'] = {
    '/look': (ctx, { note }) => {
      note('has', ctx.session.a, ctx.session.admin, typeof ctx.session.save, typeof ctx.session.toJSON)
      note('json', ctx.session.toJSON())
    },
  }
  return [
    {
      name: `${name}, store`,
      options: ({ store, genid }) => ({ store, genid, signed: false }),
      routes,
      steps: [
        stored(text),
        { path: '/read', cookie: 'koa.sess=k' },
        { path: '/look', cookie: 'koa.sess=k' },
        { path: '/set', cookie: 'koa.sess=k' },
        '/read',
        '/look',
      ],
    },
    {
      name: `${name}, cookie`,
      options: () => ({ signed: false }),
      routes,
      steps: [
        { path: '/read', cookie: sealed(text) },
        { path: '/look', cookie: sealed(text) },
        { path: '/set', cookie: sealed(text) },
        '/read',
        '/look',
      ],
    },
  ]
}

export const storedKeys: readonly Story[] = topic(
  'stored',
  Object.entries(records).flatMap(([name, text]) => both(name, text)),
)
export const hostileKeys: readonly Story[] = topic(
  'hostile',
  hostile.flatMap(([name, text]) => both(name, text)),
)
