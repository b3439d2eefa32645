import { decodeRecord } from '../../../src/core/record.ts'
import { nativeToken } from '../../../src/core/token.ts'
import type { StoreEntry } from '../../../src/index.ts'
import { OLD_SECRET, SECRET } from '../../support/engine.ts'
import type { StoreRequest } from '../../support/wrapped-store.ts'
import type { Actor, Life, Rotation, Ticket } from './actor.ts'
import { type Data, patched, same } from './data.ts'
import { COUNTER } from './program.ts'

/**
 * The model: what a session is, in few words, and what follows from that for everything that happens at the store. It
 * does not predict who wins a race; it follows the effects in the order in which they take place and says of each
 * whether it may be.
 */
export interface Model {
  /** Every rule that was broken, in words. */
  readonly violations: string[]
  readonly limits: Limits
  readonly lives: ReadonlyMap<string, Life>
  rule(actor: Actor, holds: boolean, otherwise: string): void
  /** A session that the store holds at the start. */
  given(handle: string, entry: StoreEntry): void
  /** A store call took effect and was answered. Without `heard`, the answer is lost on its way back. */
  effect(actor: Actor, request: StoreRequest, answer: unknown, heard: boolean): void
  isAlive(life: Life | undefined): life is Life
  /** The session that a request works on is not there for it any more. */
  isLost(actor: Actor): boolean
}

export interface Limits {
  readonly now: () => number
  readonly idle: number
  readonly absolute: number
  readonly renewAfter: number | undefined
  /** Whether only creations and rotations send cookies, so that no two responses can overtake each other. */
  readonly orderly: boolean
  readonly grace: number
  readonly onLost: 'event' | 'error'
}

const token = nativeToken([SECRET, OLD_SECRET], 'holdfast.sid')

/** What a cookie value says, if one of the secrets signed it. */
export const claimOf = (cookie: string | undefined): (Ticket & { readonly signedBy: number }) | undefined =>
  cookie === undefined ? undefined : token.verify(cookie)

/** The data without what only `update` changes. */
export const uncounted = ({ [COUNTER]: _, ...data }: Data): Data => data

