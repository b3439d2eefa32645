import type { RequestListener } from 'node:http'
import type { CookieJar } from '../../support/cookie-jar.ts'
import type { Response } from './client.ts'
import type { Recorder } from './recorder.ts'

/** One behaviour, put to the published package and to the drop-in alike. */
export interface Scenario<Module> {
  /** Unique: the list of intended differences goes by it. */
  readonly name: string
  /** Builds what is served, once per side. If it throws, the error is the transcript. */
  readonly app: (module: Module, recorder: Recorder) => RequestListener | Promise<RequestListener>
  /** What happens, one after the other. */
  readonly steps: readonly Step[]
  /** Are Content-Length, Transfer-Encoding and Connection part of the transcript? Default false. */
  readonly framing?: boolean
}

/** A path (`GET` with the cookies of browser `a`), a request, or anything else. */
export type Step = string | RequestStep | ((world: World) => unknown)

export interface RequestStep {
  /** Default `/`. */
  readonly path?: string
  /** Default `GET`. */
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** Which jar sends and takes cookies. Default `a`. */
  readonly browser?: string
  /** The whole Cookie header instead of the jar's, false for none. The jar still takes what comes back. */
  readonly cookie?: string | false
  readonly body?: string
  /** Real ms after which no answer is the answer. Default 5000. */
  readonly patience?: number
}

/** What a step that is a function gets. */
export interface World {
  readonly recorder: Recorder
  /** The cookies of a browser. Default `a`. */
  jar(browser?: string): CookieJar
  /** Moves the clock on by so many ms. */
  advance(ms: number): void
  /** Sends a request. Lines stand in the order of sending, whichever is answered first. */
  request(step: string | RequestStep): Promise<Response>
}
