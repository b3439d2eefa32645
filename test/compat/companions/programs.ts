import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import express5 from 'express'
import { onTestFinished } from 'vitest'
import { session as native } from '../../../src/adapters/express.ts'
import session, { MemoryStore, type SessionOptions } from '../../../src/compat/express-session.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { type Browser, browser } from '../../../src/testing/internal/browser.ts'
import { SECRET } from '../../support/engine.ts'

/** What stands around sessions in applications: the published packages. */
export const load = createRequire(import.meta.url)

// biome-ignore lint/suspicious/noExplicitAny: programs without types, as most were written
export type Any = any

const dropIn = (store: SessionOptions['store']): Any =>
  session({ secret: 'keyboard cat', resave: false, saveUninitialized: false, store })

/** Sessions by whichever middleware: each call makes a new one. */
const SESSIONS: Readonly<Record<string, () => Any>> = {
  'the drop-in': () => dropIn(new MemoryStore()),
  'the drop-in on a slow store': () => dropIn(slowStore()),
  'the drop-in on a Holdfast store': () => dropIn(memoryStore()),
  'the native adapter': () => native({ secrets: SECRET, logger: {} }),
}

const EXPRESSES: Readonly<Record<string, typeof express5>> = {
  'Express 5': express5,
  'Express 4': load('express4') as typeof express5,
}

export interface Side {
  readonly name: string
  /** The session's middleware, on a store of its own. */
  readonly session: () => Any
  readonly express: typeof express5
  /** The name of the session's cookie. */
  readonly cookie: string
  readonly isNative: boolean
}

/** Each middleware on each Express. */
export const sides: readonly Side[] = Object.entries(EXPRESSES).flatMap(([express, make]) =>
  Object.entries(SESSIONS).map(([name, session]) => {
    const isNative = name.includes('native')
    return {
      name: `${name}, ${express}`,
      session,
      express: make,
      isNative,
      cookie: isNative ? 'holdfast.sid' : 'connect.sid',
    }
  }),
)

/** Calls take a while, as they do over a network. */
export function slowStore(): MemoryStore {
  const store = new MemoryStore()
  for (const method of ['get', 'set', 'touch', 'destroy'] as const) {
    const call = store[method].bind(store) as (...args: unknown[]) => void
    Object.assign(store, { [method]: (...args: unknown[]) => void pause(5).then(() => call(...args)) })
  }
  return store
}

export interface Running {
  readonly origin: string
  readonly server: Server
  visitor(): Browser
}

/** Serves until the test is over. */
export async function listen(listener: RequestListener | Any): Promise<Running> {
  const server = createServer(listener).listen(0)
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { origin, server, visitor: () => browser(origin, 'http') }
}

/** Somebody who holds a copy of this one's cookies. */
export function thiefOf(user: Browser, { visitor }: Running): Browser {
  const thief = visitor()
  thief.jar.take(user.jar.header('/')?.split('; ') ?? [], '/')
  return thief
}

/** Requests wait at a gate until the test lets them go. */
export function gates() {
  const waiting = new Map<string, () => void>()
  const arrivals = new Map<string, () => void>()
  return {
    /** In the program: resolves when the test opens this gate. */
    wait: (name: string) =>
      new Promise<void>((go) => {
        waiting.set(name, go)
        arrivals.get(name)?.()
      }),
    /** In the test: resolves when a request waits there. */
    reached: async (name: string) => {
      if (!waiting.has(name)) await new Promise<void>((come) => arrivals.set(name, come))
    },
    open: (name: string) => waiting.get(name)?.(),
  }
}
