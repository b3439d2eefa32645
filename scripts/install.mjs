// Makes `node_modules` what package-lock.json says, if it is not. Uses nothing but Node's own modules, because on a fresh
// clone there is nothing else.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

const readLock = (path) => {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8')).packages
  } catch {
    return undefined
  }
}

/** Why an install is needed, or `undefined`. npm itself keeps the list of what it installed. */
export const staleReason = () => {
  const wanted = readLock('package-lock.json')
  if (!wanted) throw new Error('package-lock.json is missing or not JSON')
  const installed = readLock('node_modules/.package-lock.json')
  if (!installed) return 'node_modules is missing'
  for (const [path, { version, optional, devOptional }] of Object.entries(wanted)) {
    if (path === '' || optional || devOptional) continue // builds for other platforms are left out by npm
    if (installed[path]?.version !== version) return `${path} is not at ${version}`
  }
  return undefined
}

/**
 * Runs `npm ci` when it is needed. Returns what it did; throws when npm fails. Development packages are included even
 * where NODE_ENV says production: whoever builds, tests or looks at the demo needs them.
 */
export const install = () => {
  const reason = staleReason()
  if (!reason) return 'node_modules is up to date'
  // Development packages also where NODE_ENV says production: building needs them.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund']
  // Under `npm run` npm's own script is known, and needs no shell as its command does on Windows.
  const script = process.env.npm_execpath
  const run = script?.endsWith('.js')
    ? spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' })
    : spawnSync('npm', args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  if (run.error) throw new Error(`npm could not be started: ${run.error.message}`)
  if (run.status !== 0) throw new Error(`npm ci ended with exit code ${run.status} (it ran because ${reason})`)
  return `installed, because ${reason}`
}

if (import.meta.filename === process.argv[1]) {
  try {
    console.log(`install: ${install()}`)
  } catch (error) {
    console.error(`install: ${error.message}`)
    process.exitCode = 1
  }
}
