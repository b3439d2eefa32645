import type { Scene } from './scene.ts'

/** What the session does with the response: the cookie, or what the application has instead of one. */

/** The browser gets the id of a session that the store is known to hold; or the session itself. */
export function give(scene: Scene): void {
  const { ctx, opts, store, externalKey } = scene
  // One for the browser's run has no end.
  const options = opts.maxAge === 'session' ? { ...opts, maxAge: undefined } : opts
  if (!store) ctx.cookies.set(opts.key, opts.encode(scene.outgoing), options)
  else if (opts.externalKey) opts.externalKey.set(ctx, externalKey as string)
  else ctx.cookies.set(opts.key, externalKey, options)
  scene.given = true
}

/** The browser forgets its cookie. */
export function clear({ ctx, opts }: Scene): void {
  ctx.cookies.set(opts.key, '', { ...opts, expires: new Date(0), maxAge: false })
}

/** A cookie that is in the response already does not leave, because its session ended meanwhile. */
export function takeBack(scene: Scene): void {
  const { ctx, opts, given } = scene
  const { res } = ctx
  if (!given || opts.externalKey || !res || res.headersSent) return
  scene.given = false
  const lines = [res.getHeader('set-cookie') ?? []].flat().map(String)
  const others = lines.filter((line) => !line.startsWith(`${opts.key}=`) && !line.startsWith(`${opts.key}.sig=`))
  if (others.length > 0) res.setHeader('set-cookie', others)
  else res.removeHeader('set-cookie')
}
