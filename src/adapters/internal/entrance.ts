import { isLater } from '../../core/answer.ts'
import type { Answer, Sessions, Visit } from '../../index.ts'
import type { HostedExchange } from './exchange.ts'
import { tellFailure } from './failure.ts'
import { hold } from './hold.ts'
import type { SessionProperty } from './property.ts'

/**
 * Finds a request's session, shows it on the request, holds the response until the commit, and goes on with the
 * application: at once if the store answers at once, and never inside a promise chain, where what the application
 * throws would be lost. If there is an error, the application is not reached and the framework answers with it.
 */
export function enter<Data, Host>(
  exchange: HostedExchange<Data, Host, Sessions<Data>>,
  property: SessionProperty<Data>,
  home: object,
  go: () => void,
): void {
  const { req, res, sessions } = exchange
  const admit = (visit: Visit<Data>): void => {
    exchange.visit = visit
    try {
      property.show(req, home, { sessions, visit })
    } catch (error) {
      tellFailure(res, exchange, error)
      return
    }
    hold(res, exchange)
    go()
  }

  let opened: Answer<Visit<Data>> | undefined
  try {
    // Used twice on one route: the first one's session is the request's.
    if (!property.isShown(req, sessions)) opened = sessions.open(exchange)
  } catch (error) {
    tellFailure(res, exchange, error)
    return
  }
  if (opened === undefined) go()
  else if (!isLater(opened)) admit(opened)
  else {
    opened.then(
      (visit) => process.nextTick(admit, visit),
      (error) => process.nextTick(tellFailure, res, exchange, error),
    )
  }
}
