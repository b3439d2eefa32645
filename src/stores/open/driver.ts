/** Finds the driver that the application has installed. None is a dependency of this package. */

import { createRequire } from 'node:module'
import { join } from 'node:path'
import { SessionOptionError } from '../../core/errors.ts'

export interface Driver {
  readonly name: string
  /** What the package exports. */
  // biome-ignore lint/suspicious/noExplicitAny: it is somebody else's module, and the opener knows which.
  readonly exports: any
}

/**
 * The first of these packages that is installed where the application runs (not where this library lies). Throws
 * `SessionOptionError` with the install command when there is none, and when the one that is there does not load.
 */
export function findDriver(names: readonly [string, ...string[]], what: string): Driver {
  const require = createRequire(join(process.cwd(), 'package.json'))
  for (const name of names) {
    let path: string
    try {
      path = require.resolve(name)
    } catch {
      continue
    }
    try {
      return { name, exports: require(path) }
    } catch {
      const problem = `asks for ${what}, and the installed driver (${name}) does not load on this Node (${process.version}).`
      throw new SessionOptionError('url', problem, `Install it again: "npm install ${packageOf(name)}".`)
    }
  }
  const [first, ...others] = names.map(packageOf)
  const or = others.length > 0 ? ` (or ${others.join(', or ')})` : ''
  throw new SessionOptionError(
    'url',
    `asks for ${what}, and no driver is installed.`,
    `Run "npm install ${first}"${or} in the application's folder.`,
  )
}

/** `mysql2/promise` is in the package `mysql2`. */
const packageOf = (name: string): string => name.split('/')[0] as string
