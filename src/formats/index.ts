/** Stores that keep the records of other session libraries in place, so that old and new can run side by side. */

export {
  type ConnectMongoCrypto,
  type ConnectMongoCryptoAdapter,
  type ConnectMongoWebCrypto,
  type MongodbFormat,
  type MongodbFormatCollection,
  type MongodbFormatOptions,
  mongodbFormat,
} from './mongodb.ts'
export { type RedisFormat, type RedisFormatOptions, redisFormat } from './redis.ts'
