// Builds `dist`. Does nothing when nothing changed, waits when another build is running, and never leaves a `dist` that
// a running reader could find half empty: the files are built apart and moved in one by one, shared chunks before the
// entries that name them, and the chunks of the build before stay until the next one (or `--prune`, before packing).
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { shapeDropIns } from './drop-ins.mjs'
import { entries, root } from './entries.mjs'

const cache = join(root, '.cache')
const dist = join(root, 'dist')
const lock = join(cache, 'build.lock')
const stamp = join(cache, 'build.json')

const walk = (dir) =>
  existsSync(dir)
    ? readdirSync(dir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort()
    : []

const fingerprint = () => {
  const hash = createHash('sha256')
  const settings = [
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'tsdown.config.ts',
    'scripts/entries.mjs',
    'scripts/build.mjs',
    'scripts/drop-ins.mjs',
  ]
  const sources = ['src', 'types'].flatMap((folder) => walk(join(root, folder)))
  for (const file of [...settings.map((name) => join(root, name)), ...sources]) {
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0')
  }
  return hash.digest('hex')
}

const readStamp = () => {
  try {
    return JSON.parse(readFileSync(stamp, 'utf8'))
  } catch {
    return { hash: '', files: [] }
  }
}

const isComplete = (last) => last.files.length > 0 && last.files.every((file) => existsSync(join(dist, file)))

const alive = (pid) => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

const acquire = async () => {
  mkdirSync(cache, { recursive: true })
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    let holder = 0
    try {
      holder = Number(readFileSync(lock, 'utf8'))
    } catch {
      continue // released this moment
    }
    if (holder > 0 && !alive(holder)) rmSync(lock, { force: true })
    await sleep(100)
  }
}

// A hashed name (`errors-Bx3_kQ2a.js`) is a chunk; entries are moved last, so that what they import is there.
const isChunk = (file) => /-[\w-]{8}\.(d\.)?c?[jt]s$/.test(file)

const compile = (outDir) => {
  const tsdown = join(root, 'node_modules', 'tsdown', 'dist', 'run.mjs')
  const run = spawnSync(process.execPath, [tsdown], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, HOLDFAST_OUT_DIR: outDir },
  })
  // Its advice (CommonJS is old, so is Node 20) is of no use here; what it says is shown when it fails.
  if (run.status === 0) return
  process.stderr.write(`${run.stdout}${run.stderr}`)
  throw new Error(`tsdown ended with ${run.signal ?? `exit code ${run.status}`}; dist is unchanged`)
}

// ESM and CommonJS share one set of declarations: with two, a program that uses both builds has every class and every
// augmented interface twice, and a `declare global` collides with itself. ESM may import CommonJS, so the declarations are
// CommonJS's. Each of them names the root, because TypeScript finds the module of a `declare module 'holdfast'` only if
// something has imported it.
const shareTypes = (outDir) => {
  for (const { name } of entries()) {
    const naming = (root) => (name === 'index' ? '' : `import "${root}";\n`)
    const common = join(outDir, `${name}.d.cts`)
    writeFileSync(common, `${naming('./index.cjs')}${readFileSync(common, 'utf8')}`)
    const module = join(outDir, `${name}.d.ts`)
    const exported = existsSync(module) ? readFileSync(module, 'utf8') : `export * from "./${name}.cjs";\n`
    writeFileSync(module, `${naming('./index.js')}${exported}`)
  }
}

const moveIn = (from) => {
  const files = walk(from).map((file) => relative(from, file))
  mkdirSync(dist, { recursive: true })
  for (const file of files.sort((a, b) => Number(isChunk(b)) - Number(isChunk(a)))) {
    mkdirSync(join(dist, file, '..'), { recursive: true })
    renameSync(join(from, file), join(dist, file))
  }
  return files
}

const removeExcept = (keep) => {
  const kept = new Set(keep)
  for (const file of walk(dist)) if (!kept.has(relative(dist, file))) rmSync(file)
}

export const build = async ({ prune = false, force = false } = {}) => {
  const started = performance.now()
  await acquire()
  try {
    const last = readStamp()
    const hash = fingerprint()
    if (!force && hash === last.hash && isComplete(last)) {
      if (prune) removeExcept(last.files)
      return { built: false, seconds: 0 }
    }
    const outDir = join(cache, `build-${process.pid}`)
    rmSync(outDir, { recursive: true, force: true })
    try {
      compile(outDir)
      shapeDropIns(outDir)
      shareTypes(outDir)
      const files = moveIn(outDir)
      removeExcept(prune ? files : [...files, ...last.files])
      writeFileSync(stamp, JSON.stringify({ hash, files }))
    } finally {
      rmSync(outDir, { recursive: true, force: true })
    }
    return { built: true, seconds: (performance.now() - started) / 1000 }
  } finally {
    rmSync(lock, { force: true })
  }
}

if (process.argv[1] && import.meta.filename === process.argv[1]) {
  try {
    const { built, seconds } = await build({
      prune: process.argv.includes('--prune'),
      force: process.argv.includes('--force'),
    })
    console.log(built ? `build: dist is new (${seconds.toFixed(1)} s)` : 'build: nothing changed')
  } catch (error) {
    console.error(`build: ${error.message}`)
    process.exitCode = 1
  }
}
