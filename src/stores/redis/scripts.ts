/**
 * What runs in the server, one key per script. A script begins to write after its last check only, so one that fails has
 * changed nothing, and one that is sent again after its answer was lost does no harm.
 *
 * Places are counted from 1 here: the header is described in record.ts. `pcall` hands an error on as the server worded
 * it, without the script's name before or after it.
 */

import { createHash } from 'node:crypto'

export interface Script {
  readonly text: string
  readonly sha: string
}

const script = (text: string): Script => ({ text, sha: createHash('sha1').update(text).digest('hex') })

/** What every header looks like, and hardly anything else. */
const OURS = `local ours = '^hf1[tu]' .. string.rep('%d', 36)`

/** Reads the header into `h`, the owner's length into `n`. Answers '0' where no live record is. `ARGV[1]` is the clock. */
const LIVE = `${OURS}
local h = redis.pcall('GETRANGE', KEYS[1], 0, 255)
if type(h) == 'table' then return h end
if not string.find(h, ours) or tonumber(string.sub(h, 5, 20)) <= tonumber(ARGV[1]) then return '0' end
local n = tonumber(string.sub(h, 37, 40))
if n > 100 then h = redis.call('GETRANGE', KEYS[1], 0, 255 + n) end
`

const IS_OTHER_REVISION = 'string.sub(h, 41 + n, 40 + n + #ARGV[2]) ~= ARGV[2]'

/** Where the index had the record: until when, and its owner. */
const INDEXED = 'string.sub(h, 21, 40 + n)'

/**
 * Puts a record in the place of nothing or of an expired one: '1', else '0'.
 * ARGV: the clock, the record, its expiry in Redis.
 */
export const INSERT = script(`${OURS}
local h = redis.pcall('GETRANGE', KEYS[1], 0, 39)
if type(h) == 'table' then return h end
if h ~= '' or redis.call('EXISTS', KEYS[1]) == 1 then
  if not string.find(h, ours) or tonumber(string.sub(h, 5, 20)) > tonumber(ARGV[1]) then return '0' end
end
local done = redis.pcall('SET', KEYS[1], ARGV[2], 'PXAT', ARGV[3])
if done.err then return done end
return '1'
`)

/**
 * Replaces a live record: '0' when there is none, the record when it has another revision, '2' when the owner's index has to be
 * written first, else '1' and, when the owner is another one now, where the index had the old record.
 * ARGV: the clock, the revision, head, owner, tail, expiry in Redis, until when the index has it ('' when not written).
 */
export const UPDATE = script(`${LIVE}
if ${IS_OTHER_REVISION} then return redis.call('GET', KEYS[1]) end
local same = string.sub(h, 37, 40 + n) == ARGV[4]
local indexed = ARGV[7]
if indexed == '' then
  indexed = string.sub(h, 21, 36)
  if ARGV[4] == '0000' then indexed = '0000000000000000'
  elseif not same or tonumber(indexed) < tonumber(string.sub(ARGV[3], 5, 20)) then return '2' end
end
local done = redis.pcall('SET', KEYS[1], ARGV[3] .. indexed .. ARGV[4] .. ARGV[5], 'PXAT', ARGV[6])
if done.err then return done end
if same or n == 0 then return '1' end
return '1' .. ${INDEXED}
`)

/**
 * Moves a live record's deadline: '0' when there is none, '3' when it has another revision, '2' and the owner's field when
 * the owner's index has to be written first, else '1'.
 * ARGV: the clock, the revision, the deadline, expiry in Redis, until when the index has it ('' when not written).
 */
export const TOUCH = script(`${LIVE}
if ${IS_OTHER_REVISION} then return '3' end
local indexed = ARGV[5]
if indexed == '' then
  indexed = string.sub(h, 21, 36)
  if n > 0 and tonumber(indexed) < tonumber(ARGV[3]) then return '2' .. string.sub(h, 37, 40 + n) end
end
local done = redis.pcall('SETRANGE', KEYS[1], 4, ARGV[3] .. indexed)
if type(done) == 'table' then return done end
redis.call('PEXPIREAT', KEYS[1], ARGV[4])
return '1'
`)

