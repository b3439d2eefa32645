import { isSessionError } from '../../core/errors.ts'
import { sendHead, stripEntity } from './headers.ts'
import { type Failure, type HeldResponse, HOLD, type Holder, isHttp1, type NodeResponse } from './held-response.ts'

/**
 * Forgets the answer that the application gave, because its session could not be committed, and lets the holder answer
 * with the error. Until then the response says an error's status, so that no handler answers 200 by omission.
 */
export function dropAnswer(res: HeldResponse, failures: readonly Failure[]): void {
  const state = res[HOLD]
  const [{ holder, error }, ...others] = failures as [Failure, ...Failure[]]
  const dropped = state.queue
  state.queue = []
  state.phase = 'failed'
  state.owesDrain = false
  resetTo(res, error)
  // The error's answer takes these; whatever kept the old methods (compression does) belongs to the old answer.
  res.writeHead = sendHead
  res.flushHeaders = answerFlush
  res.write = answerWrite
  res.end = answerEnd
  if (state.sources) abandon(res, state.sources)
  for (const call of dropped) if ('args' in call) swallow(call.args, error)
  for (const other of others) other.holder.late(other.error)
  tellFailure(res as unknown as NodeResponse, holder, error)
}

/** Lets the holder answer with the error, and answers in its place if it throws. */
export function tellFailure(res: NodeResponse, holder: Holder, error: unknown): void {
  try {
    holder.fail(error)
  } catch (thrown) {
    answerPlainly(res, error)
    holder.late(thrown)
  }
}

/** The shortest honest answer: a status and a code. */
export function answerPlainly(response: NodeResponse, error: unknown): void {
  const res = response as unknown as HeldResponse
  if (res.headersSent || res.writableEnded) return
  resetTo(res, error)
  res.setHeader('Content-Type', 'text/plain; charset=utf-8')
  res.end(`${isSessionError(error) ? error.code : 'Internal Server Error'}\n`)
}

/**
 * For what failed when no response could say so. The engine has told its listeners of its own errors; what is not the
 * engine's would be told to nobody.
 */
export function warn(error: unknown): void {
  if (!isSessionError(error)) process.emitWarning(error instanceof Error ? error : String(error))
}

/** A call of the old answer. It does nothing; its callback hears of it once. */
export function swallow(args: readonly unknown[], error: unknown = abandoned()): false {
  const callback = args.find((arg) => typeof arg === 'function')
  if (callback) process.nextTick(callback as (error: unknown) => void, error)
  return false
}

function resetTo(res: HeldResponse, error: unknown): void {
  stripEntity(res)
  res.statusCode = isSessionError(error) ? error.status : 500
  if (isHttp1(res)) res.statusMessage = undefined
}

/** Streams that nobody else reads are destroyed, but not before the error was sent: `pipeline` destroys both ends. */
function abandon(res: HeldResponse, sources: HeldResponse[typeof HOLD]['sources'] & object): void {
  const to = res as unknown as NodeJS.WritableStream
  for (const source of sources) source.unpipe(to)
  res.once('close', () => {
    for (const source of sources) if (source.listenerCount('data') === 0) source.destroy()
  })
}

const abandoned = (): Error =>
  Object.assign(new Error('The answer was dropped because its session could not be committed.'), {
    code: 'ERR_STREAM_DESTROYED',
  })

function answerFlush(this: HeldResponse): void {
  if (!this.writableEnded) this[HOLD].flushHeaders.call(this)
}

function answerWrite(this: HeldResponse, ...args: unknown[]): unknown {
  return this.writableEnded ? swallow(args) : this[HOLD].write.apply(this, args)
}

function answerEnd(this: HeldResponse, ...args: unknown[]): unknown {
  if (!this.writableEnded) return this[HOLD].end.apply(this, args)
  swallow(args)
  return this
}
