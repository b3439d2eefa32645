import { sqliteStore } from 'holdfast/sqlite'
import { storeProcess } from 'holdfast/testing'
import Database from 'libsql'

storeProcess((path) => sqliteStore(new Database(path), { busyTimeout: 20_000 }))
