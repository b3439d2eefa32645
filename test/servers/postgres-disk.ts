import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

type Admin = (sql: string, values?: readonly unknown[], url?: string) => Promise<readonly Record<string, unknown>[]>

/** A small disk for the tables of a server, to be used up by `fill`. */
export interface SmallDisk {
  readonly mounted: boolean
  /** False where nobody may mount: then nothing can be filled. */
  mount(): boolean
  unmount(): void
  /** Makes it the place of all tables that are made from now on. */
  use(admin: Admin): Promise<void>
  fill(admin: Admin): Promise<void>
  unfill(admin: Admin): Promise<void>
}

const SIZE_MB = 12
const TABLE = 'holdfast_sessions'
/** In rows that have expired long ago, so that no store sees them. */
const FILLER = '~filler~'

export const diskOf = (folder: string, user: string, databases: () => readonly string[]): SmallDisk => {
  const space = join(folder, 'space')
  const ballast = join(space, 'ballast')
  let mounted = false

  const fillTable = async (admin: Admin, database: string) => {
    // A full disk leaves room in the pages that the table has already. Ever smaller rows use it up.
    for (const [bytes, rows] of [
      [6000, 20],
      [1500, 5],
      [300, 5],
      [10, 1],
    ] as const) {
      for (let n = 0; n < 3000; n += 1) {
        const columns = 'key, expires_at, revision, owner, value'
        const value = `(SELECT string_agg(md5(random()::text), '') FROM generate_series(1, ${Math.ceil(bytes / 32)}))`
        const row = `'${FILLER}' || random()::text, 0, 'filler', '${FILLER}', ${value}`
        try {
          await admin(`INSERT INTO ${TABLE} (${columns}) SELECT ${row} FROM generate_series(1, ${rows})`, [], database)
        } catch (error) {
          if ((error as { readonly code?: string }).code === '53100') break
          throw error
        }
      }
    }
  }

  const withTable = async (admin: Admin) => {
    const found: string[] = []
    for (const url of databases()) {
      const [row] = await admin('SELECT to_regclass($1)::text AS name', [TABLE], url)
      if (row?.name) found.push(url)
    }
    return found
  }

  return {
    get mounted() {
      return mounted
    },
    mount() {
      mkdirSync(space, { recursive: true })
      const options = `size=${SIZE_MB}m,mode=0700,uid=${userId(user)}`
      mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', space]).status === 0
      return mounted
    },
    unmount() {
      if (mounted) spawnSync('umount', ['-l', space])
      mounted = false
    },
    async use(admin) {
      await admin(`CREATE TABLESPACE small LOCATION '${space}'`)
      await admin("ALTER SYSTEM SET default_tablespace = 'small'")
      await admin('SELECT pg_reload_conf()')
    },
    async fill(admin) {
      if (!mounted) throw new Error('no disk could be mounted here, so none can be filled')
      try {
        writeFileSync(ballast, Buffer.alloc(SIZE_MB * 2 ** 20))
      } catch {
        // It takes what there is room for.
      }
      for (const url of await withTable(admin)) await fillTable(admin, url)
    },
    async unfill(admin) {
      rmSync(ballast, { force: true })
      for (const url of await withTable(admin)) {
        await admin(`DELETE FROM ${TABLE} WHERE owner = '${FILLER}'`, [], url)
        await admin(`VACUUM ${TABLE}`, [], url)
      }
    },
  }
}

const userId = (name: string): string => spawnSync('id', ['-u', name], { encoding: 'utf8' }).stdout.trim()
