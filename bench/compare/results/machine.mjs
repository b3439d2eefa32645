// What the figures depend on: the machine, Node, the packages, and which commit of ours was measured.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { root } from '../../../scripts/entries.mjs'

const require = createRequire(import.meta.url)

const PACKAGES = [
  ...['koa', 'express', 'fastify', 'koa-session', 'express-session', '@fastify/session', 'cookie-session'],
  ...['iron-session', 'koa-redis', 'connect-redis', 'connect-pg-simple', 'express-mysql-session', 'connect-mongo'],
  ...['session-file-store', 'ioredis', 'redis', 'pg', 'mysql2', 'mongodb', 'libsql'],
]

const git = (...args) => {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return undefined
  }
}

export function commit() {
  const hash = git('rev-parse', 'HEAD')
  return { commit: hash, changed: hash === undefined ? undefined : git('status', '--porcelain', '--', 'src') !== '' }
}

const version = (name) => {
  try {
    return JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version
  } catch {
    return undefined
  }
}

const serversThere = () => {
  try {
    const found = JSON.parse(readFileSync(join(root, '.cache', 'servers.json'), 'utf8'))
    return Object.fromEntries(Object.entries(found).map(([kind, server]) => [kind, server.version]))
  } catch {
    return {}
  }
}

export const machine = () => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  memoryBytes: totalmem(),
  system: `${process.platform} ${release()} ${process.arch}`,
  node: process.version,
  v8: process.versions.v8,
  // How busy it was already: the average number of processes that wanted a core, over one minute.
  loadBefore: Number(loadavg()[0].toFixed(2)),
})

export const versions = () => ({
  holdfast: require(join(root, 'package.json')).version,
  packages: Object.fromEntries(PACKAGES.map((name) => [name, version(name)]).filter(([, text]) => text)),
  servers: serversThere(),
})
