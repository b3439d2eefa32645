import { once } from 'node:events'
import { createRequire } from 'node:module'
import { describe, it } from 'vitest'
import session from '../../src/compat/express-session.ts'
import { sqliteFormat } from '../../src/formats/sqlite.ts'
import { drivers, freshFile, open } from '../stores/sqlite-bench.ts'
import { goThrough, serveExpress } from './side-by-side.ts'
import { sqlite3Handle } from './sqlite3-handle.ts'

// Neither has types.
const require = createRequire(import.meta.url)
const expressSession = require('express-session')
const SQLiteStore = require('connect-sqlite3')(expressSession)

const HOUR = 3_600_000

describe.each(drivers)('old and new side by side on one SQLite file, over HTTP, on %s', (driver) => {
  for (const maxAge of [HOUR, undefined]) {
    it(`express-session with connect-sqlite3, and its drop-in (maxAge ${maxAge})`, async () => {
      const file = freshFile()
      const theirs = new SQLiteStore({ db: sqlite3Handle(open(driver, file)) })
      await once(theirs.client, 'connect')
      const ours = sqliteFormat({ client: open(driver, file) })
      const options = { secret: 'a secret', resave: false, saveUninitialized: false, cookie: { maxAge } }
      const old = await serveExpress(expressSession({ ...options, store: theirs }))
      const fresh = await serveExpress(session({ ...options, store: ours } as never) as never)
      try {
        await goThrough(old, fresh)
      } finally {
        old.close()
        fresh.close()
      }
    })
  }
})
