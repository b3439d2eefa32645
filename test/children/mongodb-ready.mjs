import { mongodbStore } from 'holdfast/mongodb'
import { MongoClient } from 'mongodb'

// Calls ready on the database of the URL as soon as it is told to, and says how that went.
const client = await new MongoClient(process.argv[2]).connect()
process.on('message', async () => {
  const result = await mongodbStore(client)
    .ready()
    .then(
      () => 'ready',
      (error) => String(error.cause ?? error),
    )
  process.send(result)
})
process.send('started')
