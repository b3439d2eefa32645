/** Stores that keep the records of other session libraries in place, so that old and new can run side by side. */

export { type FileFormat, type FileFormatOptions, fileFormat, type KrupteinOptions } from './file.ts'
export {
  type ConnectMongoCrypto,
  type ConnectMongoCryptoAdapter,
  type ConnectMongoWebCrypto,
  type MongodbFormat,
  type MongodbFormatCollection,
  type MongodbFormatOptions,
  mongodbFormat,
} from './mongodb.ts'
export { type MysqlFormatClient, type MysqlFormatLayout, type MysqlFormatOptions, mysqlFormat } from './mysql.ts'
export { type PostgresFormatOptions, postgresFormat } from './postgres.ts'
export { type RedisFormat, type RedisFormatOptions, redisFormat } from './redis.ts'
export { type SequelizeColumns, type SequelizeFormatOptions, sequelizeFormat } from './sequelize.ts'
export type { SqlFormatStore } from './sql/store.ts'
export { type SqliteFormatOptions, sqliteFormat } from './sqlite.ts'
