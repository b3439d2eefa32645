// In-process microseconds per request, of Holdfast, a hand-written minimum and express-session. No HTTP, no store but memory:
// what the session library itself costs. Rounds alternate between the subjects, because a shared machine differs from
// minute to minute; the first one warms up.
import { performance } from 'node:perf_hooks'
import { expressSession } from '../subjects/express-session.mjs'
import { holdfast } from '../subjects/holdfast.mjs'
import { minimum } from '../subjects/minimum.mjs'

const SECRET = 'a secret of the benchmark, used nowhere else: 0123456789'
const DATA = {
  user: { id: 'u_1815', name: 'Ada', roles: ['admin', 'author'] },
  views: 100_000,
  theme: 'dark',
  csrf: 'k3J9dLw0aZ5qRt7uXy2v',
  cart: [{ sku: 'A-1', n: 2 }],
}
export const BYTES = JSON.stringify(DATA).length

const untouched = Object.assign(() => {}, { untouched: true })
const handlers = {
  untouched,
  read: (session) => session.views,
  'read-modify-write': (session) => {
    session.views++
  },
}
export const kinds = Object.keys(handlers)

async function time(subject, header, handler, requests) {
  const start = performance.now()
  for (let i = 0; i < requests; i++) await subject.request(header, handler)
  return ((performance.now() - start) * 1000) / requests
}

/** @returns for each subject, the minimum first: `{ name, micros: { [kind]: [of each round] } }` */
export async function inProcess({ rounds, requests, show = () => {} }) {
  const subjects = [minimum(SECRET), holdfast(SECRET), expressSession(SECRET)]
  const results = []
  for (const subject of subjects) {
    const line = await subject.request(undefined, (session) => Object.assign(session, structuredClone(DATA)))
    const header = `_ga=GA1.2.3; theme=dark; ${line.split(';')[0]}; lang=en`
    results.push({ name: subject.name, subject, header, micros: Object.fromEntries(kinds.map((kind) => [kind, []])) })
  }
  for (let round = 0; round <= rounds; round++) {
    for (const kind of kinds) {
      for (const { name, subject, header, micros } of results) {
        show(`round ${round} of ${rounds}: ${name}, ${kind}`)
        const us = await time(subject, header, handlers[kind], requests)
        if (round > 0) micros[kind].push(us)
      }
    }
  }
  return results.map(({ name, micros }) => ({ name, micros }))
}
