// A process of the store suite. The address is `library|table|url`, or a URL for the pool of pg and the usual table.
import { postgresStore } from 'holdfast/postgres'
import { storeProcess } from 'holdfast/testing'
import pg from 'pg'
import postgres from 'postgres'

const connect = async (library, url) => {
  if (library.startsWith('postgres.js')) {
    const unpipelined = library.endsWith('unpipelined') && { max_pipeline: 0 }
    return postgres(url, { max: 3, onnotice: () => undefined, ...unpipelined })
  }
  if (library === 'pg Pool') return new pg.Pool({ connectionString: url, max: 3 })
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}

storeProcess(async (address) => {
  const parts = address.split('|')
  const [library, table, url] = parts.length === 1 ? ['pg Pool', undefined, address] : parts
  return postgresStore(await connect(library, url), { table })
})
