// Koa on MySQL: a program for koa-session-minimal and koa-mysql-session, moved. It reads and writes the same table and takes the
// same cookies, so nobody signs in again, old processes may go on running beside it, and the way back is the old program.
// Run: node examples/drop-in/koa-mysql.mjs   (MYSQL_URL)
//
// It was:
//   import session from 'koa-session-minimal'
//   import MysqlStore from 'koa-mysql-session'
//   app.use(session({ key: 'USER_SID', store: new MysqlStore({ user, password, database, host }), cookie: { maxAge: 86_400_000 } }))
import { mysqlFormat } from 'holdfast/formats'
import session from 'holdfast/koa-session'
import Koa from 'koa'
import mysql from 'mysql2'

const client = mysql.createPool(process.env.MYSQL_URL ?? 'mysql://root@127.0.0.1:3306/test')
// `createTable` only helps where no old program has made the table before.
const store = mysqlFormat({ client, layout: 'koa-mysql-session', createTable: true })

const key = 'USER_SID'
const cookie = { maxAge: 86_400_000, httpOnly: true, overwrite: true, signed: false }
// koa-session-minimal puts the cookie's name before the id to make the table's key, and signs nothing.
const prefix = `${key}:`
const externalKey = {
  get(ctx) {
    const sid = ctx.cookies.get(key, { signed: false })
    return sid && prefix + sid
  },
  set: (ctx, id) => ctx.cookies.set(key, id.slice(prefix.length), cookie),
}

const app = new Koa()
app.use(session({ ...cookie, key, store, prefix, externalKey }, app))

app.use(async (ctx) => {
  if (ctx.path === '/login') {
    // Was: ctx.session = { user_id, count: 0 }. The new id, which that library left to the program, is one line.
    await ctx.session.regenerate()
    Object.assign(ctx.session, { user_id: String(ctx.query.name ?? 'ada'), count: 0 })
  } else if (ctx.path === '/logout') ctx.session = null
  else if (ctx.session.user_id) ctx.session.count += 1
  ctx.body = { user_id: ctx.session?.user_id ?? null, count: ctx.session?.count ?? 0 }
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
