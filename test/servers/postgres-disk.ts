import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { asUser } from './server-process.ts'

type Admin = (sql: string, values?: readonly unknown[], url?: string) => Promise<readonly Record<string, unknown>[]>

/** A small disk for the tables of a server, or, where nobody may mount one, a limit on the size of its files. */
export interface SmallDisk {
  /** What the server says when there is no room: 53100, or XX000 where it is the limit. */
  readonly full: string
  /** False where nobody may mount. */
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

export const diskOf = (
  folder: string,
  user: string,
  databases: () => readonly string[],
  family: () => readonly number[],
): SmallDisk => {
  const space = join(folder, 'space')
  const ballast = join(space, 'ballast')
  let mounted = false
  const full = () => (mounted ? '53100' : 'XX000')

  // As the server's user, who needs no right for it. Its log of 16 MB per file has to have room.
  const limitFiles = (bytes: string) => {
    const as = asUser(user)
    for (const pid of family()) {
      const [program = '', ...args] = [...as, 'prlimit', '--pid', String(pid), `--fsize=${bytes}:`]
      spawnSync(program, args)
    }
  }

  /**
   * A full disk leaves room in the pages that the table has already; ever smaller rows use it up. Each row stays or fails on
   * its own: of a statement that failed as a whole, all rows would be room for others as soon as somebody looks at their page.
   */
  const fillTable = (admin: Admin, database: string) =>
    admin(
      `DO $$
      DECLARE size int;
      BEGIN
        FOREACH size IN ARRAY ARRAY[6000, 1500, 300, 10] LOOP
          FOR n IN 1..20000 LOOP
            BEGIN
              INSERT INTO ${TABLE} (key, expires_at, revision, owner, value) SELECT '${FILLER}' || random()::text, 0, 'filler',
                '${FILLER}', (SELECT string_agg(md5(random()::text), '') FROM generate_series(1, size / 32 + 1));
            EXCEPTION WHEN OTHERS THEN
              IF SQLSTATE <> '${full()}' THEN RAISE; END IF;
              EXIT;
            END;
          END LOOP;
        END LOOP;
      END $$`,
      [],
      database,
    )

  const withTable = async (admin: Admin) => {
    const found: string[] = []
    for (const url of databases()) {
      const [row] = await admin('SELECT to_regclass($1)::text AS name', [TABLE], url)
      if (row?.name) found.push(url)
    }
    return found
  }

  return {
    get full() {
      return full()
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
      for (const url of await withTable(admin)) {
        // Somebody may have made it anew before the small disk was the default.
        if (mounted) await admin(`ALTER TABLE ${TABLE} SET TABLESPACE small`, [], url)
        // Makes the files that cleaning up needs, while there is room for them.
        await admin(`VACUUM ${TABLE}`, [], url)
      }
      if (mounted) {
        try {
          writeFileSync(ballast, Buffer.alloc(SIZE_MB * 2 ** 20))
        } catch {
          // It takes what there is room for.
        }
      } else limitFiles(String(16 * 2 ** 20))
      for (const url of await withTable(admin)) await fillTable(admin, url)
    },
    async unfill(admin) {
      if (mounted) rmSync(ballast, { force: true })
      else limitFiles('unlimited')
      for (const url of await withTable(admin)) {
        await admin(`DELETE FROM ${TABLE} WHERE owner = '${FILLER}'`, [], url)
        await admin(`VACUUM ${TABLE}`, [], url)
      }
    },
  }
}

const userId = (name: string): string => spawnSync('id', ['-u', name], { encoding: 'utf8' }).stdout.trim()
