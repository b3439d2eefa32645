import { mongodbStore } from 'holdfast/mongodb'
import { storeProcess } from 'holdfast/testing'
import { MongoClient } from 'mongodb'

// The address is a URL whose database is the test's own, with `#documents` for `values: 'documents'`.
storeProcess((address) => {
  const [url, values = 'text'] = address.split('#')
  return mongodbStore(new MongoClient(url), { values })
})
