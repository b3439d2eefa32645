// The clients of the store benchmark. Each answers its Holdfast store and `floor()`: the statements that one would write by hand on the
// same client, with the same life of half an hour.
const SECONDS = 1800

const untilThen = () => Date.now() + SECONDS * 1000

async function ioredis(url) {
  const { Redis } = await import('ioredis')
  const { redisStore } = await import('holdfast/redis')
  const client = new Redis(url)
  const floor = () => ({
    load: (id) => client.getex(`min:${id}`, 'EX', SECONDS),
    save: (id, text) => client.set(`min:${id}`, text, 'EX', SECONDS),
    remove: (id) => client.del(`min:${id}`),
  })
  return { store: redisStore(client), floor }
}

async function nodeRedis(url) {
  const { createClient } = await import('redis')
  const { redisStore } = await import('holdfast/redis')
  const client = createClient({ url })
  client.on('error', () => {})
  await client.connect()
  const expiration = { type: 'EX', value: SECONDS }
  const floor = () => ({
    load: (id) => client.getEx(`min:${id}`, expiration),
    save: (id, text) => client.set(`min:${id}`, text, { expiration }),
    remove: (id) => client.del(`min:${id}`),
  })
  return { store: redisStore(client), floor }
}

async function pg(url) {
  const { default: driver } = await import('pg')
  const { postgresStore } = await import('holdfast/postgres')
  const pool = new driver.Pool({ connectionString: url, max: 10 })
  const floor = async () => {
    await pool.query(
      'CREATE TABLE IF NOT EXISTS minimum (id text PRIMARY KEY, value text NOT NULL, expires bigint NOT NULL)',
    )
    const read = 'SELECT value FROM minimum WHERE id = $1 AND expires > $2'
    const write =
      'INSERT INTO minimum VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET value = excluded.value, expires = excluded.expires'
    return {
      load: async (id) => (await pool.query(read, [id, Date.now()])).rows[0]?.value,
      save: (id, text) => pool.query(write, [id, text, untilThen()]),
      remove: (id) => pool.query('DELETE FROM minimum WHERE id = $1', [id]),
    }
  }
  return { store: postgresStore(pool), floor }
}

async function mysql2(url) {
  const { default: driver } = await import('mysql2/promise')
  const { mysqlStore } = await import('holdfast/mysql')
  const pool = driver.createPool({ uri: url, connectionLimit: 10 })
  const floor = async () => {
    await pool.query(
      'CREATE TABLE IF NOT EXISTS minimum (id varchar(64) PRIMARY KEY, value mediumtext, expires bigint)',
    )
    const read = 'SELECT value FROM minimum WHERE id = ? AND expires > ?'
    const write = 'REPLACE INTO minimum VALUES (?, ?, ?)'
    return {
      load: async (id) => (await pool.execute(read, [id, Date.now()]))[0][0]?.value,
      save: (id, text) => pool.execute(write, [id, text, untilThen()]),
      remove: (id) => pool.execute('DELETE FROM minimum WHERE id = ?', [id]),
    }
  }
  return { store: mysqlStore(pool), floor }
}

async function mongodb(url) {
  const { MongoClient } = await import('mongodb')
  const { mongodbStore } = await import('holdfast/mongodb')
  const client = await new MongoClient(url).connect()
  const floor = () => {
    const collection = client.db().collection('minimum')
    return {
      load: async (id) => (await collection.findOne({ _id: id, expires: { $gt: new Date() } }))?.value,
      save: (id, value) =>
        collection.replaceOne({ _id: id }, { value, expires: new Date(untilThen()) }, { upsert: true }),
      remove: (id) => collection.deleteOne({ _id: id }),
    }
  }
  return { store: mongodbStore(client), floor }
}

export const clients = { ioredis, 'node-redis': nodeRedis, pg, mysql2, mongodb }
