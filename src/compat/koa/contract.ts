import type { Contract } from '../../core/contract.ts'
import { randomText } from '../../core/random.ts'
import type { Claim } from '../../core/token.ts'
import { claimOf } from '../internal/engine.ts'
import { decodeCompat } from '../internal/record.ts'
import { give } from './cookie.ts'
import { deadlineOf, idleTime, type KoaRecord, lifetimeOf, type Scene, valuesOf } from './scene.ts'
import { dataOf, shownBy } from './session.ts'

/** The contract of koa-session for one context. */
export function koaContract(scene: Scene): Contract {
  const { ctx, opts, store, holdfast } = scene

  return {
    several: 'first',
    // koa-session tells its store, whatever is there.
    deletesUnstored: true,

    claims() {
      const { externalKey } = opts
      scene.brought = scene.found = undefined
      scene.saved = scene.given = false
      const brought = store && externalKey ? externalKey.get(ctx) : ctx.cookies.get(opts.key, opts)
      if (!brought) return []
      if (store) checkId(brought, 'externalKey.get')
      scene.brought = brought
      if (!store) return [unstored()]
      scene.found = { value: undefined }
      return [claimFor(scene, brought)]
    },

    issue() {
      if (!store) return unstored()
      scene.externalKey = savedId(scene)
      return claimFor(scene, scene.externalKey)
    },

    // `regenerate()` of koa-session ends one session and begins another.
    rotate: (claim) => claim,

    text: (live) => JSON.stringify(shownBy(live)),

    decode(entry) {
      const record = decodeCompat(entry, (raw) => JSON.stringify(dataOf(raw)))
      if (record !== 'corrupt' && holdfast) scene.found = { value: record.raw }
      return record
    },

    encode(record: KoaRecord) {
      const { text } = record
      const lifetime = lifetimeOf(scene)
      if (!holdfast) {
        const values = valuesOf(scene, record)
        // For whoever writes next on top of it.
        record.raw = values
        scene.outgoing = { ...values, ...lifetime }
        return text
      }
      const end = JSON.stringify(lifetime).slice(1)
      return text === '{}' ? `{${end}` : `${text.slice(0, -1)},${end}`
    },

    expiresAt(_record, now) {
      scene.now = now
      return holdfast ? deadlineOf(scene, now) : now
    },

    plan(_visit, { over, latest }, _call, _text, now) {
      if (over) return 'nothing'
      if (scene.reason) return latest ? 'update' : 'insert'
      if (!latest || !store) return 'nothing'
      // Saved before in this request, and ended since, its cookie must not leave.
      return scene.given || (isKeptFromUse(scene) && latest.expiresAt - now < idleTime(scene) / 2) ? 'touch' : 'nothing'
    },

    barred: () => undefined,

    send({ bond }) {
      if (!scene.reason || bond.over || !bond.latest) return
      scene.reason = undefined
      scene.saved = true
      if (store) give(scene)
    },
  }
}

/** A Holdfast store needs a deadline where koa-session has none, so such a session ends some time after its last use. */
export const isKeptFromUse = ({ holdfast, opts }: Scene): boolean => holdfast !== undefined && opts.maxAge === 'session'

/** The id of a new session. None is as good as any, as long as nothing is saved. */
export function newId({ opts, ctx }: Scene): string | undefined {
  const id = opts.genid?.(ctx)
  if (id) checkId(id, 'genid')
  return id
}

/** The id of a new session that is about to be saved. */
export function savedId(scene: Scene): string {
  const id = newId(scene)
  checkId(id, 'genid')
  return id as string
}

/** All browsers would share one session under the text of a promise, and none has any under nothing. */
function checkId(id: unknown, option: string): void {
  if (id && (typeof id === 'string' || typeof id === 'number')) return
  throw new TypeError(`The option ${option} has to answer an id at once, as text that is not empty.`)
}

export const claimFor = ({ holdfast }: Scene, id: string): Claim => claimOf(holdfast, holdfast ? String(id) : id)

/** Sessions in cookies have no key, and those of two requests are two. */
const unstored = (): Claim => claimOf(undefined, randomText(8))
