import type { Answer } from '../../index.ts'

type Done<T> = (error?: unknown, value?: T) => void

/**
 * Calls a method that answers by callback, and hands on its answer: at once if the callback was called at once. The first
 * answer counts. Some methods answer by a promise as well, or only: a rejection counts, and so does the promise of a method
 * that does not take a callback (`takes` parameters are handed to it, the callback included).
 */
export function asked<T>(
  method: (...args: never[]) => unknown,
  takes: number,
  send: (done: Done<T>) => unknown,
): Answer<T | undefined> {
  let settled = false
  let failed = false
  let result: unknown
  let resolve: ((value: T | undefined) => void) | undefined
  let reject: ((error: unknown) => void) | undefined

  const settle = (isError: boolean, value: unknown): void => {
    if (settled) return
    settled = true
    failed = isError
    result = value
    if (isError) reject?.(value)
    else resolve?.(value as T | undefined)
  }

  const returned = send((error, value) => (error ? settle(true, error) : settle(false, value)))
  if (isThenable(returned)) {
    returned.then(
      (value) => {
        if (value !== undefined || method.length < takes) settle(false, value)
      },
      (error) => settle(true, error),
    )
  }
  if (settled) {
    if (failed) throw result
    return result as T | undefined
  }
  return new Promise((yes, no) => {
    resolve = yes
    reject = no
  })
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as { readonly then?: unknown } | undefined | null)?.then === 'function'
