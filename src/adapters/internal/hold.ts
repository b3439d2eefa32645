import type { Readable } from 'node:stream'
import { detain, finishing, letThrough } from './commit-wait.ts'
import { conceal, headersSentError } from './concealment.ts'
import { swallow } from './failure.ts'
import { appendCookies, applyHead, sendHead } from './headers.ts'
import {
  type HeldResponse,
  HOLD,
  type Holder,
  type HoldState,
  isHttp1,
  isResponse,
  type Listener,
  type Method,
  type NodeResponse,
} from './held-response.ts'

/**
 * Holds a response until its sessions are committed. The application's first `writeHead`, `flushHeaders`, `write` or
 * `end` asks every holder to finish. Nothing due: the call goes through at once. Otherwise it waits, with all that
 * follow, and the application sees a response that has begun. After the commit the calls are made again on the
 * response as it was; after a failed commit none of them is, and the holder answers with the error.
 *
 * The functions are shared and their state is on the response: functions made for each request would cost more than
 * all the rest. What is no response is left as it is, and nothing is committed unless the application saves.
 */
export function hold(response: NodeResponse, holder: Holder): void {
  const res = response as unknown as HeldResponse
  const there = res[HOLD] as HoldState | undefined
  if (there) {
    there.holders.push(holder)
    return
  }
  if (!isResponse(res)) return
  const patched = Object.hasOwn(res, 'on')
  res[HOLD] = {
    phase: 'fresh',
    holders: [holder],
    commits: [],
    lines: [],
    queue: [],
    gone: res.headersSent,
    ended: false,
    owesDrain: false,
    statusCode: 0,
    statusMessage: undefined,
    sources: undefined,
    drainListeners: undefined,
    writeHead: res.writeHead,
    flushHeaders: res.flushHeaders,
    write: res.write,
    end: res.end,
    on: patched ? res.on : undefined,
  }
  res.writeHead = writeHead
  res.flushHeaders = flushHeaders
  res.write = write
  res.end = end
  res.on('pipe', rememberSource as Listener)
  if (patched) res.on = on as Method
}

/** Have the headers left, so that no cookie can be sent any more? While a response is held they have not. */
export function headersGone(response: NodeResponse): boolean {
  const state = (response as unknown as HeldResponse)[HOLD] as HoldState | undefined
  return state?.phase === 'held' ? state.gone : response.headersSent || !isResponse(response)
}

/** Has the application begun its answer? From then on the hold commits, and nobody else needs to. */
export function hasBegun(response: NodeResponse): boolean {
  const state = (response as unknown as HeldResponse)[HOLD] as HoldState | undefined
  return state ? state.phase !== 'fresh' : response.headersSent
}

/**
 * Sends a cookie line with the headers. On a held response it is added when they really leave, so that an error
 * handler which removes all headers does not remove it.
 */
export function addCookie(response: NodeResponse, line: string): void {
  if (headersGone(response)) return
  const res = response as unknown as HeldResponse
  const state = res[HOLD] as HoldState | undefined
  if (state) state.lines.push(line)
  else appendCookies(res, [line])
}

function writeHead(this: HeldResponse, ...args: unknown[]): unknown {
  const state = this[HOLD]
  if (state.phase === 'sent') return sendHead.apply(this, args)
  if (state.phase === 'held') throw headersSentError('write')
  if (state.phase === 'failed') return this
  if (!finishing(state)) return letThrough(this, state, sendHead, args)
  // Throws for a wrong status or header, as Node would; the response is then as fresh as before.
  const head = applyHead(this, args)
  this.statusCode = head.statusCode
  if (head.statusMessage !== undefined && isHttp1(this)) this.statusMessage = head.statusMessage
  state.queue.push({ method: 'writeHead' })
  detain(this, state)
  return this
}

function flushHeaders(this: HeldResponse): void {
  const state = this[HOLD]
  if (state.phase === 'held' || state.phase === 'failed') return
  if (state.phase === 'sent') state.flushHeaders.call(this)
  else if (!finishing(state)) letThrough(this, state, state.flushHeaders, [])
  else {
    state.queue.push({ method: 'flushHeaders' })
    detain(this, state)
  }
}

function write(this: HeldResponse, ...args: unknown[]): unknown {
  const state = this[HOLD]
  if (state.phase === 'sent') return state.write.apply(this, args)
  if (state.phase === 'failed') return swallow(args)
  if (state.phase === 'fresh' && !finishing(state)) return letThrough(this, state, state.write, args)
  checkChunk(args[0])
  state.owesDrain = true
  state.queue.push({ method: 'write', args })
  if (state.phase === 'fresh') detain(this, state)
  return false
}

function end(this: HeldResponse, ...args: unknown[]): unknown {
  const state = this[HOLD]
  if (state.phase === 'failed') {
    swallow(args)
    return this
  }
  // At the end of a response that is under way, what changed since its headers left is committed.
  if (state.phase === 'sent' && (this.writableEnded || !finishing(state))) return state.end.apply(this, args)
  if (state.phase === 'fresh' && !finishing(state)) return letThrough(this, state, state.end, args)
  if (typeof args[0] !== 'function' && args[0]) checkChunk(args[0])
  const again = state.phase === 'held' && !state.ended
  state.queue.push({ method: 'end', args, again })
  state.ended = true
  if (state.phase === 'held') conceal(this)
  else detain(this, state)
  return this
}

/**
 * Installed only where another middleware has replaced `on`. Compression does, and hands listeners for `drain` to a
 * stream that we cannot see; they could not be told to go on after the commit.
 */
function on(this: HeldResponse, event: string, listener: Listener): unknown {
  const state = this[HOLD]
  if (event === 'drain' && state.phase !== 'sent') {
    state.drainListeners ??= []
    state.drainListeners.push(listener)
  }
  return state.on?.call(this, event, listener)
}

function rememberSource(this: HeldResponse, source: Readable): void {
  const state = this[HOLD]
  state.sources ??= []
  state.sources.push(source)
}

/** What Node would refuse at once must not be accepted now and refused later. */
function checkChunk(chunk: unknown): void {
  if (typeof chunk === 'string' || chunk instanceof Uint8Array) return
  const problem = 'The "chunk" argument must be of type string or an instance of Buffer or Uint8Array.'
  throw Object.assign(new TypeError(problem), {
    code: chunk === null ? 'ERR_STREAM_NULL_VALUES' : 'ERR_INVALID_ARG_TYPE',
  })
}
