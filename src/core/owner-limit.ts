import { onlyIf } from './backend.ts'
import { SessionStateError, SessionStoreError } from './errors.ts'
import { decodeHeld, held } from './held.ts'
import { revise } from './revise.ts'
import type { Answer, Store, StoreCall } from './store.ts'
import type { Claim } from './token.ts'
import { type Bond, clearData, type Held, type Kernel, type Loss, newBond, type Visit } from './visit.ts'

/**
 * At most so many sessions per owner. No store can count and write in one step, so whoever gives a session to an owner
 * writes first and looks afterwards. Of any N + 1 sessions the one that was written last sees all the others: it is the
 * one that does not let N + 1 remain. Until it has looked, no cookie leaves.
 */

/** A session in the order of sign-ins. The handle decides between two of one millisecond. */
interface Entrant {
  readonly handle: string
  readonly createdAt: number
  readonly revision: string
}

const isOlder = (a: Entrant, b: Entrant): boolean =>
  a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.handle < b.handle)
const oldestFirst = (a: Entrant, b: Entrant): number => (isOlder(a, b) ? -1 : 1)

/** Longer than whoever should leave, or should end another one, needs to find out and do so. */
const patienceOf = ({ options }: Kernel): number => options.storeTimeout / 8

/** About so many ms, and not the same for all. */
const pause = (ms: number): Promise<void> => new Promise((go) => setTimeout(go, 1 + ms * (0.5 + Math.random())))

const PAGE = 1000
const AT_ONCE = 16
const MOST_TRIES = 5

/**
 * Called after each commit. Answers how the session was lost meanwhile, if it was. Throws `ERR_SESSION_LIMIT` when there
 * is no room for it, and the store's error when the store cannot tell: in both cases the session has ended.
 */
export async function limitOwner(visit: Visit, bond: Bond): Promise<Loss | undefined> {
  const { newOwner: owner, latest } = bond
  const limit = visit.kernel.options.ownerLimit
  bond.newOwner = undefined
  if (!limit || owner === undefined || bond.over || latest?.owner !== owner) return undefined
  try {
    if (limit.policy === 'end-oldest') return await endOldest(visit.kernel, bond, owner, limit.sessions)
    if (await isLetIn(visit.kernel, bond, owner, limit.sessions)) return undefined
  } catch (error) {
    await withdraw(visit, bond, owner)
    throw error
  }
  await withdraw(visit, bond, owner)
  throw new SessionStateError('ERR_SESSION_LIMIT', 'The owner of this session has as many sessions as are allowed.', {
    help: 'Let the user end one of them, or use the policy "end-oldest" of ownerLimit.',
  })
}

/** The store calls of one look, which together take at most `storeTimeout`. */
function lookAt(kernel: Kernel, owner: string, own: string) {
  const { backend, options } = kernel
  const until = performance.now() + options.storeTimeout
  const left = (): number => until - performance.now()
  const ask = async <T>(operation: string, send: (store: Store, call: StoreCall) => Answer<T>): Promise<T> => {
    if (left() > 0) return backend.ask(operation, left(), options.clock.now(), send)
    const problem = `Looking through the sessions of an owner took longer than ${options.storeTimeout} ms.`
    throw new SessionStoreError('ERR_SESSION_STORE_TIMEOUT', problem, { retryable: true })
  }
  /** The handles of the owner's other sessions, page by page, each once. */
  async function* pages(): AsyncGenerator<{ readonly handles: string[]; readonly isAll: boolean }> {
    const seen = new Set([own])
    for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
      const query = { owner, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) }
      const page = await ask('list', (store, call) => (store.list as NonNullable<Store['list']>)(query, call))
      cursor = page.cursor
      const handles = page.entries.map(({ key }) => key).filter((handle) => !seen.has(handle) && seen.add(handle))
      // Which is random: who is one of a thousand at once soon meets some that are before it, and need not read the rest.
      handles.sort()
      yield { handles, isAll: isFirst && cursor === undefined }
    }
  }
  /** Undefined when it is the owner's no more. What this version cannot read is as old as can be. */
  const read = async (handle: string): Promise<Entrant | undefined> => {
    const entry = await ask('get', (store, call) => store.get(handle, call))
    if (entry?.owner !== owner) return undefined
    const { revision } = entry
    const createdAt = decodeHeld(kernel, handle, entry)?.record.createdAt ?? Number.NEGATIVE_INFINITY
    return { handle, createdAt, revision }
  }
  return { ask, left, pages, read }
}

/**
 * Ends all but the newest. Who is not among the newest in its own eyes waits for the newer ones to end it. If they do not,
 * because they looked before it came (its clock is behind theirs, or its write took long), nobody else will: it moves to
 * the front and looks again. So it neither remains beside them nor is ended by its own sign-in.
 */
