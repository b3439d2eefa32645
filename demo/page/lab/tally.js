/**
 * Adds up what the lab reports. `results` holds, for each library, one entry per race:
 *
 *     writers:  { rounds, perKey: [times kept], kept, of, fewest, most, ms }
 *     logout:   { rounds, flaws: [boolean per round], revived, signedInAgain }
 *     rotation: { rounds, flaws: [boolean per round], oldIdValid, sentBack, signedIn }
 *     control:  { kept, of }
 */
export const createTally = () => ({
  rounds: 0,
  writers: 20,
  libraries: [],
  results: {},
  seen: 0,
  expected: 1,
  done: undefined,
})

/** Takes one event in. Answers whether it changed a result. */
export function add(tally, event) {
  if (event.type === 'start') return start(tally, event)
  if (event.type === 'done') tally.done = event
  const result = tally.results[event.library]?.[event.type]
  if (!result) return false
  ADD[event.type](result, event)
  tally.seen += 1
  return true
}

function start(tally, { rounds, writers, libraries }) {
  Object.assign(tally, { rounds, writers, libraries, results: {}, seen: 0, done: undefined })
  tally.expected = libraries.length * (1 + 3 * rounds)
  for (const { name } of libraries) {
    tally.results[name] = {
      control: { kept: 0, of: 0 },
      writers: { rounds: 0, perKey: Array(writers).fill(0), kept: 0, of: 0, fewest: writers, most: 0, ms: 0 },
      logout: { rounds: 0, flaws: [], revived: 0, signedInAgain: 0 },
      rotation: { rounds: 0, flaws: [], oldIdValid: 0, sentBack: 0, signedIn: 0 },
    }
  }
  return false
}

const count = (kept) => kept.filter(Boolean).length

const ADD = {
  control(result, { kept }) {
    result.kept += count(kept)
    result.of += kept.length
  },
  writers(result, { kept, ms }) {
    const now = count(kept)
    result.rounds += 1
    result.kept += now
    result.of += kept.length
    result.ms += ms
    result.fewest = Math.min(result.fewest, now)
    result.most = Math.max(result.most, now)
    for (const [index, held] of kept.entries()) result.perKey[index] += held ? 1 : 0
  },
  logout(result, { revived, signedInAgain }) {
    result.rounds += 1
    result.flaws.push(revived || signedInAgain)
    result.revived += revived ? 1 : 0
    result.signedInAgain += signedInAgain ? 1 : 0
  },
  rotation(result, { oldIdValid, sentBack, signedIn }) {
    result.rounds += 1
    result.flaws.push(oldIdValid || sentBack)
    result.oldIdValid += oldIdValid ? 1 : 0
    result.sentBack += sentBack ? 1 : 0
    result.signedIn += signedIn ? 1 : 0
  },
}
