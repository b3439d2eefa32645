import { bug } from './bug.ts'

const engine = 'engine.ts'

/** Deadlines, failures, the end of a request, what comes in. */
export const outsideBugs = [
  bug(
    'a store call has no deadline',
    'the laws of the deadlines',
    'core/backend.ts',
    'return within(answer, budget, giveUp, (cause) => failed(operation, cause))',
    'return answer.then((value) => value, (cause) => Promise.reject(failed(operation, cause)))',
  ),
  bug(
    'making the store ready has no deadline',
    'the laws of the deadlines',
    'core/backend.ts',
    'opening,\n      budget,',
    'opening,\n      2 ** 30,',
  ),
  bug(
    'a commit that failed is forgotten',
    'one request, two failing calls',
    engine,
    '(error) => Promise.reject(failed(visit, error)),',
    '() => undefined,',
  ),
  bug(
    'the cookie is sent before the commit',
    'the laws of the lifetimes',
    engine,
    'if (!isLater(committed)) return sendCookie(visit)\n  return committed.then(\n    () => sendCookie(visit),\n    (error) => Promise.reject(failed(visit, error)),\n  )',
    'if (isLater(committed)) committed.then(undefined, () => undefined)\n  return sendCookie(visit)',
  ),
  bug(
    'finish() does not wait for verbs',
    'two requests in two processes',
    engine,
    'if (visit.tail || visit.dying.length > 0) return',
    'if (visit.dying.length > 0) return',
  ),
  bug(
    'a lost session leaves the cookie that is due',
    'two requests in two processes',
    'core/commit.ts',
    "if (visit.bond === bond) visit.cookie = 'none'",
    '',
  ),
  bug(
    'a lost session sends its cookie',
    'two requests in two processes',
    'core/commit.ts',
    "if (visit.bond === bond) visit.cookie = 'none'",
    "visit.cookie = 'set'",
  ),
  bug(
    'a store that cannot be read means no session',
    'the laws of the deadlines',
    engine,
    'return andThen(look(kernel, claims), (seen) => admit(visit, seen))',
    'return (async () => admit(visit, await look(kernel, claims)))().catch(() => visit)',
  ),
  bug(
    'use moves a session beyond its absolute deadline',
    'the laws of the lifetimes',
    'core/expiry.ts',
    'Math.min(now + (lifetime.idleTimeout ?? idleTimeout), lifetime.absoluteAt)',
    'now + (lifetime.idleTimeout ?? idleTimeout)',
  ),
  bug(
    'a touch sets the absolute deadline',
    'the laws of the lifetimes',
    'core/commit.ts',
    'Math.max(latest.expiresAt, deadline(latest.record, options.idleTimeout, now))',
    'latest.record.absoluteAt + 1',
  ),
  bug(
    'a touch moves nothing',
    'the laws of the lifetimes',
    'core/commit.ts',
    'Math.max(latest.expiresAt, deadline(latest.record, options.idleTimeout, now))',
    'latest.expiresAt',
  ),
  bug(
    'the first cookie of our name is the only one',
    'the laws of the cookie header',
    'core/cookie.ts',
    'else if (found.push(value) === MAX_CANDIDATES) break',
    'else break',
  ),
  bug(
    'a name that ends like ours is ours',
    'the laws of the cookie header',
    'core/cookie.ts',
    ' || !startsPair(header, at)',
    '',
  ),
  bug(
    'a quoted value keeps its quotes',
    'the laws of the cookie header',
    'core/cookie.ts',
    '? value.slice(1, -1)',
    '? value',
  ),
  bug(
    'a record of another version is read',
    'the laws of the record',
    'core/record.ts',
    "if (header.v !== VERSION) return 'newer-version'",
    '',
  ),
  bug(
    'a record forgets that its cookie is persistent',
    'the laws of the record',
    'core/record.ts',
    'header.p === undefined ? undefined : header.p === 1',
    'undefined',
  ),
]