async function endOldest(kernel: Kernel, bond: Bond, owner: string, most: number): Promise<Loss | undefined> {
  const { handle } = bond.claim as Claim
  const { ask, pages, read } = lookAt(kernel, owner, handle)

  /** False: somebody wrote to it since it was read. */
  const end = async ({ handle, revision }: Entrant): Promise<boolean> => {
    const outcome = await ask('delete', (store, call) => store.delete(handle, onlyIf(call, revision)))
    if (outcome === 'deleted') kernel.events.emit({ type: 'destroyed', handle, by: 'limit' })
    return outcome !== 'conflict'
  }

  /** Answers what to do next: look again, or after which one to move. */
  const pass = async (me: Entrant): Promise<'done' | 'again' | Entrant> => {
    let newest = [me]
    let isDone = true
    for await (const { handles, isAll } of pages()) {
      if (isAll && handles.length < most) return 'done'
      for (let from = 0; from < handles.length; from += AT_ONCE) {
        const found = (await Promise.all(handles.slice(from, from + AT_ONCE).map(read))).filter(isReadable)
        // Those with so many newer ones are beyond the limit, whatever comes with the next page.
        const ranked = [...newest, ...found].sort(oldestFirst)
        const beyond = ranked.splice(0, Math.max(0, ranked.length - most))
        if (beyond.includes(me)) return ranked.at(-1) as Entrant
        newest = ranked
        for (const ended of await Promise.all(beyond.map(end))) isDone &&= ended
      }
    }
    return isDone ? 'done' : 'again'
  }

  const claim = bond.claim as Claim
  /** Until the newer ones had the time to end this one. */
  const wait = async (): Promise<Held | Loss> => {
    const until = performance.now() + patienceOf(kernel)
    for (;;) {
      await pause(16)
      const found = await held(kernel, claim, kernel.options.storeTimeout)
      if (typeof found === 'string' || performance.now() >= until) return found
    }
  }

  for (let hasWaited = false; ; ) {
    const { record, revision } = bond.latest as Held
    const next = await pass({ handle, createdAt: record.createdAt, revision })
    if (next === 'done') return undefined
    if (next === 'again') continue
    const found = hasWaited
      ? await revise(kernel, bond, (base) => ({ ...base, createdAt: next.createdAt + 1 }))
      : await wait()
    if (typeof found === 'string') return found
    bond.latest = found
    if (found.owner !== owner) return undefined
    hasWaited = !hasWaited
  }
}

/**
 * Whether there is room. Who sees no more than `most` is in, and nobody else ever is. Of those that see more, the ones
 * beyond `most` in the order of sign-ins leave, and the others wait for them to. One that should leave and stays is in
 * already: it comes before all that are waiting.
 */
async function isLetIn(kernel: Kernel, bond: Bond, owner: string, most: number): Promise<boolean> {
  const { handle } = bond.claim as Claim
  const { record, revision } = bond.latest as Held
  const { left, pages, read } = lookAt(kernel, owner, handle)
  const me: Entrant = { handle, createdAt: record.createdAt, revision }
  const patience = patienceOf(kernel)
  const known = new Map<string, Entrant | undefined>()
  const settled = new Set<string>()
  let dueSince = new Map<string, number>()

  for (let attempt = 1; left() > 0; attempt++) {
    const handles: string[] = []
    for await (const page of pages()) handles.push(...page.handles)
    if (handles.length < most) return true

    const ahead: Entrant[] = []
    const behind: Entrant[] = []
    for (let from = 0; from < handles.length && ahead.length < most; from += AT_ONCE) {
      const some = handles.slice(from, from + AT_ONCE)
      await Promise.all(some.map(async (other) => known.has(other) || known.set(other, await read(other))))
      for (const other of some.flatMap((name) => known.get(name) ?? []))
        (settled.has(other.handle) || isOlder(other, me) ? ahead : behind).push(other)
    }
    if (ahead.length >= most) return false

    const due = behind.sort(oldestFirst).slice(most - ahead.length - 1)
    const time = performance.now()
    dueSince = new Map(due.map((other) => [other.handle, dueSince.get(other.handle) ?? time]))
    for (const [other, since] of dueSince) if (time - since >= patience) settled.add(other)
    await pause(Math.min(2 ** attempt, 32))
  }
  return false
}

/**
 * Takes a sign-in back: the session ends, with what others wrote to it since, unless one of those gave it to somebody
 * else. For the request it is a new and empty one.
 */
async function withdraw(visit: Visit, bond: Bond, owner: string): Promise<void> {
  const { backend, options, events } = visit.kernel
  const { handle } = bond.claim as Claim
  let { revision } = bond.latest as Held
  letGo(visit, bond, handle)
  try {
    for (let attempt = 1; ; attempt++) {
      const now = options.clock.now()
      const isLast = attempt === MOST_TRIES
      const outcome = await backend.ask('delete', options.storeTimeout, now, (store, call) =>
        store.delete(handle, isLast ? call : onlyIf(call, revision)),
      )
      if (outcome === 'deleted') events.emit({ type: 'destroyed', handle, by: 'limit' })
      if (outcome !== 'conflict') return
      const entry = await backend.ask('get', options.storeTimeout, now, (store, call) => store.get(handle, call))
      if (entry?.owner !== owner) return
      revision = entry.revision
    }
  } catch {
    // The next `finish` of this request tries again. The error that is on its way says why.
    visit.dying = [...visit.dying, handle]
  }
}

/** Nothing of what was set for the sign-in stays, neither for this request nor in the browser. */
function letGo(visit: Visit, bond: Bond, handle: string): void {
  const { live, era } = bond
  clearData(bond)
  Object.assign(bond, newBond(), { live, era: era + 1 })
  visit.cookie = visit.origin?.handle === handle ? 'clear' : 'none'
}

const isReadable = (entrant: Entrant | undefined): entrant is Entrant =>
  entrant !== undefined && Number.isFinite(entrant.createdAt)
