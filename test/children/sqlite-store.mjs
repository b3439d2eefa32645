// A process of the store suite. The address is the driver, a space, the file.
import { sqliteStore } from 'holdfast/sqlite'
import { storeProcess } from 'holdfast/testing'
import { openSqlite } from './sqlite-open.mjs'

storeProcess((address) => {
  const [driver, file] = address.split(' ')
  // However slow the machine is: these processes show what is kept, not how fast.
  return sqliteStore(openSqlite(driver, file), { busyTimeout: 25_000 })
})
