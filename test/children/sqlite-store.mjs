// A process of the store suite. The address is the driver, a space, the file.
import { sqliteStore } from 'holdfast/sqlite'
import { storeProcess } from 'holdfast/testing'
import { openSqlite } from './sqlite-open.mjs'

storeProcess((address) => {
  const [driver, file] = address.split(' ')
  return sqliteStore(openSqlite(driver, file))
})
