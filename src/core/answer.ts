import type { Answer } from './store.ts'

export function isLater<T>(answer: Answer<T>): answer is PromiseLike<T> {
  return typeof answer === 'object' && answer !== null && typeof (answer as { then?: unknown }).then === 'function'
}

/** Goes on at once when the answer is there, so that a memory store costs no turn of the event loop. */
export function andThen<T, U>(answer: Answer<T>, next: (value: T) => Answer<U>): Answer<U> {
  return isLater(answer) ? answer.then(next) : next(answer)
}
