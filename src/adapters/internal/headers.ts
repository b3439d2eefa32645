import { type HeldResponse, HOLD } from './held-response.ts'

/** What `writeHead` was given, as it would be sent. */
export interface Head {
  readonly statusCode: number
  readonly statusMessage: string | undefined
}

export function checkStatus(given: unknown): number {
  const statusCode = Number(given) | 0
  if (statusCode >= 100 && statusCode <= 999) return statusCode
  throw Object.assign(new RangeError(`Invalid status code: ${String(given)}`), { code: 'ERR_HTTP_INVALID_STATUS_CODE' })
}

/**
 * Sets the headers that `writeHead(status, [message], [headers])` was given. They replace those of the same name that
 * were set before; a name that an array has twice is sent twice.
 */
export function applyHead(res: HeldResponse, [status, message, fields]: readonly unknown[]): Head {
  const statusCode = checkStatus(status)
  const text = typeof message === 'string' ? message : undefined
  const given = text === undefined ? (fields ?? message) : fields
  if (Array.isArray(given)) applyPairs(res, given)
  else if (typeof given === 'object' && given !== null) {
    for (const [name, value] of Object.entries(given)) if (name) res.setHeader(name, value)
  }
  return { statusCode, statusMessage: text }
}

/** `[name, value, name, value]` or `[[name, value], [name, value]]`. */
function applyPairs(res: HeldResponse, given: readonly unknown[]): void {
  const pairs = Array.isArray(given[0]) ? (given as [string, unknown][]) : paired(given)
  const fields = new Map<string, { readonly name: string; readonly values: unknown[] }>()
  for (const [name, value] of pairs) {
    if (!name) continue
    const key = String(name).toLowerCase()
    const field = fields.get(key)
    if (field) field.values.push(value)
    else fields.set(key, { name, values: [value] })
  }
  for (const { name, values } of fields.values()) res.setHeader(name, values.length === 1 ? values[0] : values.flat())
}

function paired(flat: readonly unknown[]): [string, unknown][] {
  if (flat.length % 2 !== 0) {
    const problem = 'The headers of writeHead must be an object or an array of names and values in turn.'
    throw Object.assign(new TypeError(problem), { code: 'ERR_INVALID_ARG_VALUE' })
  }
  const pairs: [string, unknown][] = []
  for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i] as string, flat[i + 1]])
  return pairs
}

/**
 * Adds our cookies beside the application's. Never by `appendHeader`, which pushes onto the application's own array:
 * one that it uses for every response would carry one user's cookie to the next.
 *
 * A response that gives somebody a session must not be kept by a shared cache, so one without a `Cache-Control` of
 * its own becomes private.
 */
export function appendCookies(res: HeldResponse, lines: readonly string[]): void {
  const there = [res.getHeader('Set-Cookie') ?? []].flat()
  res.setHeader('Set-Cookie', [...there, ...lines.filter((line) => !there.includes(line))])
  if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'private')
}

/** `writeHead` with the cookie lines that wait for it. They wait on if Node refuses the headers. */
export function sendHead(this: HeldResponse, ...args: unknown[]): unknown {
  const state = this[HOLD]
  if (state.lines.length === 0 || this.headersSent) return state.writeHead.apply(this, args)
  const { statusCode, statusMessage } = applyHead(this, args)
  appendCookies(this, state.lines)
  const sent =
    statusMessage === undefined
      ? state.writeHead.call(this, statusCode)
      : state.writeHead.call(this, statusCode, statusMessage)
  state.lines = []
  return sent
}

// What describes a body, or an answer, that is not going to be sent.
const ENTITY = new Set([
  'accept-ranges',
  'age',
  'cache-control',
  'content-digest',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-md5',
  'content-range',
  'content-type',
  'digest',
  'etag',
  'expires',
  'last-modified',
  'location',
  'refresh',
  'repr-digest',
  'trailer',
  'transfer-encoding',
])

export function stripEntity(res: HeldResponse): void {
  for (const name of res.getHeaderNames()) if (ENTITY.has(name)) res.removeHeader(name)
}
