/**
 * What runs in the server, one key per script: a string key with JSON text and the server's own expiry. A script begins to
 * write after its last check only, so one that fails has changed nothing.
 *
 * The revision of what is stored is the SHA-1 of its bytes, which the server computes: so comparing and writing is one
 * step there, also where another library writes the key meanwhile.
 *
 * Every script begins with `ARGV`: the caller's clock, and the clock of its machine. The second is compared with the
 * server's. Where they agree to five seconds, which may also be a call's way to the server, an instant is the same number on
 * both sides. Where they do not, instants are moved by the difference, so that a server whose clock is wrong keeps a session
 * as long as one whose clock is right.
 */

import { createHash } from 'node:crypto'
import type { Script } from '../../stores/redis/scripts.ts'

const script = (text: string): Script => ({ text, sha: createHash('sha1').update(text).digest('hex') })

/** The last instant that a `Date` can have: the deadline of a key without one, and what is written as such a key. */
export const NEVER = 8_640_000_000_000_000

/** How many digits an instant has in an answer. */
export const INSTANT_DIGITS = 16
export const REVISION_DIGITS = 40

/**
 * Reads what is there by `read` into `v`, its deadline by the caller's clock into `at`, and the difference of the clocks
 * into `ahead`. PEXPIRETIME came with Redis 7.0.
 */
const look = (read: 'GET' | 'STRLEN'): string => `
local t = redis.call('TIME')
local time = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
local ahead = time - tonumber(ARGV[2])
if math.abs(ahead) <= 5000 then ahead = 0 end
local v = redis.pcall('${read}', KEYS[1])
if type(v) == 'table' then return v end
local at = redis.pcall('PEXPIRETIME', KEYS[1])
if type(at) == 'table' then
  at = redis.call('PTTL', KEYS[1])
  if at >= 0 then at = at + time end
end
if at == -1 then at = ${NEVER} elseif at >= 0 then at = math.min(math.max(at - ahead, 0), ${NEVER}) end
local live = at > tonumber(ARGV[1])
`
const ENTRY = `string.format('%016.0f', at) .. redis.sha1hex(v) .. v`

/** Where Redis removes what ends at `to`. An instant that has passed removes it at once. */
const REMOVAL = `string.format('%.0f', math.max(to + ahead, 1))`

const WRITE = `
local to = tonumber(ARGV[4])
local done
if to >= ${NEVER} then done = redis.pcall('SET', KEYS[1], ARGV[3])
else done = redis.pcall('SET', KEYS[1], ARGV[3], 'PXAT', ${REMOVAL}) end
if done.err then return done end
return '1'
`

/** '0', or '1', the deadline, the revision and the value. */
export const READ = script(`${look('GET')}
if not live then return '0' end
return '1' .. ${ENTRY}
`)

/** '0', or the deadline. */
export const READ_DEADLINE = script(`${look('STRLEN')}
if not live then return '0' end
return string.format('%016.0f', at)
`)

/** '0' where something live is, else '1'. ARGV: the clocks, the value, its deadline. */
export const INSERT = script(`${look('GET')}
if live then return '0' end
${WRITE}`)

/** '0' where nothing live is, '3' and what is there when it has another revision, else '1'. ARGV: ..., the revision. */
export const UPDATE = script(`${look('GET')}
if not live then return '0' end
if redis.sha1hex(v) ~= ARGV[5] then return '3' .. ${ENTRY} end
${WRITE}`)

/** '0' where nothing live is, '3' when it has another revision, else '1'. ARGV: the clocks, the revision, the deadline. */
export const TOUCH = script(`${look('GET')}
if not live then return '0' end
if redis.sha1hex(v) ~= ARGV[3] then return '3' end
local to = tonumber(ARGV[4])
local done
if to >= ${NEVER} then done = redis.pcall('PERSIST', KEYS[1])
else done = redis.pcall('PEXPIREAT', KEYS[1], ${REMOVAL}) end
if type(done) == 'table' then return done end
return '1'
`)

/** The same answers. ARGV: the clocks, the revision, or '' for any. */
export const DELETE = script(`${look('GET')}
if not live then return '0' end
if ARGV[3] ~= '' and redis.sha1hex(v) ~= ARGV[3] then return '3' end
local done = redis.pcall('DEL', KEYS[1])
if type(done) == 'table' then return done end
return '1'
`)
