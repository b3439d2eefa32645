import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, it } from 'vitest'
import session from '../../src/compat/express-session.ts'
import { fileFormat } from '../../src/formats/file.ts'
import { goThrough, serveExpress } from './side-by-side.ts'

// Neither has types.
const require = createRequire(import.meta.url)
const expressSession = require('express-session')
const FileStore = require('session-file-store')(expressSession)

const HOUR = 3_600_000

describe('old and new side by side on one folder, over HTTP', () => {
  const ends: (() => unknown)[] = []
  afterAll(async () => {
    for (const end of ends) await end()
  })
  for (const secret of [undefined, 'a secret for files']) {
    for (const maxAge of [HOUR, undefined]) {
      const what = `express-session with session-file-store, and its drop-in (maxAge ${maxAge}${secret ? ', encrypted' : ''})`
      it(what, async () => {
        const path = mkdtempSync(join(tmpdir(), 'holdfast-format-'))
        const given = secret === undefined ? {} : { secret }
        const theirs = new FileStore({ path, ...given, retries: 0, reapInterval: -1, logFn: () => undefined })
        const ours = fileFormat({ directory: path, durable: false, ...given })
        const options = { secret: 'a secret', resave: false, saveUninitialized: false, cookie: { maxAge } }
        const old = await serveExpress(expressSession({ ...options, store: theirs }))
        const fresh = await serveExpress(session({ ...options, store: ours } as never) as never)
        ends.push(old.close, fresh.close, () => rm(path, { recursive: true, force: true }))
        await goThrough(old, fresh)
      })
    }
  }
})
