import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** What one fault did to one store, in numbers. */
export interface FaultReport {
  readonly fault: string
  readonly requests: number
  /** Answered within the deadline and 50 ms. */
  readonly inTime: number
  /** The longest wait for an answer, without the machine's share. */
  readonly worstMs: number
  /** How often each answer was given: `200`, `503 ERR_SESSION_STORE` ... */
  readonly answers: Readonly<Record<string, number>>
  /** From the server's return to the first of several requests in a row that all worked. */
  readonly recoveryMs: number
  /** How many times the client connected meanwhile. */
  readonly connections: number
  /** Acknowledged before or during the fault, and looked up afterwards. */
  readonly acknowledgedWrites: number
  readonly signedIn: number
  readonly ended: number
  /** Every broken promise, in words, with how often. Must be empty. */
  readonly broken: Readonly<Record<string, number>>
}

export interface StoreReport {
  readonly store: string
  readonly server: string
  readonly storeTimeoutMs: number
  readonly node: string
  readonly faults: readonly FaultReport[]
}

const folder = fileURLToPath(new URL('../../.cache/faults/', import.meta.url))

/** Keeps a report for `node test/faults/table.mjs`. */
export function keep(report: StoreReport): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}${report.store}.json`, `${JSON.stringify(report, null, 2)}\n`)
}

export function counted(words: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}
