import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dataFolder, type RunningDemo, startDemo } from './support/demo.ts'

interface LabEvent {
  readonly type: string
  readonly library: string
  readonly [name: string]: unknown
}

describe('the race lab', () => {
  const folder = dataFolder()
  let demo: RunningDemo

  beforeAll(async () => {
    demo = await startDemo(folder.path, { STORE_URL: 'memory:' })
  })
  afterAll(async () => {
    await demo.stop()
    folder.remove()
  })

  const post = (input: object, signal?: AbortSignal): Promise<Response> =>
    fetch(`${demo.url}/lab/run`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(input),
      ...(signal && { signal }),
    })

  const eventsOf = async (response: Response): Promise<LabEvent[]> =>
    (await response.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))

  it('shows that Holdfast keeps 20 of 20, revives nothing, and keeps the new sign-in', async () => {
    const events = await eventsOf(await post({ rounds: 1 }))
    const of = (type: string, library: string) =>
      events.filter((event) => event.type === type && event.library === library)
    const all = Array(20).fill(true)
    const [writers] = of('writers', 'Holdfast')
    expect(writers?.kept).toEqual(all)
    expect(of('logout', 'Holdfast')).toMatchObject([{ revived: false, signedInAgain: false, slowStatus: 200 }])
    expect(of('rotation', 'Holdfast')).toMatchObject([
      { oldIdValid: false, sentBack: false, signedIn: true, slowStatus: 200 },
    ])
    expect(events.at(-1)).toMatchObject({ type: 'done', rounds: 1 })
    // The others are measured as well, and the control says that the lab itself loses nothing.
    for (const library of ['Holdfast', 'express-session', 'koa-session']) {
      expect(of('control', library)).toMatchObject([{ kept: all }])
      for (const race of ['writers', 'logout', 'rotation']) expect(of(race, library)).toHaveLength(1)
    }
  })

  it('runs one at a time, and a run ends when its viewer leaves', async () => {
    const viewer = new AbortController()
    const running = await post({ rounds: 50 }, viewer.signal)
    expect((await post({ rounds: 1 })).status).toBe(409)
    viewer.abort()
    await expect(running.text()).rejects.toThrow()
    // The aborted run finishes the race that it is in; until then the answer is 409.
    let next = await post({ rounds: 1 })
    while (next.status === 409) next = await post({ rounds: 1 })
    expect((await eventsOf(next)).at(-1)).toMatchObject({ type: 'done' })
  })

  it('refuses any other number of rounds', async () => {
    for (const input of [{}, { rounds: 2 }, { rounds: '1' }, { rounds: 1e9 }, []]) {
      expect((await post(input)).status).toBe(400)
    }
  })
})
