import { describe, expect, it } from 'vitest'

interface Race {
  readonly id: string
  verdicts(result: object): { readonly good: boolean; readonly figure: string }[]
  reading(results: object[]): string[]
}

interface Tally {
  readonly seen: number
  readonly expected: number
  readonly results: Record<string, Record<'writers' | 'logout' | 'rotation', object>>
}

// The page's own modules: plain JavaScript for browsers that also runs here.
const pageModule = (name: string) => import(new URL(`../../demo/page/lab/${name}.js`, import.meta.url).href)
const { RACES }: { RACES: Race[] } = await pageModule('races')
const { add, createTally }: { add(tally: Tally, event: object): boolean; createTally(): Tally } =
  await pageModule('tally')

const start = (rounds: number) => ({
  type: 'start',
  rounds,
  writers: 2,
  libraries: [{ name: 'one' }, { name: 'two' }],
})

const tallyOf = (rounds: number, events: object[]) => {
  const tally = createTally()
  for (const event of [start(rounds), ...events]) add(tally, event)
  return tally
}

const race = (id: string) => RACES.find((each) => each.id === id) as Race

const resultsOf = (tally: Tally, name: string) => tally.results[name] as Tally['results'][string]

const reading = (id: string, tally: Tally): string[] =>
  race(id).reading(['one', 'two'].map((name) => ({ name, ...resultsOf(tally, name) })))

describe('what the page says follows what was measured', () => {
  it('adds up the keys that were kept', () => {
    const tally = tallyOf(2, [
      { type: 'writers', library: 'one', kept: [true, false], ms: 10 },
      { type: 'writers', library: 'one', kept: [true, true], ms: 20 },
      { type: 'writers', library: 'two', kept: [true, true], ms: 5 },
      { type: 'writers', library: 'two', kept: [true, true], ms: 5 },
    ])
    expect(resultsOf(tally, 'one').writers).toMatchObject({
      perKey: [2, 1],
      kept: 3,
      of: 4,
      fewest: 1,
      most: 2,
      ms: 30,
    })
    expect(race('writers').verdicts(resultsOf(tally, 'one').writers)).toMatchObject([{ good: false, figure: '3 of 4' }])
    expect(race('writers').verdicts(resultsOf(tally, 'two').writers)).toMatchObject([{ good: true, figure: '4 of 4' }])
    const [one, two] = reading('writers', tally)
    expect(one).toBe('one answered “ok” to 1 of 4 requests whose change is gone (1 to 2 kept per round).')
    expect(two).toBe('two kept every change.')
  })

  it('says the same of libraries that did the same, whichever they are', () => {
    const flawed = { type: 'logout', revived: true, signedInAgain: false }
    const both = tallyOf(1, [
      { ...flawed, library: 'one' },
      { ...flawed, library: 'two' },
    ])
    expect(reading('logout', both)).toEqual([
      'one and two let the late write put the ended session back, so that the old cookie works again.',
    ])
    const neither = tallyOf(1, [
      { ...flawed, library: 'one', revived: false },
      { ...flawed, library: 'two', revived: false },
    ])
    expect(reading('logout', neither)).toEqual(['one and two made the sign-out final.'])
  })

  it('names how often, when it was not every time', () => {
    const tally = tallyOf(2, [
      { type: 'rotation', library: 'one', oldIdValid: true, sentBack: true, signedIn: false },
      { type: 'rotation', library: 'one', oldIdValid: true, sentBack: false, signedIn: true },
      { type: 'rotation', library: 'two', oldIdValid: false, sentBack: false, signedIn: true },
      { type: 'rotation', library: 'two', oldIdValid: false, sentBack: false, signedIn: true },
    ])
    expect(reading('rotation', tally)).toEqual([
      'one let the late write make the old id valid again, and sent the browser back to the old cookie (in 1 of 2 rounds), and lost the sign-in that had just been made (in 1 of 2 rounds).',
      'two kept the old id worthless.',
    ])
    expect(
      race('rotation')
        .verdicts(resultsOf(tally, 'one').rotation)
        .map(({ good, figure }) => [good, figure]),
    ).toEqual([
      [false, 'yes, 2 of 2'],
      [false, 'yes, 1 of 2'],
    ])
    expect(tally.seen / tally.expected).toBeCloseTo(4 / 14)
  })
})
