// How many commands, statements or operations a store's server has run, as it says itself. Each asks over a connection of its own,
// and leaves out what asking costs where it can be told apart.

async function redis(url) {
  const { Redis } = await import('ioredis')
  const client = new Redis(url)
  const text = await client.info('commandstats')
  client.disconnect()
  // What connecting and asking need is not a session's.
  const others = /^cmdstat_(info|hello|auth|select|client|ping|command|config)\b/
  let calls = 0
  for (const line of text.split('\n')) {
    const count = /^cmdstat_[^:]+:calls=(\d+)/.exec(line)
    // Commands that a script ran are counted on their own, and are not sent by anybody.
    if (count && !others.test(line)) calls += Number(count[1])
  }
  return calls
}

async function postgres(url) {
  const { default: driver } = await import('pg')
  const client = new driver.Client({ connectionString: url })
  await client.connect()
  // The server's processes tell their counts once a second.
  await new Promise((resolve) => setTimeout(resolve, 1500))
  const { rows } = await client.query('SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()')
  await client.end()
  return Number(rows[0].xact_commit)
}

async function mysql(url) {
  const { default: driver } = await import('mysql2/promise')
  const connection = await driver.createConnection(url)
  const [rows] = await connection.query("SHOW GLOBAL STATUS WHERE Variable_name = 'Questions'")
  await connection.end()
  return Number(rows[0].Value)
}

async function mongodb(url) {
  const { MongoClient } = await import('mongodb')
  const client = await new MongoClient(url).connect()
  const { opcounters } = await client.db('admin').command({ serverStatus: 1 })
  await client.close()
  return ['insert', 'query', 'update', 'delete', 'command'].reduce(
    (sum, name) => sum + (opcounters?.[name] ?? Number.NaN),
    0,
  )
}

export const counters = { ioredis: redis, 'node-redis': redis, pg: postgres, mysql2: mysql, mongodb }
