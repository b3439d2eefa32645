// What one would write by hand on this store, without any promise: verify an HMAC, one read that also extends the entry's
// life, parse, one write that overwrites whatever is there. No merge, no revision, no deadline, no errors.
import { createHmac, createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto'

const newId = () => randomBytes(24).toString('base64url')

export async function minimum({ secret, store, act }) {
  const key = createSecretKey(Buffer.from(secret))
  const mac = (id) => createHmac('sha256', key).update(id).digest()
  const { load, save, remove } = await store.floor()

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

  const get = (req) => req.mine.data
  const regenerate = async (req) => {
    if (req.mine.before) await remove(req.mine.id)
    req.mine = { id: newId(), before: undefined, data: {} }
  }

  return async (req, res) => {
    const known = idOf(req.headers.cookie)
    const before = known === undefined ? undefined : await load(known)
    req.mine = before ? { id: known, before, data: JSON.parse(before) } : { id: newId(), before, data: {} }
    const body = await act(req.url, req, get, regenerate)
    const { id, data, before: old } = req.mine
    const text = JSON.stringify(data)
    const changed = text !== old && text !== '{}'
    if (changed) await save(id, text)
    if (changed && !old) res.setHeader('set-cookie', `sid=${id}.${mac(id).toString('base64url')}; Path=/; HttpOnly`)
    res.end(body)
  }
}
