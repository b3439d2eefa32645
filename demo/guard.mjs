/**
 * Says why a request that changes something is refused, or nothing when it may pass. Another site can make a visitor's
 * browser send requests with the visitor's cookie; it cannot make it send JSON, nor hide where the request comes from.
 */
export function refusal({ headers }) {
  const [type] = (headers['content-type'] ?? '').split(';')
  if (type.trim().toLowerCase() !== 'application/json') return 'Send JSON (content-type: application/json).'
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') return 'Requests from other sites are refused.'
  if (headers.origin !== undefined && !sameHost(headers.origin, headers.host))
    return 'Requests from other sites are refused.'
  return undefined
}

const sameHost = (origin, host) => URL.canParse(origin) && new URL(origin).host === host
