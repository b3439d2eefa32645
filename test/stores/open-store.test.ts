import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isSessionError } from '../../src/core/errors.ts'
import type { Store } from '../../src/core/store.ts'
import { type OpenStoreOptions, openStore } from '../../src/stores/open-store.ts'

const NOW = 1_000_000
const now = { now: NOW }
const entry = { value: 'v', expiresAt: NOW + 1000, revision: 'r', owner: 'u' }
const modules = join(import.meta.dirname, '../../node_modules')
const hasBuiltIn = process.getBuiltinModule?.('node:sqlite') !== undefined
const before = process.cwd()

/** An empty project, which is the current directory. */
let project: string

beforeEach(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-open-')))
  process.chdir(project)
})

afterEach(() => {
  process.chdir(before)
  rmSync(project, { recursive: true })
})

/** Puts a driver into the project: the installed one, or a module with this text. */
const install = (name: string, text?: string) => {
  const folder = join(project, 'node_modules', name)
  mkdirSync(join(project, 'node_modules'), { recursive: true })
  if (text === undefined) return symlinkSync(join(modules, name), folder)
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, main: 'index.js' }))
  writeFileSync(join(folder, 'index.js'), text)
}

/** A driver that notes each `close` of a database file. */
const noting = `const { appendFileSync } = require('node:fs')
module.exports = class extends require(${JSON.stringify(join(modules, 'libsql'))}) {
  constructor(path) {
    super(path)
    this.path = path
  }
  close() {
    if (this.path !== ':memory:') appendFileSync('closed', '.')
    return super.close()
  }
}`

const failure = async (url: unknown, options?: OpenStoreOptions) => {
  const error = await openStore(url as string, options).then(
    () => expect.fail('it was opened'),
    (thrown: unknown) => thrown,
  )
  if (!isSessionError(error)) throw error
  return error
}

const keepsAnEntry = async (store: Store) => {
  await store.ready?.()
  expect(await store.insert('k', entry, now)).toBe('inserted')
  expect(await store.get('k', now)).toEqual(entry)
}

describe('openStore memory:', () => {
  it('is a memory store with the options', async () => {
    const store = await openStore('memory:', { maxEntries: 1 })
    expect(store.name).toBe('memory')
    await keepsAnEntry(store)
    store.insert('other', entry, now)
    expect(store.get('k', now)).toBeUndefined()
    expect((await openStore('MEMORY://')).name).toBe('memory')
  })

  it('refuses what it cannot mean', async () => {
    for (const url of ['memory:5', 'memory:?maxEntries=5', 'memory://host']) {
      expect(await failure(url)).toMatchObject({ code: 'ERR_SESSION_OPTION', option: 'url' })
    }
    expect(await failure('memory:', { durable: true })).toMatchObject({ option: 'durable' })
  })
})

describe('openStore file:', () => {
  it('keeps sessions in the folder, whichever way it is written', async () => {
    await keepsAnEntry(await openStore('file:./data/my sessions'))
    expect(readdirSync(join(project, 'data'))).toEqual(['my sessions'])
    for (const url of [
      'file:data/my sessions',
      `file:${join(project, 'data/my sessions')}`,
      pathToFileURL(join(project, 'data/my sessions')).href,
    ]) {
      const store = await openStore(url, { durable: false })
      expect(store.name).toBe('file')
      await store.ready?.()
      expect(await store.get('k', now), url).toEqual(entry)
      await store.close?.()
    }
  })

  it('refuses what names no folder here', async () => {
    for (const url of [
      'file:',
      'file://host/sessions',
      'file:./sessions?durable=false',
      'file:a\0b',
      'file:///a%2fb',
    ]) {
      expect(await failure(url)).toMatchObject({ code: 'ERR_SESSION_OPTION', option: 'url' })
    }
    expect(readdirSync(project)).toEqual([])
  })
})

