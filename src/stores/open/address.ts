/** The parts of a server's URL. Several hosts may stand in it, which `URL` does not read. */

import { SessionOptionError } from '../../core/errors.ts'

export interface Address {
  readonly username: string | undefined
  readonly password: string | undefined
  readonly hosts: readonly { readonly host: string; readonly port: number }[]
  /** What stands between the slashes after the hosts. */
  readonly path: readonly string[]
}

const PARTS = /^\/\/(?:([^@/]*)@)?([^@/?#]+)(?:\/([^?#]*))?$/
const HOST = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/i

/** Reads what follows the scheme. Throws `SessionOptionError` that shows `example`, and nothing of the URL. */
export function readAddress(rest: string, defaultPort: number, example: string): Address {
  const parts = PARTS.exec(rest)
  if (!parts) throw unreadable(example)
  const [, user = '', hosts = '', path = ''] = parts
  const colon = user.indexOf(':')
  const decode = (text: string): string | undefined => {
    try {
      return text === '' ? undefined : decodeURIComponent(text)
    } catch {
      throw unreadable(example)
    }
  }
  return {
    username: decode(colon < 0 ? user : user.slice(0, colon)),
    password: colon < 0 ? undefined : decode(user.slice(colon + 1)),
    hosts: hosts.split(',').map((text) => {
      const [, host, port] = HOST.exec(text) ?? []
      if (host === undefined || Number(port) > 65_535) throw unreadable(example)
      return { host: host.replace(/^\[|\]$/g, ''), port: port === undefined ? defaultPort : Number(port) }
    }),
    path: path
      .split('/')
      .filter((part) => part !== '')
      .map((part) => decode(part) ?? ''),
  }
}

/** An error about the URL that repeats nothing of it: there may be a password in it. */
export function unreadable(example: string): SessionOptionError {
  return new SessionOptionError(
    'url',
    'cannot be read.',
    `Write it like "${example}", with special characters percent-encoded.`,
  )
}

/** What `make` returns, or an error that does not repeat the URL, as a driver's own might. */
export function fromUrl<T>(example: string, make: () => T): T {
  try {
    return make()
  } catch {
    throw unreadable(example)
  }
}
