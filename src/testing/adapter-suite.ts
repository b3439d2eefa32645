/**
 * The conformance suite for adapters: one script over HTTP for every framework, with a browser's cookie jar.
 *
 *     adapterSuite({ describe, it, name: 'my framework', serve: ({ mounts, handle }) => ... })
 *
 * `serve` starts a server of the framework with the session middleware under test and one route for everything; what a
 * request does is the suite's. See `AdapterServer` and `Turn` for the few things that it is asked to provide.
 */

import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { Answer, Session, Sessions } from '../index.ts'
import { cookieRules } from './adapter-rules/cookies.ts'
import { errorHandlerRules, failureRules } from './adapter-rules/failures.ts'
import { headerRules } from './adapter-rules/headers.ts'
import { rawRules } from './adapter-rules/raw-requests.ts'
import { responseRules } from './adapter-rules/responses.ts'
import { sessionRules } from './adapter-rules/sessions.ts'
import { type AdapterBench, withAdapterBench } from './internal/adapter-bench.ts'
import type { Transport } from './internal/browser.ts'
import type { Chapter } from './internal/rule.ts'
import type { SuiteTest } from './store-suite.ts'

/** What the suite keeps in sessions. */
export type SuiteData = Record<string, unknown>

/** One session middleware: which engine it serves, and under which property of the request or context. */
export interface Mount {
  readonly sessions: Sessions<SuiteData>
  readonly property: string
}

/** One request in the suite's hands. */
export interface Turn {
  /** The request's target: path and query. */
  readonly target: string
  readonly method: string
  /** Reads the property that a mount was given, as a handler of the framework would. */
  session(property?: string): Session<SuiteData>
  /** Assigns the property: null, an object, or something that is refused. */
  assign(value: unknown, property?: string): void
  /** Answers in the framework's own way (`ctx.body`, `res.send`). */
  answer(status: number, body?: string | Readable, headers?: Readonly<Record<string, string>>): unknown
  /** Takes the answer out of the framework's hands and gives Node's response. */
  raw(): ServerResponse
}

export interface AdapterServer {
  /** The session middleware to use, in this order, before the route. */
  readonly mounts: readonly Mount[]
  /** The one route, for every method and path. What it throws or rejects with goes to the framework's error handling. */
  handle(turn: Turn): Answer<unknown>
  /**
   * The application's own error handler, to be installed where the framework has a place for one. It is told the error
   * and answers with what it returns. Without it, the framework's own error handling answers.
   */
  readonly onError: ((error: unknown) => { readonly status: number; readonly body: string }) | undefined
}

export interface ServedAdapter {
  /** Like `http://127.0.0.1:12345`. */
  readonly origin: string
  close(): Answer<unknown>
}

export interface AdapterSuiteOptions {
  readonly describe: (title: string, body: () => void) => unknown
  readonly it: SuiteTest
  readonly name: string
  /** Starts a server on a free port of the loopback interface. Called once per rule. */
  serve(server: AdapterServer): Answer<ServedAdapter>
  /** What the server speaks. Default `'http'`. */
  readonly transport?: Transport
  /** Has the framework a place for the application's error handler? Default true. */
  readonly errorHandler?: boolean
  /** Milliseconds that the runner is asked to give each test. Default: 30,000. */
  readonly timeout?: number
}

const CHAPTERS: readonly Chapter<AdapterBench>[] = [sessionRules, headerRules, responseRules, cookieRules, failureRules]

/** Registers one test per rule. */
export function adapterSuite(options: AdapterSuiteOptions): void {
  const { describe, it, timeout = 30_000, transport = 'http', errorHandler = true } = options

  const chapter = ({ title, rules }: Chapter<AdapterBench>, excuse?: string) =>
    describe(title, () => {
      for (const { title, check } of rules) {
        if (excuse) (it.skip ?? it)(`${title} (${excuse})`, async () => undefined)
        else it(title, () => withAdapterBench(options, check), timeout)
      }
    })

  describe(`${options.name} keeps the rules of adapters`, () => {
    for (const each of CHAPTERS) chapter(each)
    chapter(errorHandlerRules, errorHandler ? undefined : 'the framework has no place for one')
    chapter(rawRules, transport === 'http' ? undefined : 'HTTP/1 only')
  })
}
