import { type SerializeOptions, serialize } from 'cookie'
import { deprecate } from './deprecate.ts'

/** What the option `cookie` may hold. */
export interface CookieOptions {
  /** Milliseconds from now; a Date is accepted and deprecated. Default null: the cookie ends with the browser's run. */
  maxAge?: number | Date | null | undefined
  expires?: Date | null | false | undefined
  /** Default `'/'`. Requests outside it have no session. */
  path?: string | undefined
  domain?: string | undefined
  /** Default true. */
  httpOnly?: boolean | undefined
  /** `'auto'`: as the request that creates the session came. Default: not set. */
  secure?: boolean | 'auto' | undefined
  /** `'auto'`: `none` for a session that is created over TLS, else `lax`. */
  sameSite?: boolean | 'lax' | 'strict' | 'none' | 'auto' | undefined
  partitioned?: boolean | undefined
  priority?: 'low' | 'medium' | 'high' | undefined
  /** @internal what a stored cookie carries beside them */
  originalMaxAge?: number | null | undefined
}

/** The line for a browser. Throws a TypeError for what cannot be said in one; the error does not repeat it. */
export function cookieLine(name: string, value: string, data: Readonly<Record<string, unknown>>): string {
  try {
    return serialize(name, value, data as SerializeOptions)
  } catch (error) {
    const [problem] = (error as Error).message.split(':', 1)
    throw new TypeError(problem)
  }
}

/** The `cookie` of a session: how long it lasts, and the attributes of the browser's cookie. It is stored with the session. */
export class Cookie {
  // Declared only: its own properties are those that were set.
  declare path: string | undefined
  declare httpOnly: boolean | undefined
  declare domain: string | undefined
  declare secure: boolean | 'auto' | undefined
  declare sameSite: CookieOptions['sameSite']
  declare partitioned: boolean | undefined
  declare priority: CookieOptions['priority']
  declare originalMaxAge: number | null | undefined
  declare _expires: Date | null | false | undefined

  constructor(options?: CookieOptions) {
    this.path = '/'
    this.maxAge = null
    this.httpOnly = true
    if (options) {
      if (typeof options !== 'object') throw new TypeError('argument options must be a object')
      // In the order in which they were written: of expires and maxAge, the last one counts. Inherited ones count, too.
      for (const key in options) {
        if (key !== 'data') (this as Record<string, unknown>)[key] = options[key as keyof CookieOptions]
      }
    }
    if (this.originalMaxAge === undefined || this.originalMaxAge === null) {
      this.originalMaxAge = this.maxAge as number | null
    }
  }

  /** When the cookie ends. Null or false: with the browser's run. Setting it sets `originalMaxAge` as well. */
  get expires(): Date | null | false | undefined {
    return this._expires
  }

  set expires(date: Date | null | false | undefined) {
    this._expires = date
    this.originalMaxAge = this.maxAge as number | null
  }

  /** Milliseconds that are left; or what `expires` is, where that is no date. */
  get maxAge(): number | null | false | undefined {
    return this.expires instanceof Date ? this.expires.valueOf() - Date.now() : this.expires
  }

  set maxAge(ms: number | Date | null | false | undefined) {
    if (ms && typeof ms !== 'number' && !(ms instanceof Date)) throw new TypeError('maxAge must be a number or Date')
    if (ms instanceof Date) deprecate('maxAge as Date; pass number of milliseconds instead')
    this.expires = typeof ms === 'number' ? new Date(Date.now() + ms) : ms
  }

  /** What is stored, and what the browser's cookie is made of. */
  get data(): Record<string, unknown> {
    return {
      originalMaxAge: this.originalMaxAge,
      partitioned: this.partitioned,
      priority: this.priority,
      expires: this._expires,
      secure: this.secure,
      httpOnly: this.httpOnly,
      domain: this.domain,
      path: this.path,
      sameSite: this.sameSite,
    }
  }

  serialize(name: string, value: string): string {
    return cookieLine(name, value, this.data)
  }

  toJSON(): Record<string, unknown> {
    return this.data
  }
}
