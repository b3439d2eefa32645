// What is declared by hand is what the source has. `ROOT` stands for the repository.

import type * as sources from 'ROOT/src/compat/express-session.ts'
import type source from 'ROOT/src/compat/express-session.ts'
import type * as modules from 'holdfast/express-session'
import type session from 'holdfast/express-session'
import type { SessionOptions as KoaOptions } from 'holdfast/koa-session'

type Same<A, B> = [A, B] extends [B, A] ? true : [Exclude<A, B>, Exclude<B, A>]
type All = { -readonly [Name in keyof Checks]: true }
interface Checks {
  properties: Same<keyof typeof source, keyof typeof session>
  exports: Same<keyof typeof sources, keyof typeof modules>
  options: Same<keyof sources.SessionOptions, keyof session.SessionOptions>
  // Two are accepted and ignored; the source's fourth is how a stored cookie is read.
  cookieOptions: Same<
    Exclude<keyof sources.CookieOptions, 'originalMaxAge'>,
    Exclude<keyof session.CookieOptions, 'signed' | 'encode'>
  >
  // The rest of what a session and a cookie have is for stores of other libraries.
  session: Same<Exclude<keyof sources.Session, 'req'>, keyof session.Session>
  cookie: Same<Exclude<keyof sources.Cookie, '_expires' | 'data' | 'serialize' | 'toJSON'>, keyof session.Cookie>
  store: Same<Exclude<keyof sources.Store, 'generate'>, keyof session.Store>
}
export const checks = (given: Checks): All => given

// The others name requests, sessions and keys, that are declared as express-session's types have them.
type Plain<Options> = Required<Omit<Options, 'store' | 'cookie' | 'genid' | 'secret'>>
export const there = (given: Plain<session.SessionOptions>): Plain<sources.SessionOptions> => given
export const back = (given: Plain<sources.SessionOptions>): Plain<session.SessionOptions> => given
export const maxAge: KoaOptions['maxAge'] = 'session'
