import { mysqlStore } from 'holdfast/mysql'
import { storeProcess } from 'holdfast/testing'
import mysql from 'mysql2/promise'

// An address of mysql2, with the table's name as a parameter `table`.
storeProcess((address) => {
  const url = new URL(address)
  const table = url.searchParams.get('table') ?? undefined
  url.searchParams.delete('table')
  return mysqlStore(mysql.createPool({ uri: url.href, connectionLimit: 4 }), { table })
})
