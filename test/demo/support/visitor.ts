import { cookieJar } from '../../support/cookie-jar.ts'

export interface DemoAnswer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: JSON of another process
  readonly body: any
}

/** A visitor of the demo: real HTTP, and a cookie jar that outlives the demo's restarts. */
export interface Visitor {
  readonly get: (url: string) => Promise<DemoAnswer>
  readonly post: (url: string, input?: object, headers?: Record<string, string>) => Promise<DemoAnswer>
  readonly cookies: () => string | undefined
  /** The same visitor with the cookies of now: a thief, or a second tab that was offline meanwhile. */
  readonly copy: () => Visitor
}

export function visitor(jar = cookieJar()): Visitor {
  const ask = async (url: string, init: RequestInit): Promise<DemoAnswer> => {
    const cookie = jar.header()
    const headers = { ...(init.headers as Record<string, string>), ...(cookie === undefined ? {} : { cookie }) }
    const response = await fetch(url, { ...init, headers })
    jar.take(response.headers.getSetCookie())
    return { status: response.status, body: await response.json() }
  }
  return {
    get: (url) => ask(url, {}),
    post: (url, input = {}, headers = { 'content-type': 'application/json' }) =>
      ask(url, { method: 'POST', headers, body: JSON.stringify(input) }),
    cookies: () => jar.header(),
    copy: () => visitor(jar.copy()),
  }
}
