import type { Entry } from './clients.ts'

/** What a history shows: how much happened, and every way in which it was not what it has to be. */
export interface Findings {
  readonly requests: number
  readonly acknowledgedWrites: number
  /** Requests whose session was gone or replaced, so that they were told so instead of writing. */
  readonly refused: number
  /** Failures of the servers. */
  readonly failures: number
  /** A cookie opened a session after its end, or after its replacement, had been acknowledged. */
  readonly resurrected: number
  /** An acknowledged write was not there for a request that began after it. */
  readonly lost: number
  /** A request saw less than one that had ended before it began. */
  readonly backward: number
  /** A request saw what nobody had written yet, or what belongs to somebody else. */
  readonly invented: number
  /** A browser that had signed in and not signed out was nobody. */
  readonly thrownOut: number
}

/** One session from a sign-in to its end; step-ups replace its id. */
interface Life {
  readonly ids: string[]
  /** When the end of an id was acknowledged. */
  readonly endOf: Map<string, number>
}

/** Judges a history. It knows nothing of the servers but what their clients saw. */
export function check(history: readonly Entry[]): Findings {
  const found = { resurrected: 0, lost: 0, backward: 0, invented: 0, thrownOut: 0 }
  for (const browser of new Set(history.map((entry) => entry.browser))) {
    checkBrowser(
      history.filter((entry) => entry.browser === browser),
      found,
    )
  }
  const { length: requests } = history
  const acknowledgedWrites = history.filter((entry) => isWrite(entry) && entry.answer.status === 200).length
  const refused = history.filter(({ answer }) => answer.status === 409 || answer.status === 401).length
  const failures = history.filter(
    ({ answer }) => answer.status === 500 || /STORE|CONFLICT/.test(answer.code ?? ''),
  ).length
  return { requests, acknowledgedWrites, refused, failures, ...found }
}

type Counts = { -readonly [Name in 'resurrected' | 'lost' | 'backward' | 'invented' | 'thrownOut']: number }

const isWrite = ({ act }: Entry): boolean => act === 'set' || act === 'save' || act === 'add'

function checkBrowser(entries: readonly Entry[], found: Counts): void {
  const lives = livesOf(entries)
  const all = new Map(lives.flatMap((life) => life.ids.map((id) => [id, life] as const)))
  for (const life of lives) {
    const seen = entries.filter(({ answer }) => answer.id !== null && life.ids.includes(answer.id))
    checkLife(seen, entries, found)
  }
  for (const { answer, start, end, act, stolen } of entries) {
    const life = answer.id === null ? undefined : all.get(answer.id)
    // An id that no answer has told of belongs to a sign-in whose own answer failed.
    if (answer.id !== null && !life) found.invented++
    if (life && start > (life.endOf.get(answer.id as string) ?? Number.POSITIVE_INFINITY)) found.resurrected++
    const quiet = entries.every((other) => isOver(other, start, end) || other.act === 'read' || isWrite(other))
    if (act === 'read' && !stolen && answer.id === null && quiet && isSignedIn(entries, start)) found.thrownOut++
  }
}

const isOver = (other: Entry, start: number, end: number): boolean => other.end < start || other.start > end

/** Whether the last change of this browser's session before an instant left it signed in. */
function isSignedIn(entries: readonly Entry[], before: number): boolean {
  const changes = entries.filter(
    ({ act, end, answer }) => /^(sign|step)/.test(act) && end < before && answer.status === 200,
  )
  const last = changes.reduce<Entry | undefined>((one, other) => (one && one.end > other.end ? one : other), undefined)
  return last !== undefined && last.act !== 'sign-out'
}

function livesOf(entries: readonly Entry[]): Life[] {
  const lives: Life[] = []
  const of = (id: string | null): Life | undefined => lives.find((life) => id !== null && life.ids.includes(id))
  const changes = entries.filter(({ act, answer }) => /^(sign|step)/.test(act) && answer.status === 200)
  for (const { act, answer, end } of changes.toSorted((one, other) => one.end - other.end)) {
    const before = of(answer.id)
    if (before && answer.id !== null) before.endOf.set(answer.id, end)
    if (act === 'step-up' && before && answer.next !== null) before.ids.push(answer.next)
    if (act === 'sign-in' && answer.next !== null) lives.push({ ids: [answer.next], endOf: new Map() })
  }
  return lives
}

/** Keys that the servers count up, and the values that this life's requests asked for. */
function checkLife(seen: readonly Entry[], all: readonly Entry[], found: Counts): void {
  const acknowledged = seen.filter((entry) => isWrite(entry) && entry.answer.status === 200)
  const users = new Set(seen.map(({ answer }) => answer.data.user))
  const own = [...users].every((user) => String(user).startsWith(`user-${seen[0]?.browser}-`))
  if (users.size > 1 || !own) found.invented++
  for (const reader of seen) {
    const { data } = reader.answer
    const earlier = acknowledged.filter(({ end }) => end < reader.start)
    for (const { key, value } of earlier) if (key !== undefined && Number(data[key] ?? 0) < Number(value)) found.lost++
    const adds = earlier.filter(({ act }) => act === 'add').length
    const count = Number(data.count ?? 0)
    if (count < adds) found.lost += adds - count
    if (count > all.filter(({ act, start }) => act === 'add' && start < reader.end).length) found.invented++
    for (const [key, value] of Object.entries(data)) {
      if (!key.startsWith('tab')) continue
      const asked = all.some((entry) => entry.key === key && entry.value === value && entry.start < reader.end)
      if (!asked) found.invented++
    }
  }
  const ordered = seen.toSorted((one, other) => one.end - other.end)
  for (const later of ordered) {
    const before = ordered.filter(({ end }) => end < later.start)
    for (const key of ['count', 'tab0', 'tab1', 'tab2', 'tab3']) {
      const most = Math.max(0, ...before.map(({ answer }) => Number(answer.data[key] ?? 0)))
      if (Number(later.answer.data[key] ?? 0) < most) found.backward++
    }
  }
}
