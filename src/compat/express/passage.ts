import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Held, Visit } from '../../core/visit.ts'
import type { CompatRecord } from '../internal/record.ts'
import type { Settings } from './options.ts'
import type { Session } from './session.ts'
import type { Secret } from './signature.ts'

/** A request, with what the middleware and its neighbours put on it. */
export interface SessionRequest extends IncomingMessage {
  session?: Session | null | undefined
  sessionID?: unknown
  sessionStore?: unknown
  readonly originalUrl?: string
  readonly secret?: Secret
  readonly secure?: unknown
  readonly cookies?: Readonly<Record<string, unknown>>
  readonly signedCookies?: Readonly<Record<string, unknown>>
}

/** One request's way through the middleware: what it came with, and what was done for it. */
export interface Passage {
  readonly req: SessionRequest
  readonly res: ServerResponse
  readonly next: (error?: unknown) => void
  readonly settings: Settings
  readonly secrets: readonly Secret[]
  visit: Visit
  /** The id that the browser's cookie names, and whether an older secret signed it. */
  cookieId: unknown
  signedByOld: boolean
  /** The session as it came: its id, and its data as text. */
  originalId: unknown
  originalText: string | undefined
  /** The session as it was saved last. */
  savedId: unknown
  savedText: string | undefined
  /** The data when the response began. From then on only a change is a reason to save. */
  begunText: string | undefined
  /** Was the end of the session moved? */
  touched: boolean
  /** Was the cookie sent? */
  sent: boolean
  /** The data as text, as they were looked at last, and as they were given to the store last. */
  text: string
  put: string
  /** What the store showed last. */
  raw: object | undefined
  /** Why the data cannot be kept. */
  unkeepable: unknown
  /** Why the store could not move the end. */
  touchFailure: unknown
}

const isModified = (passage: Passage, text: string): boolean =>
  passage.originalId !== passage.req.session?.id || passage.originalText !== text

/** Is the session, whose data are this text now, to be saved at the end of the request? */
export function shouldSave(passage: Passage, text: string): boolean {
  const { req, settings, savedText, cookieId } = passage
  if (typeof req.sessionID !== 'string') return false
  if (!settings.saveUninitialized && savedText === undefined && cookieId !== req.sessionID)
    return isModified(passage, text)
  return passage.savedId !== req.session?.id || savedText !== text
}

/** Does the browser get the cookie? Of changes, only those count that this commit has seen. */
export function shouldSetCookie(passage: Passage): boolean {
  const { req, settings, cookieId } = passage
  if (typeof req.sessionID !== 'string' || !req.session) return false
  if (cookieId !== req.sessionID) return settings.saveUninitialized || isModified(passage, passage.text)
  if (settings.rolling || passage.signedByOld) return true
  return req.session.cookie.expires != null && isModified(passage, passage.text)
}

/** Can the browser be sent the session's cookie? Browsers drop a secure cookie that comes in the clear. */
export const canSend = (passage: Passage): boolean =>
  !passage.req.session?.cookie?.secure || isSecure(passage.req, passage.settings.proxy)

export function isSecure(req: SessionRequest, proxy: boolean | undefined): boolean {
  if ((req.socket as { readonly encrypted?: unknown } | undefined)?.encrypted) return true
  if (proxy === false) return false
  if (proxy !== true) return req.secure === true
  const header = req.headers['x-forwarded-proto']
  const [first = ''] = String(header ?? '').split(',', 1)
  return first.trim().toLowerCase() === 'https'
}

/** What the store held of the session, as it came from there. */
export const rawOf = (held: Held): object => (held.record as CompatRecord).raw