export function model(limits: Limits): Model {
  const lives = new Map<string, Life>()
  const revisions = new Set<string>()
  const violations: string[] = []

  const rule: Model['rule'] = (actor, holds, otherwise) => {
    if (!holds) violations.push(`${actor.id} ${otherwise}`)
  }
  const livesAt = (life: Life | undefined, at: number): life is Life =>
    life !== undefined && !life.ended && at < life.expiresAt
  const isAlive = (life: Life | undefined): life is Life => livesAt(life, limits.now())
  const isLost = (actor: Actor): boolean => {
    if (actor.handle === undefined) return false
    const life = lives.get(actor.handle)
    return !isAlive(life) || life.proofs.at(-1) !== actor.proof
  }

  /** Which views of the handler's, put on the base as a patch, make what was written. */
  const absorbed = (actor: Actor, base: Data, written: Data, from: readonly Data[], since: number): number[] =>
    actor.views
      .map((view, index) => ({ view, index }))
      .filter(({ index }) => index >= since)
      .filter(({ view }) => from.some((seen) => same(uncounted(written), patched(uncounted(base), seen, view))))
      .map(({ index }) => index)

  const count = (actor: Actor, base: Data, written: Data): void => {
    const before = Number(base[COUNTER] ?? 0)
    const after = Number(written[COUNTER] ?? 0)
    const mayCount = actor.updated < actor.updates
    // A regenerate() clears the session object when it is called, and what was called before it may be written after.
    // And an update() that failed is not repeated with the creation or the rotation that failed with it.
    const fromNothing = actor.unborn || actor.unheard || actor.rotations.some(({ keep }) => !keep)
    const starts = fromNothing ? [before, 0] : [before]
    if (mayCount && starts.includes(after - 1)) actor.updated++
    else rule(actor, starts.includes(after), `counted from ${before} to ${after}`)
  }

  const took = (actor: Actor, found: number[], written: Data, base: Data, heard: readonly number[]): void => {
    const views = JSON.stringify(actor.views)
    const text = `wrote ${JSON.stringify(written)} over ${JSON.stringify(base)}, and its data were ${views}`
    rule(actor, found.length > 0, text)
    // Who is not told that a write has happened goes on from what was there before it.
    const known = actor.deaf ? heard : []
    actor.synced = found.length > 0 ? [...known, ...found].sort((a, b) => a - b) : [actor.views.length - 1]
  }

  /** One write does all rotations whose own calls have failed, and with them the one that is under way. */
  const isDue = (actor: Actor, rotation: Rotation): boolean =>
    rotation.failed || rotation === actor.underWay[0]?.rotation

  const insert = (actor: Actor, key: string, next: Life, at: number): void => {
    rule(actor, !lives.has(key), 'used a handle again')
    rule(actor, !actor.barred, 'created a session for a superseded cookie')
    rule(actor, !actor.headersSent, 'created a session too late for its cookie')
    const due = actor.rotations.filter((rotation) => isDue(actor, rotation))
    const signIn = due.findLast(({ keep }) => !keep)
    const lostSignIn = isLost(actor) && (signIn !== undefined || actor.unheard)
    rule(
      actor,
      actor.handle === undefined || actor.unborn || actor.astray || lostSignIn,
      'created a session in the place of another',
    )
    rule(actor, next.absoluteAt === at + limits.absolute, 'set a wrong absolute deadline')
    const since = signIn?.from ?? (actor.synced[0] as number)
    count(actor, {}, next.data)
    took(actor, absorbed(actor, {}, next.data, [{}], since), next.data, {}, actor.synced)
    lives.set(key, next)
    actor.rotations = actor.rotations.filter((rotation) => !due.includes(rotation))
    actor.handle = key
    actor.proof = next.proofs[0]
    actor.own.add(key)
    actor.mustSend = true
    actor.unborn = actor.deaf
  }

  const update = (actor: Actor, key: string, next: Life, at: number): void => {
    const life = lives.get(key)
    rule(actor, livesAt(life, at), 'wrote to a session that has ended')
    if (!life) return
    const proof = next.proofs[0] as string
    rule(actor, actor.handle === key && life.proofs.at(-1) === actor.proof, 'wrote to a session that is not its own')
    const again = actor.unheard && actor.rotations.some((rotation) => isDue(actor, rotation))
    if (proof === actor.proof && !again) {
      const seen = actor.synced.map((index) => actor.views[index] as Data)
      count(actor, life.data, next.data)
      const found = absorbed(actor, life.data, next.data, seen, actor.synced[0] as number)
      took(actor, found, next.data, life.data, actor.synced)
      rule(actor, next.absoluteAt === life.absoluteAt, 'moved the absolute deadline')
      const renewed = next.renewal - life.renewal
      const confirms = next.confirmedAt !== undefined && next.confirmedAt !== life.confirmedAt
      const arrived = actor.ticket?.proof === proof && actor.ticket.renewal === life.renewal
      rule(actor, !confirms || arrived, 'said that a renewed cookie has arrived, which it did not come with')
      rule(actor, renewed === 0 || (renewed === 1 && limits.renewAfter !== undefined), `renewed by ${renewed}`)
    } else rotate(actor, life, next, at, again)
    const { data, renewal, confirmedAt, absoluteAt, expiresAt } = next
    Object.assign(life, { data, renewal, confirmedAt, absoluteAt, expiresAt })
  }

  const rotate = (actor: Actor, life: Life, next: Life, at: number, again: boolean): void => {
    rule(actor, actor.rotations.length > 0, 'rotated without being told to')
    const done = actor.rotations.filter((rotation) => isDue(actor, rotation))
    actor.rotations = actor.rotations.filter((rotation) => !done.includes(rotation))
    const clear = done.findLast(({ keep }) => !keep)
    const base = clear ? {} : life.data
    const seen = clear ? [{}] : actor.synced.map((index) => actor.views[index] as Data)
    count(actor, base, next.data)
    const since = clear?.from ?? (actor.synced[0] as number)
    took(actor, absorbed(actor, base, next.data, seen, since), next.data, base, clear ? [since] : actor.synced)
    actor.mustSend = true
    actor.unheard ||= actor.deaf
    if (again && actor.proof === next.proofs[0]) return
    const absoluteAt = clear ? at + limits.absolute : life.absoluteAt
    rule(actor, next.absoluteAt === absoluteAt, 'set a wrong absolute deadline')
    actor.proof = next.proofs[0]
    life.proofs = [...life.proofs, ...next.proofs]
    life.replacedAt = [...life.replacedAt, at]
  }

  const confirm = (actor: Actor, handle: string): void => {
    const { renewal, proofs } = lives.get(handle) as Life
    actor.effects++
    actor.unborn &&= actor.deaf
    actor.confirmed = { handle, proof: proofs.at(-1) as string, renewal }
    if (actor.ticket?.handle === handle) actor.mustSend ||= actor.outdated || actor.ticket.renewal !== renewal
  }

  const effect: Model['effect'] = (actor, { operation, key, rest }, answer, heard) => {
    actor.deaf = !heard
    const { now } = rest.at(-1) as { readonly now: number }
    const life = lives.get(key)
    const outcome = typeof answer === 'object' ? (answer as { readonly outcome?: string }).outcome : answer
    if (operation === 'get') {
      actor.read = life && { ...life, ended: !livesAt(life, now) }
      actor.readAt = now
    } else if (operation === 'delete') {
      const told = actor.destroyed && (actor.own.has(key) || actor.dying.has(key))
      rule(actor, told, 'ended a session without being told to')
      if (life && outcome === 'deleted') life.ended = true
    } else if (outcome === 'inserted' || outcome === 'updated') {
      const entry = rest[0] as StoreEntry
      rule(actor, !revisions.has(entry.revision), 'used a revision again')
      revisions.add(entry.revision)
      const next = lifeOf(entry)
      if (outcome === 'inserted') insert(actor, key, next, now)
      else update(actor, key, next, now)
      rule(actor, entry.expiresAt === Math.min(now + limits.idle, next.absoluteAt), 'set a wrong deadline')
      confirm(actor, key)
    } else if (outcome === 'touched') {
      const expiresAt = rest[0] as number
      rule(actor, livesAt(life, now), 'touched a session that has ended')
      if (!life) return
      rule(actor, actor.handle === key && life.proofs.at(-1) === actor.proof, 'touched a session that is not its own')
      rule(actor, expiresAt <= life.absoluteAt, 'touched a session beyond its absolute deadline')
      rule(actor, expiresAt >= Math.min(now + limits.idle, life.absoluteAt), 'touched a session for too short')
      life.expiresAt = expiresAt
      confirm(actor, key)
    } else if (isLost(actor)) actor.confirmed = undefined
  }

  return {
    violations,
    limits,
    lives,
    rule,
    effect,
    isAlive,
    isLost,
    given(handle, entry) {
      lives.set(handle, lifeOf(entry))
    },
  }
}

function lifeOf({ value, expiresAt }: StoreEntry): Life {
  const record = decodeRecord(value)
  if (typeof record !== 'object') throw new Error(`the store was given a record that is ${record}`)
  const { proof, renewal, confirmedAt, absoluteAt, text } = record
  const data = JSON.parse(text) as Data
  return { data, proofs: [proof], replacedAt: [], renewal, confirmedAt, absoluteAt, expiresAt, ended: false }
}
