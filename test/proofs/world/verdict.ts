import { parseSetCookie } from '../../support/cookie-jar.ts'
import type { Actor, Called, Life, Ticket } from './actor.ts'
import { type Data, same } from './data.ts'
import { claimOf, type Model, uncounted } from './model.ts'
import type { Verb } from './program.ts'

/** What the model says of everything that a request's handler and its browser get to see. */
export interface Verdict {
  /** `open` answered a request with this cookie. */
  opened(actor: Actor, cookie: string | undefined, isNew: boolean, live: Data): void
  /** What the handler's session object holds now. */
  viewed(actor: Actor, live: Data): void
  called(actor: Actor, verb: Verb): Called
  settled(actor: Actor, call: Called, error: unknown, live: Data): void
  finished(actor: Actor, lines: readonly string[], error: unknown): void
  /** A response reached the browser. */
  arrived(actor: Actor, lines: readonly string[]): void
}

const MINUTE = 60_000

export function verdict({ lives, limits, rule, isAlive, isLost }: Model): Verdict {
  const inJar = new Map<string, number>()

  const opens = (life: Life | undefined, { proof, renewal }: Ticket, now: number): life is Life => {
    if (!life || life.ended || life.proofs.at(-1) !== proof) return false
    const confirmedAt = life.confirmedAt ?? Number.POSITIVE_INFINITY
    return renewal === life.renewal || (renewal === life.renewal - 1 && now < confirmedAt + limits.grace)
  }

  const isNew = (actor: Actor): boolean => actor.handle === undefined || actor.unborn

  const mayFail = (actor: Actor, verb: Verb['do'] | 'finish', error: unknown): boolean => {
    const { code } = error as { readonly code?: string }
    if (code === 'ERR_SESSION_STORE') return actor.excused
    if (code === 'ERR_SESSION_HEADERS_SENT') return actor.headersSent
    if (code === 'ERR_SESSION_SUPERSEDED' && actor.late) return verb !== 'finish'
    if (code === 'ERR_SESSION_LOST' && verb === 'reload' && isNew(actor)) return true
    if (code !== 'ERR_SESSION_LOST' && code !== 'ERR_SESSION_SUPERSEDED') return false
    return isLost(actor) && (verb !== 'finish' || limits.onLost === 'error')
  }

  const isSynced = (actor: Actor, upTo: number): boolean =>
    actor.synced.some((index) => index >= upTo || same(actor.views[index] as Data, actor.views[upTo] as Data))
  const allEnded = (actor: Actor): boolean => [...actor.dying].every((handle) => !isAlive(lives.get(handle)))

  // A commit that has nothing to write may give up when others keep writing, because they moved the deadline too.
  const isConfirmed = (actor: Actor, call: Called): boolean =>
    actor.effects > call.effects || !call.lost || isNew(actor)

  /** A regenerate() that failed and then lost: the request goes on with a session of its own. */
  const startsAgain = (actor: Actor): void => {
    const signIn = actor.rotations.find(({ failed, keep }) => failed && !keep)
    if (!isLost(actor) || !(signIn || actor.unheard)) return
    actor.rotations = actor.rotations.filter(({ failed }) => !failed)
    Object.assign(actor, { handle: undefined, confirmed: undefined, synced: [signIn?.from ?? actor.synced[0]] })
  }

  const kept: Readonly<Record<Verb['do'], (actor: Actor, call: Called, live: Data) => boolean>> = {
    save: (actor, call) => isConfirmed(actor, call) && isSynced(actor, Math.min(call.view, actor.views.length - 1)),
    touch: isConfirmed,
    update: (actor) => ++actor.acknowledged <= actor.updated,
    destroy: allEnded,
    reload(actor, _, live) {
      const cleared = actor.rotations.some(({ keep, failed }) => failed && !keep)
      return !actor.read?.ended && same(cleared ? {} : uncounted(actor.read?.data ?? {}), live)
    },
    regenerate(actor, { rotation }) {
      const at = rotation ? actor.rotations.indexOf(rotation) : -1
      if (at < 0 || !rotation) return true
      const startsAgain = isNew(actor) || (!rotation.keep && isLost(actor))
      actor.rotations = actor.rotations.slice(at + 1)
      if (startsAgain) {
        actor.handle = undefined
        actor.confirmed = undefined
        if (!rotation.keep) actor.synced = [rotation.from]
      }
      return startsAgain
    },
  }

  const checkCookie = (actor: Actor, lines: readonly string[]): void => {
    rule(actor, lines.length <= 1, 'sent several cookies')
    const [line] = lines
    const value = line === undefined ? undefined : parseSetCookie(line).value
    if (value === '') {
      rule(actor, actor.destroyed, 'took the cookie away without a destroy()')
      return
    }
    if (value === undefined) {
      const due = actor.mustSend && !actor.unborn && actor.confirmed !== undefined && !isLost(actor)
      rule(actor, !due, 'did not send its cookie')
      rule(actor, !actor.destroyed || actor.handle !== undefined, 'did not take the cookie away')
      return
    }
    const { handle, proof, renewal } = claimOf(value) ?? {}
    const { confirmed } = actor
    const good = confirmed?.handle === handle && confirmed?.proof === proof && confirmed?.renewal === renewal
    rule(actor, confirmed !== undefined && good, 'sent a cookie that its last commit did not confirm')
  }

  return {
    opened(actor, cookie, isNew, live) {
      const claim = claimOf(cookie)
      const life = claim && actor.read
      rule(actor, !actor.excused, 'was let go on although its session could not be read')
      const visible = claim !== undefined && opens(life, claim, actor.readAt)
      rule(actor, isNew === !visible, isNew ? 'was not let in with a good cookie' : 'was let in with a bad cookie')
      const data = visible ? uncounted(life?.data ?? {}) : {}
      rule(actor, same(data, live), `was shown ${JSON.stringify(live)} where the store held ${JSON.stringify(data)}`)
      actor.views = [live]
      actor.ticket = claim
      actor.outdated = (claim?.signedBy ?? 0) > 0
      if (visible) {
        actor.handle = claim.handle
        actor.proof = claim.proof
        actor.own.add(claim.handle)
      } else if (claim && life && !life.ended) {
        const replacedAt = life.replacedAt[life.proofs.indexOf(claim.proof)]
        actor.late = replacedAt !== undefined && actor.readAt < replacedAt + MINUTE
        actor.barred = actor.late
      }
    },
    viewed(actor, live) {
      if (!same(actor.views.at(-1) as Data, live)) actor.views.push(live)
    },
    called(actor, verb) {
      let rotation: Called['rotation']
      if (verb.do === 'update') actor.updates++
      if (verb.do === 'regenerate' && !actor.headersSent) {
        if (!verb.keep) actor.views.push({})
        const from = verb.keep ? (actor.synced[0] as number) : actor.views.length - 1
        rotation = { keep: verb.keep, from, failed: false }
        actor.rotations.push(rotation)
        actor.barred = false
      }
      if (verb.do === 'destroy') {
        const handle = actor.unborn ? undefined : (actor.handle ?? (actor.barred ? actor.ticket?.handle : undefined))
        if (handle !== undefined) {
          actor.dying.add(handle)
          actor.destroyed = true
        }
        Object.assign(actor, {
          handle: undefined,
          proof: undefined,
          views: [{}],
          synced: [0],
          rotations: [],
          barred: false,
        })
        Object.assign(actor, { confirmed: undefined, mustSend: false })
      }
      const call = { verb, rotation, view: actor.views.length - 1, effects: actor.effects, lost: isLost(actor) }
      actor.underWay = [...actor.underWay, call]
      return call
    },
    settled(actor, call, error, live) {
      actor.underWay = actor.underWay.filter((other) => other !== call)
      // A reload() that fails says that the session is lost, and with it a rotation that was still due.
      actor.astray ||= error !== undefined && call.verb.do === 'reload' && (actor.unheard || actor.rotations.length > 0)
      if (actor.astray) return
      if (error !== undefined) {
        rule(actor, mayFail(actor, call.verb.do, error), `could not ${call.verb.do}(): ${error}`)
        if (call.rotation) call.rotation.failed = true
        return
      }
      startsAgain(actor)
      rule(actor, kept[call.verb.do](actor, call, live), `was told that ${call.verb.do}() is done, and it is not`)
      if (call.verb.do !== 'reload') return
      actor.views = [live]
      actor.synced = [0]
      actor.rotations = actor.rotations.map((rotation) => ({ ...rotation, from: 0 }))
    },
    finished(actor, lines, error) {
      if (actor.astray) return
      const last = actor.views.length - 1
      const empty = same(actor.views[last] as Data, {})
      if (error !== undefined) rule(actor, mayFail(actor, 'finish', error), `could not commit: ${error}`)
      else if (isNew(actor)) {
        rule(actor, empty || actor.barred || actor.headersSent, 'answered, and its session was not created')
      } else if (isLost(actor)) {
        const signsIn = actor.rotations.some(({ keep }) => !keep)
        rule(
          actor,
          !signsIn || empty || actor.headersSent,
          'answered, and what it set after its regenerate() is nowhere',
        )
      } else {
        rule(actor, isSynced(actor, last), 'answered, and its change was not written')
        rule(actor, actor.rotations.length === 0, 'answered, and its rotation did not happen')
      }
      rule(actor, error !== undefined || allEnded(actor), 'answered, and its logout did not happen')
      if (!actor.headersSent && error === undefined) checkCookie(actor, lines)
      actor.mustSend = false
      actor.headersSent = true
    },
    arrived(actor, lines) {
      for (const line of lines) {
        const claim = claimOf(parseSetCookie(line).value)
        if (!claim) continue
        const index = lives.get(claim.handle)?.proofs.indexOf(claim.proof) ?? -1
        const goesBack = index < (inJar.get(claim.handle) ?? 0) && limits.orderly
        rule(actor, !goesBack, 'sent the browser back to an older cookie')
        inJar.set(claim.handle, index)
      }
    },
  }
}
