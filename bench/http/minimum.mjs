// What one would write by hand on this client, without any promise: verify an HMAC, one read that also extends the entry's
// life, parse, one write that overwrites whatever is there. No merge, no revision, no deadline, no errors.
import { createHmac, createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto'

export async function minimum({ secret, opened, actOf }) {
  const key = createSecretKey(Buffer.from(secret))
  const mac = (id) => createHmac('sha256', key).update(id).digest()
  const { load, save } = await opened.floor()

  const idOf = (header) => {
    const start = header?.indexOf('sid=') ?? -1
    if (start < 0) return undefined
    const end = header.indexOf(';', start)
    const value = header.slice(start + 4, end < 0 ? header.length : end)
    const dot = value.indexOf('.')
    const id = value.slice(0, dot)
    const given = Buffer.from(value.slice(dot + 1), 'base64url')
    return given.length === 32 && timingSafeEqual(given, mac(id)) ? id : undefined
  }

  return async (req, res) => {
    const known = idOf(req.headers.cookie)
    const before = known === undefined ? undefined : await load(known)
    const id = before ? known : randomBytes(24).toString('base64url')
    const data = before ? JSON.parse(before) : {}
    actOf(req)(data)
    const text = JSON.stringify(data)
    if (text !== before && text !== '{}') await save(id, text)
    if (!before) res.setHeader('set-cookie', `sid=${id}.${mac(id).toString('base64url')}; Path=/; HttpOnly`)
    res.end('ok')
  }
}
