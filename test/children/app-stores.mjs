// How an application opens each store: the client with the settings that the store's page asks for, so that failures
// stay bounded and the client comes back by itself.
//
//     node app-stores.mjs <store> <address>    makes the store ready: what an operator does once
import { mistaken } from './app-mistakes.mjs'

const CONNECTIONS = 10

/** The page's milliseconds; or as many as an application that is patient itself waits for its store. */
const patience =
  ({ storeTimeout }) =>
  (ms) =>
    Math.max(ms, storeTimeout)

/** Takes every connection of a pool; what it answers gives them back. */
const hogOf = (take, giveBack) => async () => {
  const all = await Promise.all(Array.from({ length: CONNECTIONS }, take))
  return () => {
    for (const connection of all) giveBack(connection)
  }
}

/** Whether a promise is kept within so many ms. */
const answers = (ms, promise) =>
  Promise.race([
    promise.then(
      () => true,
      () => false,
    ),
    new Promise((resolve) => setTimeout(resolve, ms)),
  ])

/** Opens a client again that has lost its server and does not notice. What `reopen` cannot do, it tries again. */
const watch = (everyMs, isLost, reopen) => {
  let looking = false
  let lost = false
  setInterval(async () => {
    if (looking) return
    looking = true
    lost ||= await isLost()
    if (lost) lost = !(await answers(2 * everyMs, reopen()))
    looking = false
  }, everyMs).unref()
}

const stores = {
  async memory() {
    const { memoryStore } = await import('holdfast/memory')
    return { store: memoryStore() }
  },

  async file(directory) {
    const { fileStore } = await import('holdfast/file')
    return { store: fileStore({ directory }) }
  },

  async sqlite(path) {
    const [{ sqliteStore }, { default: Database }] = await Promise.all([import('holdfast/sqlite'), import('libsql')])
    return { store: sqliteStore(new Database(path), { busyTimeout: 20_000 }) }
  },

  async redis(url, options) {
    const most = patience(options)
    const [{ redisStore }, { createClient }] = await Promise.all([import('holdfast/redis'), import('redis')])
    const client = createClient({
      url,
      disableOfflineQueue: true,
      commandsQueueMaxLength: 10_000,
      pingInterval: 1000,
      socket: {
        connectTimeout: most(2000),
        socketTimeout: most(3000),
        reconnectStrategy: (times) => Math.min(times * 50, 500),
      },
    })
    const store = redisStore(client)
    await client.connect()
    const isLost = async () => client.isReady && !(await answers(most(1000), client.ping()))
    watch(1000, isLost, async () => {
      if (client.isOpen) client.destroy()
      await client.connect()
    })
    return { store }
  },

  async ioredis(url, options) {
    const most = patience(options)
    const [{ redisStore }, { Redis }] = await Promise.all([import('holdfast/redis'), import('ioredis')])
    const client = new Redis(url, {
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      connectTimeout: most(2000),
      socketTimeout: most(3000),
    })
    const store = redisStore(client)
    await new Promise((resolve) => client.once('ready', resolve))
    return { store }
  },

  async pg(url, options) {
    const most = patience(options)
    const [{ postgresStore }, { default: pg }] = await Promise.all([import('holdfast/postgres'), import('pg')])
    const pool = new pg.Pool({
      connectionString: url,
      max: CONNECTIONS,
      connectionTimeoutMillis: most(2000),
      query_timeout: most(2000),
      keepAlive: true,
    })
    const hog = hogOf(
      () => pool.connect(),
      (client) => client.release(),
    )
    return { store: postgresStore(pool), hog }
  },

  async mysql2(url, options) {
    const most = patience(options)
    const [{ mysqlStore }, { createPool }] = await Promise.all([import('holdfast/mysql'), import('mysql2/promise')])
    const pool = createPool({ uri: url, connectionLimit: CONNECTIONS, connectTimeout: most(2000), queueLimit: 1000 })
    const hog = hogOf(
      () => pool.getConnection(),
      (connection) => connection.release(),
    )
    return { store: mysqlStore(pool, { queryTimeout: most(5000) }), hog }
  },

  async mongodb(url, options) {
    const most = patience(options)
    const [{ mongodbStore }, { MongoClient }] = await Promise.all([import('holdfast/mongodb'), import('mongodb')])
    const client = new MongoClient(url, {
      maxPoolSize: CONNECTIONS,
      serverSelectionTimeoutMS: most(2000),
      connectTimeoutMS: most(2000),
      socketTimeoutMS: most(3000),
      waitQueueTimeoutMS: most(2000),
      heartbeatFrequencyMS: 1000,
    })
    // A heartbeat that begins while its connection is being closed is never over in driver 7.9, and no other one begins.
    let beating = Number.POSITIVE_INFINITY
    client.on('serverHeartbeatStarted', () => {
      beating = performance.now()
    })
    for (const end of ['serverHeartbeatSucceeded', 'serverHeartbeatFailed', 'serverOpening']) {
      client.on(end, () => {
        beating = Number.POSITIVE_INFINITY
      })
    }
    const isLost = async () => performance.now() - beating > most(3000)
    await client.connect()
    watch(1000, isLost, async () => {
      await client.close()
      await client.connect()
    })
    return { store: mongodbStore(client) }
  },
}

/** The store of this name at this address; `hog`, where its client has a pool, takes all connections of it. */
export async function openAppStore(kind, address, options) {
  const opened = await stores[kind](address, options)
  return options.mistake ? { ...opened, store: mistaken(opened.store, options.mistake) } : opened
}

if (import.meta.filename === process.argv[1]) {
  const [kind, address] = process.argv.slice(2)
  const { store } = await openAppStore(kind, address, { storeTimeout: 10_000 })
  await store.ready?.()
  process.exit()
}
