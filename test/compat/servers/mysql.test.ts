import assert from 'node:assert/strict'
import { afterAll, beforeAll, it, onTestFinished } from 'vitest'
import { fromKoaStore } from '../../../src/compat/bridges/index.ts'
import { describeWith } from '../../servers/found.ts'
import { type MariadbServer, mariadbServer } from '../../servers/mariadb.ts'
import { dropInRules } from '../stores/drop-in.ts'
import { bridgeSuite } from '../stores/kit.ts'
import { nativeRules } from '../stores/native.ts'
import { koaMysqlStore, mysqlStore } from './stores.ts'

describeWith('mariadb', "other libraries' stores on MariaDB", () => {
  let server: MariadbServer
  beforeAll(async () => {
    server = await mariadbServer()
    await server.start()
  })
  afterAll(() => server?.close())

  bridgeSuite('express-mysql-session', () => mysqlStore(server.url))
  dropInRules('express-mysql-session', () => mysqlStore(server.url))
  nativeRules('express-mysql-session', () => mysqlStore(server.url))

  // Not the whole suite: its column holds 64 KB, and text needs more than its own length in it.
  it('fromKoaStore over koa-mysql-session, whose methods are generator functions', async () => {
    const { store: theirs, close } = await koaMysqlStore(server.url)
    onTestFinished(close)
    const store = fromKoaStore(theirs)
    const now = Date.now()
    const entry = (revision: string, expiresAt = now + 60_000) => ({ value: `é😀 ${revision}`, expiresAt, revision })
    const read = (at = now) => store.get('key', { now: at })
    assert.equal(await read(), undefined)
    assert.equal(await store.insert('key', entry('r1'), { now }), 'inserted')
    assert.equal(await store.insert('key', entry('r2'), { now }), 'taken')
    assert.deepEqual(await read(), entry('r1'))
    const updates = ['r3', 'r4', 'r5'].map((revision) =>
      store.update('key', entry(revision), { now, ifRevision: 'r1' }),
    )
    const outcomes = (await Promise.all(updates)).map(({ outcome }) => outcome)
    assert.deepEqual(outcomes, ['updated', 'conflict', 'conflict'])
    assert.equal(await store.touch('key', now + 90_000, { now, ifRevision: 'r3' }), 'touched')
    assert.deepEqual(await read(now + 89_999), entry('r3', now + 90_000))
    assert.equal(await read(now + 90_000), undefined)
    assert.equal(await store.delete('key', { now }), 'deleted')
    assert.equal((await store.update('key', entry('r6'), { now, ifRevision: 'r3' })).outcome, 'gone')
    assert.equal(await read(), undefined)
  })
})
