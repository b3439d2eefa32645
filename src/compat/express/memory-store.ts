import type { SessionData } from './session.ts'
import { type Done, Store } from './store.ts'

/**
 * The store of whoever gives none: this process's memory, one JSON text per session. It forgets when the process ends, and
 * it never removes sessions that nobody asks for; `memoryStore()` of `holdfast/memory` is the one for production.
 */
export class MemoryStore extends Store {
  sessions: Record<string, string> = Object.create(null)

  override get(sid: string, callback: Done<SessionData | null>): void {
    setImmediate(callback, null, this.#live(sid))
  }

  override set(sid: string, session: SessionData, callback?: Done): void {
    this.sessions[sid] = JSON.stringify(session)
    if (callback) setImmediate(callback)
  }

  override destroy(sid: string, callback?: Done): void {
    delete this.sessions[sid]
    if (callback) setImmediate(callback)
  }

  override touch(sid: string, session: SessionData, callback?: Done): void {
    const there = this.#live(sid)
    if (there) this.sessions[sid] = JSON.stringify({ ...there, cookie: session.cookie })
    if (callback) setImmediate(callback)
  }

  override all(callback?: Done<Record<string, SessionData>>): void {
    const sessions: Record<string, SessionData> = Object.create(null)
    for (const sid of Object.keys(this.sessions)) {
      const session = this.#live(sid)
      if (session) sessions[sid] = session
    }
    if (callback) setImmediate(callback, null, sessions)
  }

  override length(callback: Done<number>): void {
    this.all((error, sessions) => callback(error, Object.keys(sessions ?? {}).length))
  }

  override clear(callback?: Done): void {
    this.sessions = Object.create(null)
    if (callback) setImmediate(callback)
  }

  #live(sid: string): SessionData | undefined {
    const text = this.sessions[sid]
    if (!text) return undefined
    const session = JSON.parse(text) as { cookie?: { expires?: string | null } }
    const expires = session.cookie?.expires
    // What is no date has not passed.
    if (!expires || !(new Date(expires).getTime() <= Date.now())) return session as unknown as SessionData
    delete this.sessions[sid]
    return undefined
  }
}
