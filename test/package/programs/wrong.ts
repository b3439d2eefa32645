// Each mistake is expected; if the types stopped catching one, the compiler would say that it expected an error.
import { createSessions, type Session, type Store } from 'holdfast'
import { session } from 'holdfast/node'

interface Data {
  views: number
}

// @ts-expect-error an option that does not exist
createSessions<Data>({ secret: 'x' })
// @ts-expect-error a duration without a unit
createSessions<Data>({ idleTimeout: '30' })
// @ts-expect-error sameSite has three values
createSessions<Data>({ cookie: { sameSite: 'sometimes' } })
// @ts-expect-error a store has more members than this one
createSessions<Data>({ store: { name: 'mine', get: () => undefined } satisfies Partial<Store> })

export const use = async (given: Session<Data>): Promise<void> => {
  // @ts-expect-error views may be absent
  const views: number = given.views
  // @ts-expect-error views is a number
  given.views = String(views)
  // @ts-expect-error no such key
  await given.update('vieuws', () => 1)
  // @ts-expect-error id cannot be set
  given.id = 'mine'
  // @ts-expect-error handle cannot be set
  given.handle = 'mine'
}

session(createSessions<Data>())((req) => {
  // @ts-expect-error the session has no such key
  req.session.user = 1
})
