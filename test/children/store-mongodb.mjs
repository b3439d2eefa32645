import { mongodbStore } from 'holdfast/mongodb'
import { storeProcess } from 'holdfast/testing'
import { MongoClient } from 'mongodb'
import mongoose from 'mongoose'

// The address is a URL whose database is the test's own, with `#documents` or `#mongoose` for those kinds.
storeProcess((address) => {
  const [url, kind] = address.split('#')
  if (kind === 'mongoose') return mongodbStore(mongoose.createConnection(url))
  return mongodbStore(new MongoClient(url), kind === 'documents' ? { values: 'documents' } : {})
})
