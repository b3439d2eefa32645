// How many commands, statements or operations a store's server runs, as it says itself: each begins to count, and answers
// the function that ends it and answers the count.

async function redis(url) {
  const { Redis } = await import('ioredis')
  const client = new Redis(url)
  const monitor = await client.monitor()
  let commands = 0
  // What a script runs on the server has no client's address.
  monitor.on('monitor', (_time, _args, source) => {
    if (source !== 'lua') commands++
  })
  return async () => {
    // A command of our own ends the list: all before it has been told.
    const told = new Promise((resolve) => monitor.on('monitor', (_time, args) => args[0] === 'ECHO' && resolve()))
    await client.call('ECHO', 'end')
    await told
    monitor.disconnect()
    client.disconnect()
    return commands - 1
  }
}

/** The difference of a number that the server keeps; `own` is what asking for it once adds. */
const difference = (ask, own) => async (url) => {
  const before = await ask(url)
  return async () => (await ask(url)) - before - own
}

async function transactions(url) {
  const { default: driver } = await import('pg')
  const client = new driver.Client({ connectionString: url })
  await client.connect()
  // A server process that has nothing to do tells its counts after ten seconds.
  await new Promise((resolve) => setTimeout(resolve, 11_000))
  const { rows } = await client.query('SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()')
  await client.end()
  return Number(rows[0].xact_commit)
}

async function questions(url) {
  const { default: driver } = await import('mysql2/promise')
  const connection = await driver.createConnection(url)
  const [rows] = await connection.query("SHOW GLOBAL STATUS WHERE Variable_name = 'Questions'")
  await connection.end()
  return Number(rows[0].Value)
}

async function operations(url) {
  const { MongoClient } = await import('mongodb')
  const client = await new MongoClient(url).connect()
  const { opcounters } = await client.db('admin').command({ serverStatus: 1 })
  await client.close()
  return ['insert', 'query', 'update', 'delete', 'command'].reduce(
    (sum, name) => sum + (opcounters?.[name] ?? Number.NaN),
    0,
  )
}

export const counters = {
  ioredis: redis,
  'node-redis': redis,
  pg: difference(transactions, 1),
  mysql2: difference(questions, 1),
  mongodb: difference(operations, 1),
}
