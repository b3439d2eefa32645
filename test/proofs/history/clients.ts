import { type CookieJar, cookieJar } from '../../support/cookie-jar.ts'
import type { Answer, Servers } from './servers.ts'

/** One request as its client saw it. */
export interface Entry {
  readonly browser: number
  readonly act: 'read' | 'set' | 'save' | 'add' | 'sign-in' | 'step-up' | 'sign-out'
  /** Sent with a copy of a cookie that a thief took before the session ended. */
  readonly stolen: boolean
  readonly key?: string
  readonly value?: number
  /** When it was sent and when its response was there, on one clock. */
  readonly start: number
  readonly end: number
  readonly answer: Answer
}

export interface Crowd {
  readonly browsers: number
  /** How often each signs in. */
  readonly lives: number
  /** How many tabs work at once in each browser, and how much each does in one life. */
  readonly tabs: number
  readonly acts: number
  readonly seed: number
}

/** Many browsers with several tabs each sign in, write, read, count, step up and sign out; answers all that happened. */
export async function crowd(servers: Servers, { browsers, lives, tabs, acts, seed }: Crowd): Promise<Entry[]> {
  const history: Entry[] = []
  const chance = random(seed)
  const below = (limit: number): number => Math.floor(chance() * limit)

  const visit = async (browser: number): Promise<void> => {
    const jar = cookieJar()
    let value = 0

    const send = async (
      act: Entry['act'],
      query: { readonly key?: string; readonly value?: number; readonly user?: string } = {},
      thief?: CookieJar,
    ): Promise<Answer> => {
      const slow = { before: String(below(3)), after: String(below(3)) }
      const words = Object.entries({ ...slow, ...query }).map(([name, word]) => `${name}=${word}`)
      const start = performance.now()
      const { answer, setCookies } = await servers.ask(
        below(1000),
        `/${act}?${words.join('&')}`,
        (thief ?? jar).header(),
      )
      const { user: _, ...what } = query
      history.push({ browser, act, ...what, stolen: thief !== undefined, start, end: performance.now(), answer })
      if (!thief) jar.take(setCookies)
      return answer
    }

    const tab = async (key: string): Promise<void> => {
      for (let count = 0; count < acts; count++) {
        const dice = chance()
        if (dice < 0.35) await send('set', { key, value: ++value })
        else if (dice < 0.5) await send('save', { key, value: ++value })
        else if (dice < 0.75) await send('add')
        else await send('read')
      }
    }

    for (let life = 0; life < lives; life++) {
      const old = jar.copy()
      await send('sign-in', { user: `user-${browser}-${life}` })
      await send('read', {}, old)
      let working = true
      const work = Promise.all(Array.from({ length: tabs }, (_, index) => tab(`tab${index}`))).finally(() => {
        working = false
      })
      const stolen = [jar.copy()]
      for (let wait = below(acts); wait > 0 && working; wait--) await send('read')
      if (chance() < 0.5) {
        await send('step-up')
        stolen.push(jar.copy())
        await send('read', {}, stolen[0])
      }
      // One life in three ends in peace, the others in the middle of the work: by a sign-out, or by the next sign-in.
      const end = below(3)
      if (end === 0) await work
      await send('read')
      if (end === 1) {
        await send('sign-out')
        for (const copy of stolen) await send('read', {}, copy)
        await work
        for (const copy of stolen) await send('read', {}, copy)
        await send('read')
      } else if (end === 2) {
        const next = send('sign-in', { user: `user-${browser}-${life}-again` })
        await Promise.all([next, work])
        for (const copy of stolen) await send('read', {}, copy)
        await send('read')
      }
    }
  }

  await Promise.all(Array.from({ length: browsers }, (_, browser) => visit(browser)))
  return history
}

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
