import { readFileSync } from 'node:fs'
import { describe, test } from 'vitest'

export type Kind = 'redis' | 'postgres' | 'pgbouncer' | 'mariadb' | 'mongodb'

/** A server that can be started here, as `scripts/servers.mjs` found it. */
export interface Found {
  /** The main program's name, like `redis-server` or `ferretdb`. */
  readonly name: string
  readonly version: string
  /** The path of each program. */
  readonly programs: Readonly<Record<string, string>>
}

const file = new URL('../../.cache/servers.json', import.meta.url)

function lookUp(): Readonly<Record<Kind, (Found & { readonly missing?: string; readonly url?: string }) | undefined>> {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    throw new Error('Run "node scripts/servers.mjs" once: it finds and installs the servers of these tests.')
  }
}

const all = lookUp()

/** The server of this kind. Throws if it is missing: ask inside `describeWith`. */
export function found(kind: Kind): Found {
  const server = all[kind]
  if (!server || server.missing !== undefined) throw new Error(`${kind} is MISSING: ${server?.missing ?? 'unknown'}`)
  return server
}

/** The address that the environment names for tests that neither stop nor fill the server, if any. */
export const urlOf = (kind: Kind): string | undefined => all[kind]?.url

/**
 * Tests that need a real server. Where it is missing they are skipped under a title that says so, and fail if
 * REQUIRE_SERVERS is `all`.
 */
export function describeWith(kind: Kind, title: string, body: () => void): void {
  const missing = all[kind]?.missing ?? (all[kind] ? undefined : 'unknown kind')
  if (missing === undefined) describe(title, body)
  else if (process.env.REQUIRE_SERVERS === 'all') {
    test(`${title}: ${kind} is there`, () => {
      throw new Error(`${kind} is MISSING: ${missing}`)
    })
  } else describe.skip(`MISSING ${kind}: ${title}`, () => test('left out', () => undefined))
}
