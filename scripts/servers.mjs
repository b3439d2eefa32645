// The programs of the real servers that the tests start. Found on PATH or where Debian puts them; what is missing is
// installed where that can be done (as root on Debian or Ubuntu; FerretDB where there is Go). The result is kept in
// .cache/servers.json, for the tests. What stays missing is said here, and is a failure with REQUIRE_SERVERS=all.
//
//   node scripts/servers.mjs     finds, installs, says what there is
import { spawnSync } from 'node:child_process'
import { accessSync, constants, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { root } from './entries.mjs'

const FERRETDB = { module: 'github.com/FerretDB/FerretDB', version: 'v1.24.2', command: 'cmd/ferretdb' }
const ferretHome = join(root, '.cache', `ferretdb-${FERRETDB.version}`)
export const foundFile = join(root, '.cache', 'servers.json')

const foldersOf = (parent, child = '') => {
  try {
    return readdirSync(parent).map((name) => join(parent, name, child))
  } catch {
    return []
  }
}

// The newest PostgreSQL first. A program on PATH may be a wrapper of one version among several.
const elsewhere = () => [...foldersOf('/usr/lib/postgresql', 'bin').sort().reverse(), '/usr/sbin', '/sbin', ferretHome]

/** The path of a program, or undefined. */
const find = (program) => {
  const onPath = (process.env.PATH ?? '').split(delimiter)
  const folders = ['initdb', 'postgres'].includes(program) ? [...elsewhere(), ...onPath] : [...onPath, ...elsewhere()]
  return folders
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

/** A kind of server: what it is called, its programs, and how to get them. The first entry that is found is taken. */
const KINDS = {
  redis: [{ programs: ['redis-server', 'redis-cli'], apt: 'redis-server' }],
  postgres: [{ programs: ['postgres', 'initdb'], apt: 'postgresql' }],
  pgbouncer: [{ programs: ['pgbouncer'], apt: 'pgbouncer' }],
  mariadb: [{ programs: ['mariadbd', 'mariadb-install-db'], apt: 'mariadb-server' }],
  mongodb: [
    { programs: ['mongod'] },
    { programs: ['ferretdb'], go: FERRETDB, version: `FerretDB ${FERRETDB.version}` },
  ],
}

/** An address that says which server to use instead of our own. */
const ADDRESSES = {
  redis: 'TEST_REDIS_URL',
  postgres: 'TEST_POSTGRES_URL',
  mariadb: 'TEST_MYSQL_URL',
  mongodb: 'TEST_MONGODB_URL',
}

const UNKNOWN = 'of unknown version'

const version = (path) => {
  for (const option of ['--version', '-V']) {
    const { stdout, status } = spawnSync(path, [option], { encoding: 'utf8', timeout: 10_000 })
    if (status === 0)
      return stdout
        .trim()
        .replace(/^version: /, '')
        .split('\n')[0]
        .replace(/^.*\//, '')
        .slice(0, 90)
  }
  return UNKNOWN
}

const look = (ways) => {
  for (const { programs, version: stated } of ways) {
    const paths = Object.fromEntries(programs.map((program) => [program, find(program)]))
    const [name] = programs
    if (!Object.values(paths).every(Boolean)) continue
    const said = version(paths[name])
    // A program of our own building that does not even say its version is built again.
    if (said === UNKNOWN && stated) continue
    return { name, programs: paths, version: stated ?? said }
  }
  return undefined
}

const isDebian = () => {
  try {
    return /\b(debian|ubuntu)\b/.test(readFileSync('/etc/os-release', 'utf8'))
  } catch {
    return false
  }
}

/** Runs an installer, then `then` with what it said; or says why it could not. Its output is shown only when it fails. */
const attempt = (program, args, env, then) => {
  console.log(`servers: ${[program, ...args].join(' ')}`)
  const run = spawnSync(program, args, { encoding: 'utf8', timeout: 15 * 60_000, env: { ...process.env, ...env } })
  if (run.status === 0) return void then?.(run)
  const said = run.error?.message ?? `${run.stderr ?? ''}${run.stdout ?? ''}`.trim().split('\n').slice(-3).join(' | ')
  return `${program} failed: ${said}`
}

const installAll = (missing) => {
  const problems = []
  const packages = missing.flatMap((kind) => KINDS[kind].map(({ apt }) => apt).filter(Boolean))
  if (packages.length > 0) {
    const env = { DEBIAN_FRONTEND: 'noninteractive' }
    if (!isDebian() || process.getuid?.() !== 0) problems.push(`install as root: ${packages.join(' ')}`)
    else {
      const trouble =
        attempt('apt-get', ['update', '-qq'], env) ??
        attempt('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], env)
      if (trouble) problems.push(trouble)
    }
  }
  for (const { go, programs } of missing.flatMap((kind) => KINDS[kind])) {
    const trouble = go && goBuild(go, programs[0])
    if (trouble) problems.push(`${trouble} (needs Go 1.22 or newer and a minute, or a mongod on PATH)`)
  }
  return problems
}

// In a copy of the module, with the file that says its version: without that file the program ends at once. The version is
// named, because some module proxies refuse to list all of them.
const goBuild = ({ module, version, command }, program) => {
  const source = join(ferretHome, 'source')
  const env = { GOFLAGS: '-mod=mod', GOWORK: 'off', CGO_ENABLED: '0' }
  const download = ['mod', 'download', '-json', `${module}@${version}`]
  mkdirSync(ferretHome, { recursive: true })
  const trouble = attempt('go', download, env, ({ stdout }) => {
    rmSync(source, { recursive: true, force: true })
    cpSync(JSON.parse(stdout).Dir, source, { recursive: true })
    // Modules are kept read-only, and copied so.
    spawnSync('chmod', ['-R', 'u+w', source])
    writeFileSync(join(source, 'build', 'version', 'version.txt'), version)
  })
  const build = ['build', '-C', source, '-buildvcs=false', '-o', join(ferretHome, program), `./${command}`]
  return trouble ?? attempt('go', build, env)
}

/** What there is, by kind: `{ name, version, programs }`, `{ url }`, or `{ missing }` with the reason. */
export const findServers = ({ install = false } = {}) => {
  const kinds = Object.keys(KINDS)
  const lacking = () => kinds.filter((kind) => !process.env[ADDRESSES[kind]] && !look(KINDS[kind]))
  const missing = lacking()
  const problems = install && missing.length > 0 ? installAll(missing) : []
  const found = {}
  for (const kind of kinds) {
    const server = look(KINDS[kind])
    const url = process.env[ADDRESSES[kind]]
    if (server) found[kind] = server
    else
      found[kind] = {
        missing: problems.join('; ') || `no ${KINDS[kind].map(({ programs }) => programs[0]).join(' or ')}`,
      }
    if (url) found[kind] = { ...found[kind], url }
  }
  mkdirSync(join(root, '.cache'), { recursive: true })
  writeFileSync(foundFile, `${JSON.stringify(found, null, 2)}\n`)
  return found
}

/** Finds and installs, says what there is, and throws if something that must be there is not. */
export const servers = () => {
  const found = findServers({ install: true })
  const gone = []
  for (const [kind, server] of Object.entries(found)) {
    if (server.missing) gone.push(kind)
    const what = server.missing ? `MISSING: ${server.missing}` : server.version
    console.log(`${kind.padEnd(10)} ${what}${server.url ? ` (and the one that ${ADDRESSES[kind]} names)` : ''}`)
  }
  if (gone.length > 0 && process.env.REQUIRE_SERVERS === 'all') throw new Error(`missing: ${gone.join(', ')}`)
  return gone.length > 0 ? `MISSING: ${gone.join(', ')}; their tests are left out` : 'all there'
}

if (import.meta.filename === process.argv[1]) {
  try {
    console.log(`servers: ${servers()}`)
  } catch (error) {
    console.error(`servers: ${error.message}`)
    process.exitCode = 1
  }
}
