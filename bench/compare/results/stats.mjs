// The little statistics of the comparison. Rounds alternate between the targets, so a target's round is compared with its
// baseline's round beside it.

export const sortedNumbers = (list) => list.filter(Number.isFinite).toSorted((a, b) => a - b)

/** Of a sorted list: the smallest number that is not below so many percent of it. */
export const percentile = (sorted, percent) =>
  sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1))]

/** From here on, the middle half of the rounds is the spread; with fewer it is all of them. */
const ENOUGH = 5

/** @returns `{ median, low, high, rounds }`, or undefined where there is no number. */
export function spread(list) {
  const sorted = sortedNumbers(list)
  const { length } = sorted
  if (length === 0) return undefined
  const middle = (sorted[(length - 1) >> 1] + sorted[length >> 1]) / 2
  const cut = length < ENOUGH ? 0 : Math.floor(length / 4)
  return { median: middle, low: sorted[cut], high: sorted[length - 1 - cut], rounds: length }
}

/** Of fewer rounds nobody knows how far they lie apart. */
const FEWEST = 3

/** Whether it is on one side of zero; if not, these rounds show no difference. */
export const clear = (difference) =>
  difference !== undefined && difference.rounds >= FEWEST && (difference.low > 0 || difference.high < 0)

/** Whether two spreads do not meet: for figures that have no round beside them to be compared with. */
export const apart = (a, b) =>
  a !== undefined && b !== undefined && Math.min(a.rounds, b.rounds) >= FEWEST && (a.high < b.low || b.high < a.low)

/** Of each round and the one beside it. A round that is missing on either side does not count. */
export const paired = (rounds, others, of) =>
  spread(rounds.map((round, i) => (round && others[i] ? of(round, others[i], i) : Number.NaN)))

/** Server CPU that the session adds to a request, in microseconds. */
export const added = (rounds, baseline) => paired(rounds, baseline, (a, b) => a.cpuMicros - b.cpuMicros)

/** Requests per second, as a share of those of the same framework without a session. */
export const ratio = (rounds, baseline) => paired(rounds, baseline, (a, b) => a.perSecond / b.perSecond)

/** One member of the open rounds. */
export const over = (rounds, of) => spread(rounds.filter(Boolean).map(of))
