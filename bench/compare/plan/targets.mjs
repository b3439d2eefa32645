// What is compared: the targets, and on which stores each exists. A pair that does not exist is left out, never imitated.

export const STORES = {
  memory: { label: 'memory' },
  file: { label: 'files', folder: true },
  sqlite: { label: 'SQLite', folder: true },
  ioredis: { label: 'Redis (ioredis)', server: 'redis' },
  'node-redis': { label: 'Redis (node-redis)', server: 'redis' },
  postgres: { label: 'PostgreSQL (pg)', server: 'postgres' },
  mariadb: { label: 'MariaDB (mysql2)', server: 'mariadb' },
  ferretdb: { label: 'FerretDB (mongodb)', server: 'mongodb' },
  cookie: { label: 'cookie, no store' },
}

export const KINDS = {
  untouched: { label: 'session not looked at', path: '/untouched' },
  read: { label: 'read', path: '/read' },
  write: { label: 'read-modify-write', path: '/write' },
  create: { label: 'create', path: '/create', anonymous: true },
  login: { label: 'login', path: '/login' },
  parallel: { label: '20 requests of one browser at once', path: '/parallel', burst: 20 },
}

const own = Object.keys(STORES).filter((name) => name !== 'cookie')
const express = { memory: 'its MemoryStore', file: 'session-file-store', 'node-redis': 'connect-redis' }
const databases = { postgres: 'connect-pg-simple', mariadb: 'express-mysql-session', ferretdb: 'connect-mongo' }
const onAll = (package_) => Object.fromEntries(own.map((name) => [name, package_]))

/**
 * `role`: `none` is a framework without a session, which the others of that framework are compared with; `floor` makes no promise;
 * `ours`; `theirs`. `stores`: which package keeps the sessions. `cannot`: kinds that it has no way to do.
 */
export const TARGETS = {
  bare: { label: 'bare http, no session', framework: 'bare', role: 'none' },
  minimum: { label: 'hand-written minimum', framework: 'bare', role: 'floor', stores: onAll('by hand') },
  'holdfast-http': { label: 'Holdfast on bare http', framework: 'bare', role: 'ours', stores: onAll('holdfast') },
  'iron-session': {
    label: 'iron-session',
    framework: 'bare',
    role: 'theirs',
    stores: { cookie: 'sealed cookie' },
    cannot: ['login'],
  },
  koa: { label: 'Koa, no session', framework: 'koa', role: 'none' },
  'holdfast-koa': { label: 'Holdfast on Koa', framework: 'koa', role: 'ours', stores: onAll('holdfast') },
  'drop-in-koa': {
    label: 'holdfast/koa-session',
    framework: 'koa',
    role: 'ours',
    stores: { ...onAll('holdfast'), cookie: 'signed cookie' },
  },
  'drop-in-koa-same': {
    label: 'holdfast/koa-session on koa-redis',
    framework: 'koa',
    role: 'ours',
    stores: { ioredis: 'koa-redis' },
  },
  'koa-session': {
    label: 'koa-session',
    framework: 'koa',
    role: 'theirs',
    stores: { ioredis: 'koa-redis', cookie: 'signed cookie' },
  },
  express: { label: 'Express, no session', framework: 'express', role: 'none' },
  'holdfast-express': { label: 'Holdfast on Express', framework: 'express', role: 'ours', stores: onAll('holdfast') },
  'drop-in-express': {
    label: 'holdfast/express-session',
    framework: 'express',
    role: 'ours',
    stores: onAll('holdfast'),
  },
  'drop-in-express-same': {
    label: 'holdfast/express-session on their store',
    framework: 'express',
    role: 'ours',
    stores: { file: express.file, 'node-redis': express['node-redis'], ...databases },
  },
  'express-session': {
    label: 'express-session',
    framework: 'express',
    role: 'theirs',
    stores: { ...express, ...databases },
  },
  'cookie-session': {
    label: 'cookie-session',
    framework: 'express',
    role: 'theirs',
    stores: { cookie: 'signed cookie' },
    cannot: ['login'],
  },
  fastify: { label: 'Fastify, no session', framework: 'fastify', role: 'none' },
  'fastify-session': {
    label: '@fastify/session',
    framework: 'fastify',
    role: 'theirs',
    stores: { memory: 'its MemoryStore', 'node-redis': 'connect-redis', ...databases },
  },
}

/** Browsers take about 4 KB in a cookie; signing and encrypting make the text longer. */
export const COOKIE_BYTES = 2_000

/** The targets of these that exist on a store, with the frameworks' baselines that they need before them. */
export function targetsOn(store, chosen) {
  const there = chosen.filter((name) => TARGETS[name].stores?.[store])
  const frameworks = new Set(there.map((name) => TARGETS[name].framework))
  return Object.keys(TARGETS).filter(
    (name) => there.includes(name) || (TARGETS[name].role === 'none' && frameworks.has(TARGETS[name].framework)),
  )
}

export const baselineOf = (target) =>
  Object.keys(TARGETS).find(
    (name) => TARGETS[name].role === 'none' && TARGETS[name].framework === TARGETS[target].framework,
  )

export const can = (target, kind) => !TARGETS[target].cannot?.includes(kind)
