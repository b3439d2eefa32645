import { type HeldResponse, HOLD } from './held-response.ts'

/**
 * While a response is held, the application must see what it would see without us: it has begun its answer, so the
 * headers are sent and cannot be changed; it has ended it, so it is ended.
 */

const WAITING = 'held until the session is committed'

/** Shows the response as begun, and as ended if the application ended it. */
export function conceal(res: HeldResponse): void {
  const { gone, ended } = res[HOLD]
  // Node's HTTP/1 response derives all of it from three plain properties. Setting them is twenty times cheaper than
  // shadowing the accessors, and cannot disagree with what Node's own methods say.
  if (Object.hasOwn(res, '_header')) {
    if (!gone && res._header === null) res._header = WAITING
    if (ended && !res.finished) {
      res.finished = true
      res.outputSize = (res.outputSize ?? 0) + 1
    }
    if (res.headersSent) return
  }
  if (!Object.hasOwn(res, 'writableEnded')) Object.defineProperties(res, SHADOWS)
}

/** Shows the response as it is. */
export function reveal(res: HeldResponse): void {
  if (Object.hasOwn(res, 'writableEnded')) {
    for (const name of Object.keys(SHADOWS)) Reflect.deleteProperty(res, name)
    return
  }
  if (res._header === WAITING) res._header = null
  if (res[HOLD].ended) {
    res.finished = false
    res.outputSize = (res.outputSize ?? 1) - 1
  }
}

export function headersSentError(act: string): Error {
  const error = new Error(`Cannot ${act} headers after they are sent to the client`)
  return Object.assign(error, { code: 'ERR_HTTP_HEADERS_SENT' })
}

const refuse = (act: string): PropertyDescriptor => ({
  configurable: true,
  writable: true,
  value: () => {
    throw headersSentError(act)
  },
})

const hasEnded: PropertyDescriptor = {
  configurable: true,
  get(this: HeldResponse): boolean {
    return this[HOLD].ended
  },
}

/** For HTTP/2, and for servers that are not Node's own. */
const SHADOWS: PropertyDescriptorMap = {
  headersSent: { configurable: true, get: () => true },
  writableEnded: hasEnded,
  finished: hasEnded,
  setHeader: refuse('set'),
  setHeaders: refuse('set'),
  appendHeader: refuse('append'),
  removeHeader: refuse('remove'),
}
