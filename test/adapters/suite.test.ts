import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { exchange } from '../../src/adapters/node.ts'
import type { Sessions, Visit } from '../../src/index.ts'
import {
  type AdapterServer,
  adapterSuite,
  type ServedAdapter,
  type SuiteData,
} from '../../src/testing/adapter-suite.ts'
import { answerOf, turnOfRequest } from './bindings/express.ts'
import { listening } from './bindings/listening.ts'

type Bind = (
  visit: Visit<SuiteData>,
  sessions: Sessions<SuiteData>,
  res: ServerResponse,
  fail: (error: unknown) => void,
) => void

/** An adapter as one might write it on a first day. */
const naive =
  (bind: Bind) =>
  ({ mounts, handle }: AdapterServer): Promise<ServedAdapter> =>
    listening(
      createServer(async (req: IncomingMessage, res) => {
        const fail = (error: unknown): void => {
          res.statusCode = (error as { status?: number }).status ?? 500
          res.end()
        }
        try {
          for (const { sessions, property } of mounts) {
            const visit = await sessions.open(exchange(req, res))
            Object.defineProperty(req, property, {
              get: () => visit.session,
              set: (value) => {
                visit.session = value
              },
            })
            bind(visit, sessions, res, fail)
          }
          await handle({ ...turnOfRequest(req, res), answer: answerOf(res) })
        } catch (error) {
          fail(error)
        }
      }),
    )

/** The rules that an adapter breaks. A rule that is not over after three seconds is broken too. */
async function broken(bind: Bind): Promise<string[]> {
  const rules: { readonly title: string; readonly check: () => Promise<void> }[] = []
  const titles: string[] = []
  adapterSuite({
    describe(title, body) {
      titles.push(title)
      body()
      titles.pop()
    },
    it: Object.assign(
      (title: string, check: () => Promise<void>) => rules.push({ title: `${titles.at(-1)}: ${title}`, check }),
      {
        skip: () => {},
      },
    ),
    name: 'naive',
    serve: naive(bind),
    errorHandler: false,
  })
  const late = () => new Promise<never>((_, reject) => setTimeout(reject, 3_000, new Error('not over')).unref())
  const found: string[] = []
  for (const { title, check } of rules) await Promise.race([check(), late()]).catch(() => found.push(title))
  expect(found.length).toBeLessThan(rules.length)
  return found
}

const ACKNOWLEDGED = 'when the headers arrive, the store has acknowledged the write'
const FAILURES = 'failures are answered, and never with success'

describe('the suite sees what is wrong with an adapter that', () => {
  it('lets the response leave while the commit is under way', async () => {
    const found = await broken((visit, sessions, res) => {
      const { end } = res
      res.end = ((...args: unknown[]) => {
        Promise.resolve(sessions.finish(visit)).catch(() => {})
        return Reflect.apply(end, res, args)
      }) as typeof end
    })
    expect(found).toContain(
      `${ACKNOWLEDGED}: a redirect after the sign-in, followed at once on a store of 50 ms, finds the session`,
    )
    for (const way of ['a text', 'res.end(text)', 'pipeline()']) expect(found).toContain(`${ACKNOWLEDGED}: ${way}`)
    expect(found).toContain(`${FAILURES}: a commit that fails leaves the session as it was`)
  }, 60_000)

  it('waits at the end of a response, but not where it begins', async () => {
    const found = await broken((visit, sessions, res, fail) => {
      const { end } = res
      res.end = ((...args: unknown[]) => {
        res.end = end
        Promise.resolve(sessions.finish(visit)).then(() => Reflect.apply(end, res, args), fail)
        return res
      }) as typeof end
    })
    expect(found).not.toContain(`${ACKNOWLEDGED}: res.end(text)`)
    for (const way of [
      'res.write first',
      'res.flushHeaders first',
      'T122 res.writeHead with an object',
      'pipe()',
      'pipeline()',
    ]) {
      expect(found).toContain(`${ACKNOWLEDGED}: ${way}`)
    }
    expect(found).toContain(
      `${ACKNOWLEDGED}: T124 a stream of events that never ends: the session is there with the first event`,
    )
  }, 60_000)

  it('answers with success when the commit failed', async () => {
    const found = await broken((visit, sessions, res) => {
      const { end } = res
      res.end = ((...args: unknown[]) => {
        res.end = end
        const over = () => Reflect.apply(end, res, args)
        Promise.resolve(sessions.finish(visit)).then(over, over)
        return res
      }) as typeof end
    })
    expect(found).toContain(`${FAILURES}: a commit that fails leaves the session as it was`)
    expect(found).toContain(
      `${FAILURES}: a commit that fails is answered 503, and nothing of the answer is sent: res.end(text)`,
    )
    expect(found).toContain(
      `${FAILURES}: T138 a sign-out that the store did not acknowledge is an error, and clears the cookie`,
    )
  }, 60_000)
})
