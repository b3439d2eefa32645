import type { Data } from './data.ts'
import type { Verb } from './program.ts'

/** A session as the store should hold it. */
export interface Life {
  data: Data
  /** Every proof that it had, the current one last, and when each was replaced. */
  proofs: readonly string[]
  replacedAt: readonly number[]
  renewal: number
  confirmedAt: number | undefined
  absoluteAt: number
  expiresAt: number
  ended: boolean
}

/** What a cookie says, once its MAC is verified. */
export interface Ticket {
  readonly handle: string
  readonly proof: string
  readonly renewal: number
}

export interface Rotation {
  readonly keep: boolean
  /** The first view of the data that belongs to it. */
  readonly from: number
  /** The call has failed; whatever commits next does it. */
  failed: boolean
}

/** One request as the model sees it. */
export interface Actor {
  readonly id: string
  /** The session that it works on, and the proof that opens it for this request. */
  handle: string | undefined
  proof: string | undefined
  /** All that the handler's data were, in order, and which of these the store has (several may look the same). */
  views: Data[]
  synced: readonly number[]
  /** Rotations that were called and have not happened yet. */
  rotations: Rotation[]
  /** Verbs that were called and not answered, in order. The engine works on the first. */
  underWay: readonly Called[]
  /** How many updates were called, have happened, and were acknowledged. */
  updates: number
  updated: number
  acknowledged: number
  /** Sessions that it ever worked on, and those that it was told to end. */
  readonly own: Set<string>
  readonly dying: Set<string>
  destroyed: boolean
  /** It came with a cookie that was replaced within the last minute, and may so create no session unless told to. */
  late: boolean
  barred: boolean
  /** A fault happened to one of its calls. */
  excused: boolean
  /** The answer to its present write is lost on the way back. */
  deaf: boolean
  /** It created a session, and that answer was lost. */
  unborn: boolean
  /** It rotated its session, and that answer was lost. */
  unheard: boolean
  /** It was told that its session is lost while a rotation was still due: the model does not follow it any more. */
  astray: boolean
  /** How many of its writes took effect. */
  effects: number
  /** What its last write confirmed: the cookie that it may send, and whether it must. */
  confirmed: Ticket | undefined
  mustSend: boolean
  headersSent: boolean
  /** The cookie that it came with, and whether that is due for a new signature. */
  ticket: Ticket | undefined
  outdated: boolean
  /** What its last read found, and the time that the read was made with. */
  read: Life | undefined
  readAt: number
}

/** A verb under way. */
export interface Called {
  readonly verb: Verb
  readonly view: number
  readonly effects: number
  readonly lost: boolean
  readonly rotation: Rotation | undefined
}

export const newActor = (id: string): Actor => ({
  id,
  handle: undefined,
  proof: undefined,
  views: [{}],
  synced: [0],
  rotations: [],
  underWay: [],
  updates: 0,
  updated: 0,
  acknowledged: 0,
  own: new Set(),
  dying: new Set(),
  destroyed: false,
  late: false,
  barred: false,
  excused: false,
  deaf: false,
  unborn: false,
  unheard: false,
  astray: false,
  effects: 0,
  confirmed: undefined,
  mustSend: false,
  headersSent: false,
  ticket: undefined,
  outdated: false,
  read: undefined,
  readAt: 0,
})