describe('openStore sqlite:', () => {
  it('keeps sessions in the database, makes its folder, and closes what it opened', async () => {
    install('libsql', noting)
    const store = await openStore('sqlite:./data/sessions.db', { table: 'visits' })
    expect(store.name).toBe('sqlite')
    await keepsAnEntry(store)
    expect(statSync(join(project, 'data')).mode & 0o777).toBe(0o700)
    for (const file of readdirSync(join(project, 'data'))) {
      expect(statSync(join(project, 'data', file)).mode & 0o777, file).toBe(0o600)
    }
    await store.close?.()
    await store.close?.()
    // The built-in driver removes its log when the last connection is closed.
    if (hasBuiltIn) expect(readdirSync(join(project, 'data'))).toEqual(['sessions.db'])
    else expect(readFileSync('closed', 'utf8')).toBe('.')
    expect(() => store.get('k', now)).toThrowError(expect.objectContaining({ code: 'ERR_SESSION_STORE' }))

    const again = await openStore(pathToFileURL(join(project, 'data/sessions.db')).href.replace('file:', 'sqlite:'), {
      table: 'visits',
    })
    await again.ready?.()
    expect(await again.get('k', now)).toEqual(entry)
    await again.close?.()
  })

  it('refuses what names no database file', async () => {
    install('libsql')
    for (const url of ['sqlite:', 'sqlite::memory:', 'sqlite://host/x.db', 'sqlite:./x.db?mode=ro']) {
      expect(await failure(url)).toMatchObject({ code: 'ERR_SESSION_OPTION', option: 'url' })
    }
    expect(await failure('sqlite:./x.db', { table: 'x; drop' })).toMatchObject({ option: 'table' })
    writeFileSync('in-the-way', '')
    const error = await failure('sqlite:./in-the-way/x.db')
    expect(error.code).toBe('ERR_SESSION_STORE')
    expect(error.message).toContain(join(project, 'in-the-way', 'x.db'))
    expect(error.cause).toBeInstanceOf(Error)
  })

  it.skipIf(hasBuiltIn)('says what to install when there is no driver', async () => {
    const error = await failure('sqlite:./x.db')
    expect(error).toMatchObject({ code: 'ERR_SESSION_OPTION', option: 'url' })
    expect(error.message).toContain('npm install better-sqlite3')
    expect(readdirSync(project)).toEqual([])
  })

  it.skipIf(hasBuiltIn)('goes on to the next driver when one does not load, and says so when none does', async () => {
    install('better-sqlite3', 'module.exports = class { constructor() { throw new Error("no bindings") } }')
    const error = await failure('sqlite:./x.db')
    expect(error.code).toBe('ERR_SESSION_OPTION')
    expect(error.message).toContain('npm rebuild better-sqlite3')
    install('libsql')
    const store = await openStore('sqlite:./x.db')
    await keepsAnEntry(store)
    await store.close?.()
  })
})

describe('openStore', () => {
  it('names the schemes there are, and never repeats the URL', async () => {
    const password = 'hunter2'
    for (const url of [
      `oracle://user:${password}@host:1521/x`,
      `${password}`,
      `${password}:`,
      `./${password}`,
      `constructor:${password}`,
      `__proto__:${password}`,
      '',
      undefined,
      { href: `memory:${password}` },
    ]) {
      const error = await failure(url)
      expect(error).toMatchObject({ code: 'ERR_SESSION_OPTION', option: 'url' })
      expect(error.message).toContain('memory:, file:, sqlite:')
      expect(error.message).not.toContain(password)
    }
    for (const url of [`file://user:${password}@host/x`, `sqlite://user:${password}@host/x`, `memory:${password}`]) {
      expect((await failure(url)).message).not.toContain(password)
    }
  })

  it('works from CommonJS and from ES modules, on the built package', () => {
    install('libsql')
    mkdirSync('node_modules/holdfast')
    symlinkSync(join(modules, '..', 'dist'), 'node_modules/holdfast/dist')
    symlinkSync(join(modules, '..', 'package.json'), 'node_modules/holdfast/package.json')
    writeFileSync(
      'use.cjs',
      `module.exports = async ({ openStore }) => {
        for (const url of ['memory:', 'file:./files', 'sqlite:./sessions.db']) {
          const store = await openStore(url)
          await store.ready?.()
          await store.insert('k', ${JSON.stringify(entry)}, ${JSON.stringify(now)})
          console.log(store.name, (await store.get('k', ${JSON.stringify(now)})).value)
          await store.delete('k', ${JSON.stringify(now)})
          await store.close()
        }
      }`,
    )
    writeFileSync('run.cjs', `require('./use.cjs')(require('holdfast/stores'))`)
    writeFileSync('run.mjs', `import use from './use.cjs'\nawait use(await import('holdfast/stores'))`)
    for (const file of ['run.cjs', 'run.mjs']) {
      const output = execFileSync(process.execPath, ['--no-warnings', file], { cwd: project, encoding: 'utf8' })
      expect(output, file).toBe('memory v\nfile v\nsqlite v\n')
    }
  })
})
