/**
 * Stores from the time before `async` have generator functions for methods, and expect whoever calls them to run what they
 * yield. Awaited as they are, they answer a generator and do nothing.
 */

type Routine = Generator<unknown, unknown, unknown>
type Thunk = (done: (error: unknown, ...values: unknown[]) => void) => void

const isRoutine = (value: unknown): value is Routine => Object.prototype.toString.call(value) === '[object Generator]'

/** What a store's method answered; if that is a generator, what it answers in the end. */
export const driven = <T>(answer: T): T | Promise<unknown> => (isRoutine(answer) ? run(answer) : answer)

async function run(routine: Routine): Promise<unknown> {
  let step = routine.next()
  while (!step.done) {
    let value: unknown
    try {
      value = await settled(step.value)
    } catch (error) {
      step = routine.throw(error)
      continue
    }
    step = routine.next(value)
  }
  return step.value
}

/** What a routine may wait for: a promise, another routine, a function that takes a callback, or several of them. */
async function settled(awaited: unknown): Promise<unknown> {
  if (isRoutine(awaited)) return run(awaited)
  if (Array.isArray(awaited)) return Promise.all(awaited.map(settled))
  if (typeof awaited !== 'function') return awaited
  return new Promise((resolve, reject) => {
    const thunk = awaited as Thunk
    // As `co` has it: several values are handed on as an array.
    thunk((error, ...values) => (error ? reject(error) : resolve(values.length > 1 ? values : values[0])))
  })
}
