import type { Difference } from '../../harness/compare.ts'
import { nulls } from '../scenarios/construction.ts'

/** What a session of cookie mode with nothing but defaults answers to its first write. */
const taken = [
  '[1] GET /set -> 200 "1"',
  '[1]   content-type: text/plain; charset=utf-8',
  '[1]   set-cookie: koa.sess=eyJuIjoxLCJfZXhwaXJlIjoxNzcyNzEyMDAwMDAwLCJfbWF4QWdlIjo4NjQwMDAwMH0=; path=/; httponly',
  '[1]   set-cookie: koa.sess.sig=XErCX_PNi8I3ZJSst4mNdt4H8To; path=/; httponly',
  '[1] note: taken',
]

export const nullOptions: readonly Difference[] = nulls.map((option) => ({
  scenario: `null: ${option}`,
  what: `${option}: null is as good as not given`,
  why: 'It was so in 6.x, and the published package has null in its own examples. 7 refuses to start.',
  theirs: [`note: refused by a ZodError, naming ${option}`, 'ended: Error: refused'],
  ours: taken,
}))