/**
 * Removes a live record: '0' when there is none, or it is not this owner's, '3' when it has another revision, else '1'
 * and, when it had an owner, where the index has it.
 * ARGV: the clock, the revision ('' for any), the owner's field ('' for any).
 */
export const DELETE = script(`${LIVE}
if ARGV[3] ~= '' and string.sub(h, 37, 40 + n) ~= ARGV[3] then return '0' end
if ARGV[2] ~= '' and ${IS_OTHER_REVISION} then return '3' end
local done = redis.pcall('DEL', KEYS[1])
if type(done) == 'table' then return done end
if n == 0 then return '1' end
return '1' .. ${INDEXED}
`)

/** Removes an expired record: '1', else '0'. ARGV: the clock. */
export const EXPIRE = script(`${OURS}
local h = redis.pcall('GETRANGE', KEYS[1], 0, 39)
if type(h) == 'table' then return h end
if not string.find(h, ours) or tonumber(string.sub(h, 5, 20)) > tonumber(ARGV[1]) then return '0' end
redis.call('DEL', KEYS[1])
return '1'
`)

/**
 * Puts a session into its owner's index, drops those whose time is over, and answers until when the index has it: never
 * what was answered for this session before, so that whoever undoes an older entry does not undo this one. Time is over when
 * it is by both clocks, the caller's and the server's: one of many callers may have a wrong one.
 * ARGV: the session, until when, the clock minus the tolerance, the tolerance.
 */
export const INDEX_ADD = script(`
local k = KEYS[1]
local old = redis.pcall('ZSCORE', k, ARGV[1])
if type(old) == 'table' then return old end
local at = tonumber(ARGV[2])
if old and tonumber(old) >= at then at = tonumber(old) + 1 end
local done = redis.pcall('ZADD', k, string.format('%.0f', at), ARGV[1])
if type(done) == 'table' then return done end
local past = math.min(tonumber(ARGV[3]), tonumber(redis.call('TIME')[1]) * 1000 - tonumber(ARGV[4]))
redis.call('ZREMRANGEBYSCORE', k, '-inf', '(' .. string.format('%.0f', past))
local last = redis.call('ZRANGE', k, -1, -1, 'WITHSCORES')[2]
if last then redis.call('PEXPIREAT', k, string.format('%.0f', tonumber(last) + tonumber(ARGV[4]))) end
return string.format('%.0f', at)
`)

/** Takes sessions out of an owner's index unless they were put in anew. ARGV: a session, until when, the next one ... */
export const INDEX_REMOVE = script(`
for i = 1, #ARGV, 2 do
  local score = redis.call('ZSCORE', KEYS[1], ARGV[i])
  if score and tonumber(score) == tonumber(ARGV[i + 1]) then redis.call('ZREM', KEYS[1], ARGV[i]) end
end
return '1'
`)

/**
 * A page of an owner's index: session, until when, session ... One that is put in anew moves towards the end, so it is
 * met. Where the page before has ended is not there any more: goes on from those of the same instant, again.
 * ARGV: until when and which session was the last one ('' at the beginning), how many.
 */
export const INDEX_PAGE = script(`
local k, from = KEYS[1], 0
if ARGV[1] ~= '' then
  local score = redis.call('ZSCORE', k, ARGV[2])
  if score and tonumber(score) == tonumber(ARGV[1]) then from = redis.call('ZRANK', k, ARGV[2]) + 1
  else from = redis.call('ZCOUNT', k, '-inf', '(' .. ARGV[1]) end
end
return redis.call('ZRANGE', k, from, from + tonumber(ARGV[3]) - 1, 'WITHSCORES')
`)

export const SCRIPTS: readonly Script[] = [INSERT, UPDATE, TOUCH, DELETE, EXPIRE, INDEX_ADD, INDEX_REMOVE, INDEX_PAGE]
