/**
 * What the page says about each race: before it, for each library's result, and in plain words afterwards. The words
 * follow the tally; none of them knows in advance who wins.
 */

export const RACES = [
  {
    id: 'writers',
    title: 'Twenty changes at once',
    text: 'A page sends 20 requests at the same moment, and each stores its own key in the visitor’s session: think of a form that saves its fields, or two tabs. Every request is answered “ok”. How many of the 20 keys are there afterwards?',
    steps: ['Sign in', '20 requests at once', 'All answered “ok”', 'Read the session'],
    empty: ['changes kept'],
    verdicts: ({ kept, of }) => [{ good: kept === of, figure: `${kept} of ${of}`, text: 'changes kept' }],
    reading(results) {
      const sentences = grouped(results, ({ writers: { kept, of, fewest, most } }) =>
        kept === of
          ? 'kept every change.'
          : `answered “ok” to ${of - kept} of ${of} requests whose change is gone${rangeOf(fewest, most)}.`,
      )
      const why = 'A request that saves the whole session as it read it takes away what others wrote meanwhile.'
      return results.some(({ writers: { kept, of } }) => kept < of) ? [...sentences, why] : sentences
    },
  },
  {
    id: 'logout',
    title: 'Signing out during a slow write',
    text: 'A slow request is still working when the user signs out and is told so. Then the slow request ends and saves its session. Does the old cookie, perhaps copied by somebody, work again?',
    steps: ['Slow write begins', 'Sign-out answered', 'Slow write ends', 'Old cookie is tried'],
    life: { lives: 'session lives', ended: 'signed out', again: 'works again', rest: 'stays ended' },
    again: ({ revived }) => revived,
    empty: ['signed-out session works again', 'browser is signed in again'],
    verdicts: ({ rounds, revived, signedInAgain }) => [
      happened('Signed-out session works again:', revived, rounds),
      happened('Browser is signed in again:', signedInAgain, rounds),
    ],
    reading: (results) =>
      grouped(results, ({ logout: { rounds, revived, signedInAgain } }) =>
        flawsOf('made the sign-out final.', rounds, [
          [revived, 'let the late write put the ended session back, so that the old cookie works again'],
          [signedInAgain, 'signed the user’s own browser in again'],
        ]),
      ),
  },
  {
    id: 'rotation',
    title: 'Signing in during a slow write',
    text: 'At sign-in the session gets a new id, so that an id which somebody planted or stole before is worthless. A slow request that began under the old id ends afterwards. Is the old id valid again? Which cookie does the browser hold?',
    steps: ['Slow write begins', 'Sign-in: new id', 'Slow write ends', 'Old cookie is tried'],
    life: { lives: 'old id lives', ended: 'ended by sign-in', again: 'valid again', rest: 'stays ended' },
    again: ({ oldIdValid }) => oldIdValid,
    empty: ['old id is valid again', 'browser sent back to the old cookie'],
    verdicts: ({ rounds, oldIdValid, sentBack }) => [
      happened('Old id is valid again:', oldIdValid, rounds),
      happened('Browser sent back to the old cookie:', sentBack, rounds),
    ],
    reading: (results) =>
      grouped(results, ({ rotation: { rounds, oldIdValid, sentBack, signedIn } }) =>
        flawsOf('kept the old id worthless.', rounds, [
          [oldIdValid, 'let the late write make the old id valid again'],
          [sentBack, 'sent the browser back to the old cookie'],
          [rounds - signedIn, 'lost the sign-in that had just been made'],
        ]),
      ),
  },
]

const happened = (text, times, rounds) => ({
  good: times === 0,
  figure: rounds === 1 ? (times ? 'yes' : 'no') : times ? `yes, ${times} of ${rounds}` : `no, 0 of ${rounds}`,
  text,
})

const rangeOf = (fewest, most) => (fewest === most ? '' : ` (${fewest} to ${most} kept per round)`)

/** What was measured as the rest of a sentence, or the good news when nothing went wrong. */
function flawsOf(goodNews, rounds, flaws) {
  const seen = flaws.filter(([times]) => times > 0)
  const parts = seen.map(([times, text]) => (times === rounds ? text : `${text} (in ${times} of ${rounds} rounds)`))
  return parts.length === 0 ? goodNews : `${parts.join(', and ')}.`
}

/** One sentence for all libraries of which the same is true. */
function grouped(results, tell) {
  const names = new Map()
  for (const result of results) names.set(tell(result), [...(names.get(tell(result)) ?? []), result.name])
  return [...names].map(([text, same]) => `${listed(same)} ${text}`)
}

const listed = (parts) => (parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`)
