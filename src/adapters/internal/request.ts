import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'

export type NodeRequest = IncomingMessage | Http2ServerRequest

/**
 * The path of a request target without its query, as the client sent it. A proxy's request carries a whole URL; a
 * path may begin with two slashes, which are not a host; `OPTIONS *` has no path and stays `*`.
 */
export function pathOf(target: string | undefined): string {
  if (!target) return '/'
  let end = target.indexOf('?')
  if (end < 0) end = target.length
  const hash = target.indexOf('#')
  if (hash >= 0 && hash < end) end = hash
  if (target.charCodeAt(0) === SLASH) return target.slice(0, end)
  const scheme = target.indexOf('://')
  if (scheme < 0 || scheme > end) return target.slice(0, end)
  const path = target.indexOf('/', scheme + 3)
  return path < 0 || path > end ? '/' : target.slice(path, end)
}

const SLASH = 47

/** Is the connection itself encrypted? */
export function isEncrypted(req: NodeRequest): boolean {
  return (req.socket as { readonly encrypted?: unknown } | undefined)?.encrypted === true
}
